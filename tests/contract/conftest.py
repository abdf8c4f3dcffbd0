"""Each place an engine can write to, and something worth keeping."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from reconciler.engines.protocol import OpenRepository
from reconciler.engines.restic.engine import ResticEngine
from tests.contract import places
from tests.lab.repositories import CheapRepository
from tests.lab.restserver import RestServer, running_rest_server

KINDS = ("local", "sftp", "rest", "rest over tls", "s3")


@pytest.fixture(scope="session")
def tls_rest_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RestServer]:
    """A REST server with a certificate of its own authority."""
    with running_rest_server(tmp_path_factory.mktemp("rest-tls"), tls=True) as server:
        yield server


@pytest.fixture
def engine(tmp_path: Path) -> ResticEngine:
    return places.make_engine(tmp_path)


@pytest.fixture(params=[pytest.param(kind, marks=pytest.mark.slow) for kind in KINDS])
def place(request: pytest.FixtureRequest, tmp_path: Path, unique_name: str) -> OpenRepository:
    """A place with nothing there yet, on each kind of location in turn."""
    makers: dict[str, Callable[[], OpenRepository]] = {
        "local": lambda: places.on_disk(tmp_path / "repository"),
        "sftp": lambda: places.over_ssh(request.getfixturevalue("sshd"), tmp_path / "a folder @ñ"),
        "rest": lambda: places.over_rest(request.getfixturevalue("rest_server"), unique_name),
        "rest over tls": lambda: places.over_rest(request.getfixturevalue("tls_rest_server"), unique_name),
        "s3": lambda: places.in_bucket(request.getfixturevalue("s3_server"), request.getfixturevalue("s3_bucket")),
    }
    return makers[request.param]()


@pytest.fixture
def ready(cheap_repository: CheapRepository) -> OpenRepository:
    """An empty local repository that opens without delay, for promises that no kind of place can change."""
    return places.cheap(cheap_repository)


@pytest.fixture
def wiki(tmp_path: Path) -> Path:
    """A folder with names that options and patterns are made of."""
    folder = tmp_path / "wiki"
    folder.mkdir()
    (folder / "-rf").write_text("dash")
    (folder / "a*b[1]").write_text("pattern")
    (folder / "pages ñ").mkdir()
    (folder / "pages ñ" / "empty").touch()
    (folder / "link").symlink_to("-rf")
    return folder
