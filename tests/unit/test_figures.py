"""The table and the file that `make bench` writes."""

import json
from pathlib import Path
from random import Random

import pytest

from bench import figures
from bench.figures import Figure, Goal, publish
from bench.normalising import body


@pytest.mark.parametrize(
    ("figure", "goal", "met"),
    [
        (Figure("a", 3.0, "ms", 2.0, 1.5), "<= 1.5 x floor", True),
        (Figure("a", 3.1, "ms", 2.0, 1.5), "<= 1.5 x floor", False),
        (Figure("a", 31.0, "/s", 400.0, 31, Goal.LEAST), ">= 31 /s", True),
        (Figure("a", 30.9, "/s", 400.0, 31, Goal.LEAST), ">= 31 /s", False),
        (Figure("a", 50.0, "MB", None, 50, Goal.MOST), "<= 50 MB", True),
        (Figure("a", 50.1, "MB", None, 50, Goal.MOST), "<= 50 MB", False),
        (Figure("a", 1.0, "s", 2.0), None, None),
    ],
)
def test_a_figure_says_whether_its_goal_is_met(figure: Figure, goal: str | None, met: bool | None) -> None:
    assert (figure.document()["goal"], figure.met) == (goal, met)


def test_a_ratio_without_a_floor_meets_no_goal() -> None:
    assert Figure("a", 1.0, "s", None, 1.5).met is False


def test_all_figures_are_shown_and_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(figures, "RESULT", tmp_path / "build/bench.json")
    found = [Figure("receiver", 0.3, "s", 0.2, 1.0, note="without TLS"), Figure("sweep", 0.5, "s", 0.2)]
    assert not publish(found)
    shown = capsys.readouterr().out
    assert "NO" in shown
    assert "receiver: without TLS" in shown
    rows = json.loads((tmp_path / "build/bench.json").read_text())
    assert rows[1] == {
        "name": "sweep",
        "value": 0.5,
        "unit": "s",
        "floor": 0.2,
        "ratio": 2.5,
        "goal": None,
        "met": None,
    }
    assert publish(found[1:]), "what has no goal misses none"


def test_the_order_that_is_measured_is_as_large_as_it_says() -> None:
    made = json.loads(body(Random(1)))
    assert len(made["line_items"]) == 10
    assert 23_000 < len(body(Random(1))) < 25_000
    assert body(Random(1)) != body(Random(2)), "no two have the same amounts"
