"""The clock that the library is given, and what the template says about triggers."""

from datetime import UTC, datetime
from pathlib import Path

from orderbridge import serving
from simulation.clock import Clock, installed
from simulation.wiring import Queue, Schedule, Stream, functions, wanted

NOON = datetime(2026, 11, 2, 12, tzinfo=UTC)


def test_a_clock_that_stands_still_moves_when_somebody_sleeps(tmp_path: Path) -> None:
    clock = Clock.make(tmp_path / "clock", NOON.timestamp(), 0)
    with installed(clock):
        assert serving.utc_now() == NOON
        clock.sleep(90)
        assert (serving.utc_now() - NOON).total_seconds() == 90
    assert serving.utc_now().year > 2000
    assert serving.utc_now() != clock.now()


def test_two_processes_read_one_clock(tmp_path: Path) -> None:
    clock = Clock.make(tmp_path / "clock", NOON.timestamp(), 1000)
    other = Clock(tmp_path / "clock")
    clock.jump(3600)
    assert 3600 <= other.seconds() - NOON.timestamp() < 3700


def test_every_function_of_the_template_is_wired() -> None:
    found = functions()
    assert found["process_deliveries"].sources == (Queue("InboundQueue", 10),)
    assert [source.seconds for source in found["sweep"].sources if isinstance(source, Schedule)] == [60]
    assert found["receive_webhook"].sources == ()


def test_the_stream_hands_on_what_the_template_wants() -> None:
    (stream,) = functions()["publish_changes"].sources
    assert isinstance(stream, Stream)
    level = {"Keys": {"sk": {"S": "LEVEL"}}, "NewImage": {"dirty": {"S": "3"}}}
    assert wanted({"dynamodb": level}, stream.patterns)
    assert not wanted({"dynamodb": {**level, "NewImage": {}}}, stream.patterns)
    assert not wanted({"dynamodb": {**level, "Keys": {"sk": {"S": "HOLD#1"}}}}, stream.patterns)
