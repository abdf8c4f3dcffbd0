"""Days of the loop against real servers: backups, copies both ways, retention, a day without the server."""

from __future__ import annotations

import json
import shutil
import subprocess
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from datetime import timedelta
from pathlib import Path

import pytest

from reconciler.engines.protocol import OpenRepository
from reconciler.engines.restic.calls import ResticSettings
from reconciler.engines.restic.engine import ResticEngine
from reconciler.execution.board import QuietBoard
from reconciler.obligations.actions import Action
from reconciler.obligations.assessment import State
from reconciler.obligations.parts import parts_of
from reconciler.observed.attempts import Verb
from reconciler.operations.desk import restic_settings
from reconciler.operations.passing import Pass, PassResult
from tests.e2e.world import CANARY, World, make_world
from tests.lab.door import Door, door_to
from tests.lab.repositories import make_repository
from tests.lab.require import require
from tests.lab.restserver import RestServer
from tests.lab.s3 import S3Server
from tests.lab.sshd import SshServer

pytestmark = [pytest.mark.slow, pytest.mark.filterwarnings("ignore:This process .* is multi-threaded")]

SLOT = timedelta(hours=12)
TIER = "spec: {rpo: 16h, rto: 1d, retention: keep, copies: {minimum: 2}}"


@dataclass(slots=True)
class Far:
    """A world with a local repository and one behind a door; docs is copied from there, notes to there."""

    world: World
    door: Door
    done: list[tuple[Verb, str, str]] = field(default_factory=list)

    def pass_(self) -> PassResult:
        """One pass without the asset of the state, with an engine that gives a silent server up after a second."""
        with self.world.desk() as desk:
            settings = replace(restic_settings(desk.settings), unreachable=timedelta(seconds=1))
            hasty = replace(desk, engine=ResticEngine(settings))
            result = Pass(hasty, QuietBoard(), wanted=_not_the_state).run()
        self.done += [
            (found.action.verb, parts_of(found.action)[0], parts_of(found.action)[1])
            for found in result.done
            if found.error is None
        ]
        return result

    def slot(self) -> PassResult:
        """Half a day later, with other data; what was done before is no longer remembered."""
        self.done.clear()
        self.world.shift += SLOT
        for name in ("docs", "notes"):
            self.world.data(name, a=f"{name} at {self.world.shift}", b="x" * 5000)
        return self.pass_()

    def ids(self, asset: str, repository: str) -> set[str]:
        """The backups as they are known now."""
        return {backup.id for backup in self.world.facts(asset, repository).backups}


Maker = Callable[[str], Far]


def _not_the_state(action: Action) -> bool:
    return parts_of(action)[0] != "reconciler-state" and action.verb is not Verb.CHECK


def _stands(result: PassResult, promise: str) -> tuple[State, str]:
    """The state of a promise and the code of its reason."""
    assert result.plan is not None
    found = {str(one.promise): one for one in result.plan.assessments}[promise]
    return found.state, found.reason.code


def _far(folder: Path, door: Door, location: Mapping[str, object], keeper: str, **secrets: str) -> Far:
    # rclone's server shows files before they are whole, so that two at once might read half of one.
    settings = {"concurrency": "{total: 1, perRepository: 1}", "floor": "{minimumRestored: 1, minimumAge: 1h}"}
    world = make_world(folder / "world", **settings)
    for name, text in secrets.items():
        (world.folder / "host" / name).write_text(text)
        (world.folder / "host" / name).chmod(0o600)
    secret = {"file": str(world.key)}
    spec = {"location": location, "passwordFrom": secret, "medium": "nas", "keeper": keeper}
    document = {"apiVersion": "backup/v1", "kind": "Repository", "metadata": {"name": "far"}, "spec": spec}
    head = world.head(last=2).split("---\napiVersion: backup/v1\nkind: Repository\nmetadata: {name: second}")[0]
    head = head.replace("spec: {rpo: 1h, rto: 4h, retention: keep, copies: {minimum: 2}}", TIER)
    assert TIER in head
    world.data("docs")
    world.data("notes")
    world.policy.commit(
        {
            "policy.yaml": f"{head}---\n{json.dumps(document)}\n",
            "docs.yaml": world.asset("docs", "far", "local:far"),
            "notes.yaml": world.asset("notes", "local", "far:local"),
        }
    )
    return Far(world, door)


