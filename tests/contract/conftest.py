"""The contract's subject: every test that takes `redmine` runs against the sandbox and the real Redmine."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from contract.snapshot import CLOSING, read
from contract.subjects import Played, Real, Subject
from servers import run_sandbox


@pytest.fixture(scope="session")
def played() -> Iterator[Subject]:
    """The sandbox with the real Redmine's seed."""
    world = read()
    with run_sandbox(data=[world]) as server:
        yield Played(server, world["ids"])


@pytest.fixture(params=["sandbox", pytest.param("real", marks=pytest.mark.redmine)])
def redmine(request: pytest.FixtureRequest) -> Subject:
    """A Redmine that is only read."""
    if request.param == "real":
        return Real(request.getfixturevalue("real_redmine"))
    subject: Subject = request.getfixturevalue("played")
    return subject


@pytest.fixture(scope="module", params=["sandbox", pytest.param("real", marks=pytest.mark.redmine)])
def writing(request: pytest.FixtureRequest) -> Iterator[Subject]:
    """A Redmine that a whole file of tests writes to, as seeded before and after: each test on tickets of its own."""
    if request.param == "real":
        server = request.getfixturevalue("real_redmine")
        server.reset()
        yield Real(server)
        server.reset()
        return
    subject: Played = request.getfixturevalue("played")
    subject.server.reset()
    yield subject
    subject.server.reset()


@pytest.fixture(scope="module", params=["sandbox", pytest.param("real", marks=pytest.mark.redmine)])
def closing(request: pytest.FixtureRequest) -> Iterator[Subject]:
    """A Redmine with the tickets for closing, which sends mails. Whoever needs it as seeded calls `reset`."""
    if request.param == "real":
        server = request.getfixturevalue("real_redmine")
        server.reset(closing=True)
        yield Real(server, closing=True)
        server.reset()
        return
    world = read()
    with run_sandbox(data=[world, read(CLOSING)]) as sandbox:
        yield Played(sandbox, world["ids"])


@pytest.fixture(params=["sandbox", pytest.param("real", marks=pytest.mark.redmine)])
def changing(request: pytest.FixtureRequest) -> Iterator[Subject]:
    """A Redmine in which others edit; as seeded before and after."""
    if request.param == "real":
        yield Real(request.getfixturevalue("fresh_redmine"))
        return
    subject: Played = request.getfixturevalue("played")
    subject.server.reset()
    yield subject
    subject.server.reset()
