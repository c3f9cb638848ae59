"""Fixtures for every test: the local engine, fresh state in it, and the whole stack as it is deployed."""

from collections.abc import Iterator

import pytest

from local.deploy import deploy
from local.engine import Engine
from tests.lambdas import Lambdas
from tests.resources import Aws, Maker, sdk
from tests.world import World
from tests.world import world as make_world


@pytest.fixture(scope="session")
def engine() -> Iterator[Engine]:
    """One MiniStack for the session; whoever uses it directly must expect the state of others."""
    with Engine(port=0) as running:
        yield running


@pytest.fixture(scope="session")
def _maker(engine: Engine) -> Maker:
    return Maker(engine.url)


@pytest.fixture
def aws(engine: Engine, _maker: Maker, monkeypatch: pytest.MonkeyPatch) -> Aws:
    """Empty tables, queues, bucket and operator's secret, and the environment that the functions would have."""
    engine.reset()
    made = _maker.make()
    for name in ("AWS_PROFILE", "AWS_SESSION_TOKEN"):
        monkeypatch.delenv(name, raising=False)
    for name, value in made.env.items():
        monkeypatch.setenv(name, value)
    return made


@pytest.fixture(scope="session")
def lambdas(engine: Engine) -> Iterator[Lambdas]:
    """Runs single functions as Lambda does, in processes of their own around that engine."""
    started = Lambdas(sdk(engine.url))
    yield started
    started.stop()


@pytest.fixture(scope="session")
def stack() -> Iterator[dict[str, str]]:
    """The outputs of template.yaml as deployed into an engine of its own, with `EngineUrl` among them.

    Its functions run as functions: events reach them through queues, the stream and the HTTP API only.
    """
    with Engine(port=0) as running:
        yield {**deploy(running.url), "EngineUrl": running.url}


@pytest.fixture
def world(aws: Aws) -> Iterator[World]:
    """The bridge around an empty engine; connect demo shops to it."""
    yield from make_world(aws)