class FarAway(ResticEngine):
    """An engine that can take no sign of a repository without asking it, as over a network; it counts what it asks."""

    def __init__(self, asked: list[str], settings: ResticSettings) -> None:
        super().__init__(settings)
        self._asked = asked

    def fingerprint(self, repository: OpenRepository) -> str | None:
        """Nothing to go by."""
        return None

    def identity(self, repository: OpenRepository) -> str:
        """Its id."""
        self._asked.append(f"identity {repository.name}")
        return super().identity(repository)

    def ids(self, repository: OpenRepository) -> frozenset[str]:
        """Which snapshots it holds."""
        self._asked.append(f"ids {repository.name}")
        return super().ids(repository)


def _asked(world: World) -> tuple[list[str], PassResult]:
    asked: list[str] = []
    with world.desk() as desk:
        away = replace(desk, engine=FarAway(asked, restic_settings(desk.settings)))
        return asked, Pass(away, QuietBoard(), wanted=_not_the_state).run()


def test_an_unchanged_repository_far_away_is_asked_for_its_ids_and_nothing_else(world: World) -> None:
    assert _asked(world)[1].failures == ()
    assert sorted(_asked(world)[0]) == ["ids local", "ids second"]


def test_another_repository_in_the_place_of_one_far_away_is_noticed(world: World, tmp_path: Path) -> None:
    assert _asked(world)[1].failures == ()
    local = world.folder / "repositories" / "local"
    local.rename(tmp_path / "kept")
    make_repository(tmp_path / "other", CANARY).path.rename(local)
    world.later(hours=2)
    assert _stands(_asked(world)[1], "repository local") == (State.BREACHED, "changed")
    assert not list((local / "snapshots").iterdir())


@pytest.fixture
def far(tmp_path: Path, request: pytest.FixtureRequest, unique_name: str) -> Iterator[Maker]:
    """Makes the world for a kind of server: a cheap repository lies there already, behind a door."""
    made = make_repository(tmp_path / "made", CANARY).path
    host = tmp_path / "world" / "host"
    with ExitStack() as stack:

        def sftp() -> Far:
            server: SshServer = request.getfixturevalue("sshd")
            door = stack.enter_context(door_to(server.port))
            place = {"host": server.host, "port": door.port, "user": server.user, "path": str(made)}
            key = " ".join(server.known_hosts.read_text().split()[1:3])
            more = {"hostKey": key, "identityFrom": {"file": str(host / "identity")}}
            return _far(tmp_path, door, {"sftp": place | more}, "here", identity=server.identity.read_text())

        def rest(fixture: str, keeper: str) -> Far:
            server: RestServer = request.getfixturevalue(fixture)
            made.rename(server.folder / unique_name)
            stack.callback(shutil.rmtree, server.folder / unique_name)
            door = stack.enter_context(door_to(server.port))
            place = {"host": "127.0.0.1", "port": door.port, "path": unique_name, "tls": False, "user": server.user}
            more = {"passwordFrom": {"file": str(host / "rest")}}
            return _far(tmp_path, door, {"rest": place | more}, keeper, rest=server.password)

        def s3() -> Far:
            server: S3Server = request.getfixturevalue("s3_server")
            server.make_bucket(unique_name)
            _upload(made, server, unique_name)
            door = stack.enter_context(door_to(server.port))
            place = {"host": "127.0.0.1", "port": door.port, "tls": False, "bucket": unique_name}
            more = {"accessKeyFrom": {"file": str(host / "access")}, "secretKeyFrom": {"file": str(host / "secret")}}
            keys = server.administrator
            return _far(tmp_path, door, {"s3": place | more}, "here", access=keys.access_key, secret=keys.secret_key)

        makers = {
            "sftp": sftp,
            "rest": lambda: rest("rest_server", "here"),
            "append-only": lambda: rest("append_only_rest_server", "none"),
            "s3": s3,
        }
        yield lambda kind: makers[kind]()


