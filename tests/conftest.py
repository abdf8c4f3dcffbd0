"""What every test may ask for: an environment of its own, real servers on loopback, cheap repositories."""

from __future__ import annotations

import os
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

from tests.lab.gitrepository import GitRepository, make_git_repository
from tests.lab.repositories import CheapRepository, make_repository
from tests.lab.restserver import RestServer, running_rest_server
from tests.lab.s3 import S3Server, running_s3
from tests.lab.smtp import SmtpServer, running_smtp
from tests.lab.sshd import SshServer, running_sshd
from tests.lab.webhook import WebhookServer, running_webhook

# The machine that runs the tests may be busy: slowness is no failure here.
settings.register_profile("house", deadline=None, suppress_health_check=[HealthCheck.too_slow], print_blob=True)
settings.load_profile("house")
settings.register_profile("quick", settings.get_profile("house"), max_examples=25)

pytest_plugins = ("tests.faults.recording",)

_FOREIGN = ("RESTIC_", "RECONCILER_", "GIT_", "AWS_", "RCLONE_", "XDG_", "LC_", "BACKUP_")
_PROXIES = ("http_proxy", "https_proxy", "all_proxy", "HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Injected faults hang, kill and wait by their nature: all of them are slow, without saying so one by one."""
    faults = Path(__file__).parent / "faults"
    for item in items:
        if item.path.is_relative_to(faults):
            item.add_marker(pytest.mark.slow)


@pytest.fixture(scope="session", autouse=True)
def clean_environment(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Give tests a home of their own and nothing from the configuration of whoever runs them."""
    home = tmp_path_factory.mktemp("home")
    with pytest.MonkeyPatch.context() as patch:
        for name in list(os.environ):
            if name.startswith(_FOREIGN) or name in _PROXIES:
                patch.delenv(name)
        patch.setenv("HOME", str(home))
        patch.setenv("XDG_CACHE_HOME", str(home / "cache"))
        patch.setenv("LANG", "C.UTF-8")
        patch.setenv("GIT_CONFIG_NOSYSTEM", "1")
        yield


@pytest.fixture(scope="session")
def sshd(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SshServer]:
    """A real sshd; use a folder of your own (tmp_path) on it."""
    with running_sshd(tmp_path_factory.mktemp("sshd")) as server:
        yield server


@pytest.fixture(scope="session")
def rest_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RestServer]:
    """A real REST server; use a repository name of your own (`unique_name`) on it."""
    with running_rest_server(tmp_path_factory.mktemp("rest")) as server:
        yield server


@pytest.fixture(scope="session")
def append_only_rest_server(rest_server: RestServer, tmp_path_factory: pytest.TempPathFactory) -> Iterator[RestServer]:
    """The repositories of `rest_server` through a door that deletes nothing."""
    folder = tmp_path_factory.mktemp("rest-append-only")
    with running_rest_server(folder, data=rest_server.folder, append_only=True) as server:
        yield server


@pytest.fixture(scope="session")
def s3_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[S3Server]:
    """A real S3 service, up in three seconds; mark tests that ask for it as slow."""
    with running_s3(tmp_path_factory.mktemp("s3")) as server:
        yield server


@pytest.fixture
def s3_bucket(s3_server: S3Server, unique_name: str) -> str:
    """The name of an empty bucket of this test alone."""
    s3_server.make_bucket(unique_name)
    return unique_name


@pytest.fixture
def unique_name() -> str:
    """A name that no other test uses: for buckets, repositories and folders on shared servers."""
    return f"lab-{uuid.uuid4().hex[:12]}"


@pytest.fixture
def smtp_server() -> Iterator[SmtpServer]:
    with running_smtp() as server:
        yield server


@pytest.fixture
def webhook() -> Iterator[WebhookServer]:
    with running_webhook() as server:
        yield server


@pytest.fixture
def cheap_repository(tmp_path: Path) -> CheapRepository:
    """An empty restic repository in a local folder that opens in an instant."""
    return make_repository(tmp_path / "cheap")


@pytest.fixture
def git_repository(tmp_path: Path) -> Callable[..., GitRepository]:
    """Makes git repositories under this test's folder: `git_repository()`, `git_repository("other")`."""

    def make(name: str = "policy") -> GitRepository:
        return make_git_repository(tmp_path / name)

    return make
