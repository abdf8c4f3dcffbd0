"""Plan files are done exactly or refused; a plan reads and starts nothing but git and a reading restic."""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
import sys
from collections import Counter
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from reconciler.obligations.actions import Action, BackUp
from reconciler.obligations.builtin import STATE
from reconciler.obligations.parts import parts_of
from reconciler.observed.attempts import Verb
from reconciler.operations.planning import plan_change
from reconciler.views.plan_views import change_as, reader_for
from tests.e2e.commandline import CommandLine, one_line
from tests.e2e.world import World
from tests.lab.require import require


@pytest.fixture
def line(world: World, capsys: pytest.CaptureFixture[str]) -> CommandLine:
    return CommandLine(world, capsys)


def _protects(action: Action) -> bool:
    return action.verb in (Verb.INITIALISE, Verb.BACKUP, Verb.COPY)


def _with_history(world: World, hours: int) -> None:
    """One backup an hour, the newest an hour old; nothing marked."""
    world.later(hours=-hours)
    for _ in range(hours):
        world.pass_(wanted=_protects)
        world.later(hours=1)


def _plan_file(line: CommandLine) -> Path:
    file = line.world.folder / "made.plan"
    assert line.say("plan", "--out", str(file)).code == 0
    return file


def _refused(line: CommandLine, file: Path, why: str) -> None:
    before = _snapshots(line.world)
    told = line.say("apply", str(file))
    assert told.code == 3, told
    assert why in one_line(told)
    assert _snapshots(line.world) == before


def _snapshots(world: World) -> int:
    return sum(1 for _ in (world.folder / "repositories").glob("*/snapshots/*"))


@pytest.mark.slow
def test_a_plan_file_is_done_exactly_and_what_follows_from_it_waits(line: CommandLine) -> None:
    _with_history(line.world, 5)
    file = _plan_file(line)
    planned = json.loads(json.loads(file.read_text())["plan"])["actions"]
    wanted = {
        (one["action"], one["asset"], one["repository"], tuple(sorted(b["id"] for b in one["backups"])))
        for one in planned
    }
    marked = {one[1:3] for one in wanted if one[0] == "mark"}
    assert ("docs", "local") in marked
    assert ("backup", "docs", "local", ()) in wanted
    assert line.say("apply", str(file)).code in (0, 3)
    for asset, repository in marked:
        facts = line.world.facts(asset, repository)
        given = next(set(one[3]) for one in wanted if one[:3] == ("mark", asset, repository))
        assert set(facts.marks) == given, "the backup that was made now would let one more go: not in the file"
    assert len(line.world.facts("docs", "local").backups) == 6
    assert not any(one[:3] == ("copy", "docs", "second") for one in wanted)
    assert len(line.world.facts("docs", "second").backups) == 5, "the copy of the new backup is not in the file"
    _refused(line, file, "stale")