def _upload(folder: Path, server: S3Server, bucket: str) -> None:
    keys = server.administrator
    options = {"ACCESS_KEY_ID": keys.access_key, "SECRET_ACCESS_KEY": keys.secret_key, "ENDPOINT": server.endpoint}
    environment = {f"RCLONE_S3_{name}": value for name, value in options.items()}
    command = [require("rclone"), "copy", "--config", "", "--s3-provider", "Other", str(folder), f":s3:{bucket}"]
    subprocess.run(command, env=environment, check=True, capture_output=True, timeout=60)


EVERY_SLOT = {
    (Verb.BACKUP, "docs", "far"),
    (Verb.COPY, "docs", "local"),
    (Verb.BACKUP, "notes", "local"),
    (Verb.COPY, "notes", "far"),
}


def _slots(far: Far, count: int) -> PassResult:
    assert count
    for _ in range(count):
        result = far.slot()
        assert [found.line for found in result.failures] == []
        made = [one for one in far.done if one[0] in (Verb.BACKUP, Verb.COPY)]
        assert sorted(made) == sorted(EVERY_SLOT), "each once, in one pass"
    return result


def _lasting(far: Far) -> dict[str, set[str]]:
    """What is in the far repository and would be kept."""
    return {asset: set(far.world.unmarked(asset, "far")) for asset in ("docs", "notes")}


@pytest.mark.parametrize("kind", ["sftp", "rest", "s3"])
def test_days_against_a_server_that_this_host_keeps_and_a_day_without_it(kind: str, far: Maker) -> None:
    here = far(kind)
    assert here.pass_().failures == ()
    _slots(here, 5)
    assert {(Verb.MARK, "docs", "far"), (Verb.MARK, "notes", "far"), (Verb.FORGET, "docs", "far")} <= set(here.done)
    assert (Verb.PRUNE, "", "far") in here.done
    before = _lasting(here)
    for asset, kept in before.items():
        assert len(kept) == 2
        assert len(here.ids(asset, "far")) == 3, "the newest marked one is in its grace"

    here.door.shut()
    for _ in range(2):
        result = here.slot()
        assert _stands(result, "repository far")[0] is State.UNKNOWN
        assert _stands(result, "retention docs/far")[0] is State.UNKNOWN
        assert _stands(result, "freshness notes/local")[0] is State.MET
        assert not [one for one in here.done if one[2] == "far"]
        assert _stands(result, "freshness docs/far")[0] is State.UNKNOWN
        assert _stands(result, "freshness notes/far")[0] is State.UNKNOWN
    assert _stands(result, "freshness docs/local")[0] is State.MET, "its copies' origin is silent: backed up directly"

    here.door.open()
    result = _slots(here, 1)
    after = _lasting(here)
    for asset, kept in before.items():
        assert len(after[asset]) == 2
        assert kept <= here.ids(asset, "far"), "nothing is lost: what is no longer wanted has its grace"
        assert _stands(result, f"freshness {asset}/far")[0] is State.MET
    assert here.pass_().done == (), "once"


def test_nobody_forgets_where_the_server_lets_nobody_and_the_status_says_so(far: Maker) -> None:
    here = far("append-only")
    assert here.pass_().failures == ()
    _slots(here, 5)
    result = here.pass_()
    for asset in ("docs", "notes"):
        assert len(here.ids(asset, "far")) == 6, "not one is gone"
        assert len(here.world.unmarked(asset, "far")) == 6
        assert _stands(result, f"retention {asset}/far") == (State.MET, "nobody-forgets")
        assert len(here.world.unmarked(asset, "local")) == 2, "elsewhere this host lets go"
    here.door.shut()
    assert _stands(here.slot(), "repository far")[0] is State.UNKNOWN
    here.door.open()
    _slots(here, 1)
    assert len(here.ids("docs", "far")) == 7
