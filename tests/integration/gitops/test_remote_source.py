"""Remotes: over ssh with a pinned host key, over http with a token that shows nowhere."""

from __future__ import annotations

import threading
from base64 import b64encode
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import psutil
import pytest

from reconciler.errors import PolicySourceError, SecretMissing
from reconciler.gitops.publish import publish
from reconciler.gitops.source import PolicySource
from reconciler.kit.clock import SystemClock
from reconciler.settings import PolicySettings
from tests.lab.gitrepository import GitRepository
from tests.lab.sshd import SshServer

TOKEN = "canary-token-71c4"

MakeSource = Callable[..., PolicySource]
MakeRepository = Callable[..., GitRepository]


@pytest.fixture
def repository(git_repository: MakeRepository) -> GitRepository:
    return git_repository()


class _Server(ThreadingHTTPServer):
    """Remembers what could be seen in the arguments of running processes while it answered."""

    def __init__(self, folder: Path) -> None:
        super().__init__(("127.0.0.1", 0), partial(_Guarded, directory=str(folder)))
        self.seen: list[str] = []


class _Guarded(SimpleHTTPRequestHandler):
    """Serves a bare repository's files (git's plain http protocol) to whoever has the token."""

    def do_GET(self) -> None:
        assert isinstance(self.server, _Server)
        self.server.seen += [argument for process in _git_processes() for argument in process]
        expected = b64encode(f"git:{TOKEN}".encode()).decode()
        if self.headers.get("Authorization") == f"Basic {expected}":
            super().do_GET()
        else:
            self.send_response(401)
            self.send_header("WWW-Authenticate", 'Basic realm="policy"')
            self.end_headers()

    def log_message(self, format: str, *args: object) -> None:
        pass


def _git_processes() -> list[list[str]]:
    found = []
    for process in psutil.Process().children(recursive=True):
        try:
            found.append(process.cmdline())
        except psutil.Error:
            continue
    return found


@contextmanager
def http_server(folder: Path) -> Iterator[tuple[str, list[str]]]:
    server = _Server(folder)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}", server.seen
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def over_http(tmp_path: Path, url: str, environment: dict[str, str]) -> PolicySource:
    settings = PolicySettings.model_validate({"url": url, "tokenFrom": {"env": "POLICY_TOKEN"}})
    return PolicySource(settings, tmp_path / "state", SystemClock(), environment)


def test_a_token_opens_an_http_source_and_is_in_no_argument_and_no_file(
    repository: GitRepository, tmp_path: Path
) -> None:
    head = repository.commit({"a.yaml": "a: 1\n"})
    repository.git("clone", "--quiet", "--bare", str(repository.path), str(tmp_path / "served/policy.git"))
    GitRepository(tmp_path / "served/policy.git").git("update-server-info")
    with http_server(tmp_path / "served") as (url, seen):
        source = over_http(tmp_path, f"{url}/policy.git", {"POLICY_TOKEN": TOKEN})
        source.fetch()
        assert source.head().id == head
        assert any("remote-http" in argument for argument in seen)
        assert not any(TOKEN in argument or b64encode(TOKEN.encode()).decode() in argument for argument in seen)
        with pytest.raises(PolicySourceError, match=r"refuses us.*policy\.tokenFrom") as caught:
            over_http(tmp_path, f"{url}/policy.git", {"POLICY_TOKEN": "wrong"}).fetch()
        assert "wrong" not in str(caught.value)
        with pytest.raises(SecretMissing):
            over_http(tmp_path, f"{url}/policy.git", {}).fetch()
        with pytest.raises(PolicySourceError, match="no git repository"):
            over_http(tmp_path, f"{url}/none.git", {"POLICY_TOKEN": TOKEN}).fetch()
        assert source.head().id == head
    written = b"".join(file.read_bytes() for file in (tmp_path / "state").rglob("*") if file.is_file())
    assert TOKEN.encode() not in written
    assert b64encode(f"git:{TOKEN}".encode()) not in written


@pytest.mark.slow
def test_a_policy_comes_over_ssh_and_pages_go_back(
    repository: GitRepository, sshd: SshServer, tmp_path: Path, make_source: MakeSource
) -> None:
    head = repository.commit({"a.yaml": "a: 1\n"})
    bare = GitRepository(tmp_path / "served.git")
    repository.git("clone", "--quiet", "--bare", str(repository.path), str(bare.path))
    url = f"ssh://{sshd.user}@{sshd.host}:{sshd.port}{bare.path}"
    access = {"identityFile": str(sshd.identity), "knownHostsFile": str(sshd.known_hosts)}
    source = make_source(url, **access)
    source.fetch()
    assert source.head().id == head
    made = publish(source, "pages", {"index.md": b"# Pages\n"}, "Render", SystemClock().now())
    assert bare.git("rev-parse", "pages") == made
    repository.git("branch", "topic")
    repository.git("push", "--quiet", str(bare.path), "topic")
    assert source.diff_base("topic") == head
    with pytest.raises(PolicySourceError, match=r"no branch nope \(it has main, pages, topic\)"):
        make_source(url, branch="nope", state="other", **access).fetch()
    with pytest.raises(PolicySourceError, match="no git repository"):
        make_source(f"{url}x", state="third", **access).fetch()


@pytest.mark.slow
def test_an_unknown_host_key_or_a_missing_identity_is_said(
    sshd: SshServer, tmp_path: Path, make_source: MakeSource
) -> None:
    url = f"ssh://{sshd.user}@{sshd.host}:{sshd.port}/srv/policy"
    (tmp_path / "nobody known").touch()
    with pytest.raises(PolicySourceError, match=r"host key .* is not known.*knownHostsFile"):
        make_source(url, identityFile=str(sshd.identity), knownHostsFile=str(tmp_path / "nobody known")).fetch()
    with pytest.raises(PolicySourceError, match=r"refuses us.*identityFile"):
        make_source(url, identityFile=str(tmp_path / "none"), knownHostsFile=str(sshd.known_hosts)).fetch()


@pytest.mark.parametrize("url", ["http://127.0.0.1:1/policy.git", "ssh://git@127.0.0.1:1/policy"])
def test_a_remote_that_does_not_answer_is_worth_another_try(url: str, make_source: MakeSource) -> None:
    with pytest.raises(PolicySourceError, match="does not answer") as caught:
        make_source(url).fetch()
    assert caught.value.next == "retry"
