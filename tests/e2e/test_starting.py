"""A verb loads what it needs: most of what a short command costs is what it imports."""

from __future__ import annotations

import re

import pytest

from tests.e2e.commandline import CommandLine
from tests.e2e.world import World

NEVER = {
    "git",
    "jinja2",
    "alembic",
    "rich",
    "watchfiles",
    "prometheus_client",
    "cryptography",
    "http",
    "smtplib",
    "dateutil",
}
ACTING = {"notify", "sources", "operations.passing", "execution.executor", "views.plan_json", "views.pages"}
ROOMS = {f"reconciler.{name}" for name in ACTING}


@pytest.fixture
def line(world: World, capsys: pytest.CaptureFixture[str]) -> CommandLine:
    found = CommandLine(world, capsys)
    world.pass_()
    return found


@pytest.mark.slow
@pytest.mark.parametrize("verb", ["status", "plan", "events", "get assets", "describe asset/docs"])
def test_looking_loads_no_git_no_pages_and_nothing_that_acts(line: CommandLine, verb: str) -> None:
    loaded = _loaded(line, verb)
    assert "sqlalchemy" in loaded
    assert loaded & (NEVER | ROOMS) == set()


@pytest.mark.slow
def test_validating_opens_no_catalog(line: CommandLine) -> None:
    loaded = _loaded(line, f"validate {line.world.policy.path}")
    assert "yaml" in loaded
    assert loaded & (NEVER | {"sqlalchemy", "reconciler.catalog", "reconciler.engines"}) == set()


def _loaded(line: CommandLine, words: str) -> set[str]:
    """The modules that a command imports; Python lists them on standard error."""
    process = line.start(*words.split(), PYTHONPROFILEIMPORTTIME="1")
    _, told = process.communicate(timeout=120)
    assert process.returncode == 0, told[-2000:]
    return set(re.findall(r"\| +(\S+)$", told, re.MULTILINE))