@pytest.mark.slow
def test_a_stale_altered_or_foreign_plan_file_is_refused(line: CommandLine) -> None:
    world = line.world
    file = _plan_file(line)
    assert oct(file.stat().st_mode & 0o777) == "0o600"
    good = file.read_text()
    other = file.with_name("other.plan")
    middle = good.index("docs")
    for text, why in (
        (good.replace("docs", "dock", 1), "altered"),
        (good[:middle] + chr(ord(good[middle]) ^ 1) + good[middle + 1 :], "altered"),
        (good[: len(good) // 2], "no plan file"),
        ("", "no plan file"),
        ("[1, 2]", "no plan file"),
        ('{"plan": 1}', "no plan file"),
        ("[" * 100_000, "no plan file"),
        ('{"plan": "{}", "signature": "AAAA"}', "altered"),
        ('{"plan": "{}", "signature": "\\u00e9"}', "altered"),
    ):
        other.write_text(text)
        _refused(line, other, why)
    other.write_bytes(b"\xff\xfe\x00")
    _refused(line, other, "no plan file")
    _refused(line, world.folder, "directory")
    with other.open("wb") as huge:
        huge.truncate(300 * 1024 * 1024)
    _refused(line, other, "no plan file")
    Path(world.settings.key_file).unlink()
    _refused(line, file, "another host signed it")


def test_a_plan_file_for_another_revision_is_refused(line: CommandLine) -> None:
    file = _plan_file(line)
    line.world.data("more")
    line.world.policy.commit({"more.yaml": line.world.asset("more")})
    _refused(line, file, "")


def test_a_plan_file_goes_through_no_symlink_and_into_no_folder(line: CommandLine) -> None:
    target, link = line.world.folder / "precious", line.world.folder / "link.plan"
    target.write_text("precious")
    link.symlink_to(target)
    for place in (link, line.world.folder, line.world.folder / "nowhere" / "made.plan"):
        told = line.say("plan", "--out", str(place))
        assert told.code == 1
        assert str(place)[:30] in one_line(told)
    assert target.read_text() == "precious"


@pytest.mark.slow
def test_the_future_shows_what_will_be_due_and_let_go(line: CommandLine) -> None:
    _with_history(line.world, 5)
    line.say("reconcile")
    assert line.say("plan", "--detailed-exitcode").code == 0
    week = (datetime.now(UTC) + timedelta(days=7)).isoformat()
    told = line.say("plan", "--at", week, "--format", "json")
    future = json.loads(told.out)
    found = {(one["action"], one["asset"], one["repository"]) for one in future["actions"]}
    assert ("backup", "docs", "local") in found
    assert any(action == "forget" for action, _asset, _repository in found), found
    assert line.say("plan", "--detailed-exitcode").code == 0, "looking ahead has changed nothing"


def _digest(folder: Path) -> dict[str, str]:
    return {
        str(file.relative_to(folder)): hashlib.sha256(file.read_bytes()).hexdigest()
        for file in sorted(folder.rglob("*"))
        if file.is_file()
    }


@pytest.mark.slow
def test_a_plan_starts_only_git_and_a_reading_restic_and_changes_no_repository(line: CommandLine) -> None:
    line.say("reconcile")
    before = _digest(line.world.folder / "repositories")
    trace = line.world.folder / "trace"
    words = ["-f", "-e", "trace=execve", "-s", "300", "-v", "-o", str(trace)]
    done = subprocess.run(
        [require("strace"), *words, sys.executable, "-m", "reconciler", "--config", str(line.config), "plan"],
        env={**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        check=False,
        timeout=120,
    )
    assert done.returncode == 0, done.stderr
    started = [one for one in trace.read_text().splitlines() if "execve(" in one and one.endswith("= 0")][1:]
    names = {one.split('execve("', 1)[1].split('"', 1)[0].rsplit("/", 1)[-1] for one in started}
    # env, sh: how git's own transport reaches git-upload-pack of a policy on this machine.
    assert names <= {"git", "git-upload-pack", "restic", "env", "sh"}, names
    assert all("git" in one for one in started if '/env"' in one or '/sh"' in one), started
    reading = ("cat", "list", "snapshots", "version", "stats")
    for one in started:
        if '/restic"' in one:
            assert any(f'"{verb}"' in one for verb in reading), one
            assert '"--no-lock"' in one or '"version"' in one, one
    assert _digest(line.world.folder / "repositories") == before


@pytest.mark.slow
@pytest.mark.parametrize("folder", [".", "policies/here"])
def test_a_change_is_planned_against_any_revision_from_a_detached_checkout(
    line: CommandLine, folder: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    world = line.world
    (world.policy.path / "policy.yaml").unlink()
    (world.policy.path / "docs.yaml").unlink()
    place = world.policy.path / folder
    first = world.policy.commit(
        {f"{folder}/policy.yaml": world.head(), f"{folder}/docs.yaml": world.asset("docs", "local", "second:local")}
    )
    world.policy.commit({f"{folder}/policy.yaml": world.head(last=1)})
    world.policy.git("checkout", "--quiet", "--detach")
    monkeypatch.chdir(place)
    for base in (first, first[:10], "HEAD~1", "main~1"):
        told = line.say("plan", "--base", base)
        assert told.code == 3, told
        assert "retention.last: 3 → 1" in told.out
    assert line.say("plan", "--base", "HEAD").code == 0
    assert "no revision" in one_line(line.say("plan", "--base", "nowhere"))
    told = line.say("plan", "--base", first, "--format", "markdown")
    assert told.code == 3
    (place / "bad.yaml").write_text("kind: [unclosed")
    told = line.say("plan", "--base", first)
    assert told.code == 1
    assert "bad.yaml" in one_line(told)


def test_a_base_outside_any_repository_is_told(line: CommandLine, tmp_path: Path) -> None:
    plain = tmp_path / "plain"
    plain.mkdir()
    (plain / "policy.yaml").write_text(line.world.head() + "---\n" + line.world.asset("docs"))
    told = line.say("plan", "--policy", str(plain), "--base", "main")
    assert told.code == 1
    assert "no git repository" in one_line(told)


@pytest.mark.slow
def test_a_first_plan_shows_everything_that_the_pass_then_does(line: CommandLine) -> None:
    line.world.data("more")
    line.world.policy.commit({"more.yaml": line.world.asset("more", "local", "second:local")})
    told = line.say("plan", "--format", "json")
    assert told.code == 0, told
    plan = json.loads(told.out)
    assert {one["action"] for one in plan["actions"]} == {"backup", "render"}
    foreseen = Counter(
        (one["action"], one["asset"], one["repository"]) for one in (*plan["actions"], *plan["following"])
    )
    assert foreseen["backup", "docs", "local"] == foreseen["copy", "more", "second"] == 1
    done = line.world.pass_().done
    assert not any(one.error for one in done)
    journal = next(one.line for one in done if isinstance(one.action, BackUp) and one.action.asset == STATE)
    assert journal.startswith("1 file, ")
    assert foreseen == Counter((one.action.verb.value, *parts_of(one.action)[:2]) for one in done)


def test_without_host_settings_a_plan_says_what_the_change_means_and_nothing_of_an_empty_world(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    world.policy.commit({"more.yaml": world.asset("more", "local"), "policy.yaml": world.head(last=1)})
    monkeypatch.chdir(world.policy.path)
    planned = plan_change(None, None, "HEAD~1", None)
    assert planned.plan is not None
    assert planned.plan.actions == ()
    assert planned.change is not None
    assert {row.backups for row in planned.plan.lowerings} == {()}
    assert {row.checksum for row in planned.plan.lowerings} == {""}
    text = change_as(planned.change, planned.plan, "text", reader_for(planned.plan, planned.policy))
    assert "+ asset/more" in text
    assert "retention.last: 3 → 1" in text
    assert "initialise" not in text


@pytest.mark.slow
def test_a_first_run_says_what_is_ahead_and_later_ones_do_not(line: CommandLine) -> None:
    told = line.say("reconcile")
    assert "Estimate: 3 first backups read about " in told.err
    assert "assumed, not measured" in told.err
    assert told.out.startswith("Nothing is left to do.")
    assert "Estimate" not in line.say("reconcile").err
