"""Doctor: each broken thing is one line with what mends it, hides none of the others, and is no traceback."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest

from reconciler.kit.clock import SystemClock
from reconciler.kit.lanes import Lanes, Mode, leadership
from reconciler.observed.entries import Approved, Notified
from tests.e2e.commandline import ROOT, CommandLine, Said, one_line
from tests.e2e.world import World, make_world
from tests.lab.repositories import make_repository

pytestmark = pytest.mark.slow

ALERT = """\
apiVersion: backup/v1
kind: Alert
metadata: {{name: chat}}
spec: {{events: [breached], provider: {{webhook: {{urlFrom: {{file: {file}}}}}}}}}
"""
HOST_KEY = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIN18aTm/R8xYG2eskOsONgorufIemWk7keeLSSbWyEld"


@pytest.fixture
def world(tmp_path: Path) -> World:
    """Two cheap repositories, an asset, its policy committed; nothing has been done yet."""
    world = make_world(tmp_path)
    world.data("docs")
    world.policy.commit({"policy.yaml": world.head(), "docs.yaml": world.asset("docs", "local", "second:local")})
    return world


@pytest.fixture
def doctor(world: World, capsys: pytest.CaptureFixture[str]) -> Callable[..., Said]:
    line = CommandLine(world, capsys)
    return lambda *words: line.say("doctor", *words)


def _remedy(said: Said, sign: str, begins: str) -> str:
    """The line of a finding with the one below it, which says what to do."""
    lines = said.out.splitlines()
    found = [place for place, text in enumerate(lines) if text.startswith(f"{sign} {begins}")]
    assert len(found) == 1, said.out + said.err
    return f"{lines[found[0]]}\n{lines[found[0] + 1]}"


def _is_well(said: Said, begins: str) -> bool:
    return any(text.startswith(f"✓ {begins}") for text in said.out.splitlines())


def _with_settings(world: World, text: str) -> None:
    file = world.folder / "host" / "reconciler.yaml"
    file.write_text(file.read_text() + text)


def test_a_healthy_host_has_no_error_and_every_line_is_read_by_programs_too(
    world: World, doctor: Callable[..., Said]
) -> None:
    world.pass_()
    told = doctor()
    assert told.code == 0, told.out
    assert "✗" not in told.out
    assert " 0 errors, " in told.out.splitlines()[-1]
    for well in ("git", "settings", "state folder", "policy source", "clock", "repository local", "journal", "loop"):
        assert _is_well(told, well), told.out
    items = doctor("-o", "json").items
    assert {"check", "level", "what", "remedy"} == set(items[0])
    assert {item["level"] for item in items} <= {"ok", "warning"}


def test_a_new_host_is_told_what_is_still_to_be_done(doctor: Callable[..., Said]) -> None:
    told = doctor()
    assert told.code == 0, told.out
    assert "reconciler reconcile" in _remedy(told, "!", "policy: ")
    assert "not enforced yet" in told.out
    assert "--confirm-escrow local" in _remedy(told, "!", "passphrase of local")


def test_without_settings_the_tools_are_checked_all_the_same(
    world: World, doctor: Callable[..., Said], capsys: pytest.CaptureFixture[str]
) -> None:
    told = CommandLine(world, capsys).say("doctor", config=world.folder / "nowhere.yaml")
    assert told.code == 1
    assert "nowhere.yaml" in _remedy(told, "✗", "settings")
    assert _is_well(told, "git")


@pytest.mark.parametrize(("version", "why"), [("0.16.4", "too old"), ("0.19.0", "counts wrongly")])
def test_a_restic_that_cannot_be_trusted_is_refused_and_a_better_one_named(
    world: World, doctor: Callable[..., Said], version: str, why: str
) -> None:
    fake = world.folder / "restic"
    fake.write_text(f"#!/bin/sh\necho restic {version} compiled with go\n")
    fake.chmod(0o755)
    _with_settings(world, f"restic: {fake}\n")
    told = doctor("--offline")
    assert told.code == 1
    remedy = _remedy(told, "✗", "restic")
    assert why in remedy
    assert "0.19.1 or later is best" in remedy


def test_a_restic_that_works_and_is_not_the_best_is_a_warning(world: World, doctor: Callable[..., Said]) -> None:
    fake = world.folder / "restic"
    fake.write_text("#!/bin/sh\necho restic 0.18.0 compiled with go\n")
    fake.chmod(0o755)
    _with_settings(world, f"restic: {fake}\n")
    told = doctor("--offline")
    assert told.code == 0, told.out
    assert "0.19.1 or newer is best" in _remedy(told, "!", "restic")


def test_a_missing_program_of_the_settings_is_an_error(world: World, doctor: Callable[..., Said]) -> None:
    _with_settings(world, "commands: {dump: [/nowhere/dump]}\n")
    told = doctor("--offline")
    assert told.code == 1
    assert "/nowhere/dump" in _remedy(told, "✗", "command dump")


def test_ssh_is_looked_for_where_a_repository_needs_it(
    world: World, doctor: Callable[..., Said], monkeypatch: pytest.MonkeyPatch
) -> None:
    text = world.head().replace(
        f"{{local: {{path: {world.folder / 'repositories' / 'second'}}}}}",
        f"{{sftp: {{host: 127.0.0.1, port: 1, user: b, path: /b, hostKey: {HOST_KEY}}}}}",
    )
    world.policy.commit({"policy.yaml": text})
    world.pass_(lambda _action: False)
    assert "needed by repository second" in doctor("--offline").out
    programs = world.folder / "programs"
    programs.mkdir()
    for name in ("git", "env"):
        (programs / name).symlink_to(str(shutil.which(name)))
    monkeypatch.setenv("PATH", str(programs))
    told = doctor("--offline")
    assert told.code == 1
    assert "openssh-client" in _remedy(told, "✗", "ssh: ")


def test_a_passphrase_that_others_can_read_is_an_error(world: World, doctor: Callable[..., Said]) -> None:
    world.pass_()
    world.key.chmod(0o644)
    told = doctor("--offline")
    assert told.code == 1
    assert f"chmod 0400 {world.key}" in _remedy(told, "✗", "passphrase of local")


def test_a_state_folder_and_a_key_that_others_can_read_are_errors(world: World, doctor: Callable[..., Said]) -> None:
    state = world.folder / "state"
    state.mkdir(mode=0o755)
    (state / "host-key").write_text("x")
    (state / "host-key").chmod(0o644)
    told = doctor("--offline")
    assert told.code == 1
    assert f"chmod 0700 {state}" in _remedy(told, "✗", "state folder")
    assert f"chmod 0400 {state}/host-key" in _remedy(told, "✗", "host key")


def test_a_state_folder_that_is_mounted_read_only_is_an_error(world: World, capsys: pytest.CaptureFixture[str]) -> None:
    state = world.folder / "state"
    state.mkdir(mode=0o700)
    line = CommandLine(world, capsys)
    mounted = 'mount --bind "$0" "$0"; mount -o remount,ro,bind "$0"; exec "$@"'
    doctor = (sys.executable, "-m", "reconciler", "--config", str(line.config), "doctor", "--offline")
    told = subprocess.run(
        ["unshare", "--mount", "bash", "-ec", mounted, str(state), *doctor],
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert told.returncode == 1, told.stderr
    assert f"✗ state folder: {state} cannot be written to" in told.stdout
    assert f"findmnt -T {state}" in told.stdout
    assert "Traceback" not in told.stdout + told.stderr


def test_a_missing_repository_is_an_error_and_the_others_are_still_looked_at(
    world: World, doctor: Callable[..., Said]
) -> None:
    world.pass_()
    (world.folder / "repositories" / "local").rename(world.folder / "away")
    told = doctor()
    assert told.code == 1
    assert _remedy(told, "✗", "repository local")
    assert _is_well(told, "repository second")


def test_a_swapped_repository_is_an_error_that_names_both_ids(world: World, doctor: Callable[..., Said]) -> None:
    world.pass_()
    local = world.folder / "repositories" / "local"
    local.rename(world.folder / "away")
    make_repository(world.folder / "other", world.key.read_text()).path.rename(local)
    told = doctor()
    assert told.code == 1
    assert "trust.repositories.local" in _remedy(told, "✗", "repository local")


def test_vanished_backups_are_an_error_until_somebody_explains_them(world: World, doctor: Callable[..., Said]) -> None:
    world.pass_()
    gone = world.unmarked("docs", "local")[0]
    (world.folder / "repositories" / "local" / "snapshots" / gone).unlink()
    told = doctor()
    assert told.code == 1
    assert '--accept-vanished local --reason "…"' in _remedy(told, "✗", "repository local: 1 backup gone")
    assert one_line(doctor("--accept-vanished", "local")).endswith('add --reason "…"')
    assert doctor("--accept-vanished", "nowhere", "--reason", "x").code == 64
    told = doctor("--accept-vanished", "local", "--reason", "the disk was cleaned by hand")
    assert told.code == 0, told.out
    assert _is_well(told, "repository local")
    assert doctor("--accept-vanished", "local", "--reason", "again").code == 64


def test_a_journal_from_the_future_and_a_clock_that_jumped_are_errors_until_the_clock_is_accepted(
    world: World, doctor: Callable[..., Said]
) -> None:
    world.pass_()
    with world.desk(lead=False) as desk:
        ahead = desk.clock.now() + timedelta(hours=3)
        desk.catalog.record([Approved(checksum="0" * 64, lines=("x",), by="tester", reason="x")], ahead)
    told = doctor("--offline")
    assert told.code == 1
    assert "--accept-clock" in _remedy(told, "✗", "clock: the journal's newest entry is ")
    assert doctor("--offline", "--accept-clock").code == 0
    with world.desk(lead=False) as desk:
        clock = SystemClock()
        boot = clock.boot()
        assert boot is not None
        desk.catalog.remember("clock", f"{(clock.now() - timedelta(hours=2)).isoformat()} {boot:.1f}")
    assert "it jumped by 2h" in _remedy(doctor("--offline"), "✗", "clock")
    assert _is_well(doctor("--offline", "--accept-clock"), "clock")


def test_doctor_nags_until_the_second_copy_of_a_passphrase_is_confirmed(
    world: World, doctor: Callable[..., Said]
) -> None:
    world.pass_()
    assert '--confirm-escrow second --place "…"' in _remedy(doctor("--offline"), "!", "passphrase of second")
    assert doctor("--confirm-escrow", "second").code == 64
    assert "local, second" in one_line(doctor("--confirm-escrow", "third", "--place", "the safe"))
    told = doctor("--offline", "--confirm-escrow", "second", "--place", "the safe in Madrid")
    assert told.code == 0, told.out
    assert "second copy: the safe in Madrid" in told.out
    assert "passphrase of local: nobody" in told.out


def test_a_policy_that_is_invalid_or_waits_for_approval_is_told_with_its_place(
    world: World, doctor: Callable[..., Said]
) -> None:
    world.pass_()
    world.policy.commit({"policy.yaml": world.head(last=1)})
    told = doctor()
    assert told.code == 0, told.out
    assert "reconciler plan" in _remedy(told, "!", "policy: asset/docs waits for approval")
    world.policy.commit({"docs.yaml": "kind: Asset\n"})
    told = doctor()
    assert told.code == 1
    assert "docs.yaml:1" in _remedy(told, "✗", "policy: ")


def test_a_policy_source_that_is_gone_is_an_error_only_when_it_is_asked(
    world: World, doctor: Callable[..., Said]
) -> None:
    world.pass_()
    world.policy.path.rename(world.folder / "away")
    told = doctor()
    assert told.code == 1
    assert str(world.policy.path) in _remedy(told, "✗", "policy source")
    assert _is_well(told, "repository local")
    assert doctor("--offline").code == 0


def test_offline_starts_no_restic_on_a_repository(world: World, doctor: Callable[..., Said]) -> None:
    world.pass_()
    log = world.folder / "called"
    fake = world.folder / "restic"
    fake.write_text(f'#!/bin/sh\necho "$@" >> {log}\necho restic 0.18.0\n')
    fake.chmod(0o755)
    _with_settings(world, f"restic: {fake}\n")
    doctor("--offline")
    assert log.read_text() == "version\n"


def test_a_lost_journal_is_told_with_where_to_get_it_from(world: World, doctor: Callable[..., Said]) -> None:
    world.pass_()
    (world.folder / "state" / "journal.db").unlink()
    told = doctor("--offline")
    assert told.code == 1
    assert "reconciler-state" in _remedy(told, "✗", "journal")


@pytest.mark.parametrize("name", ["journal.db", "catalog.db"])
def test_a_damaged_catalog_hides_no_other_finding(world: World, doctor: Callable[..., Said], name: str) -> None:
    world.pass_()
    file = world.folder / "state" / name
    file.write_bytes(b"garbage" * 1000)
    for companion in ("-wal", "-shm"):
        file.with_name(name + companion).unlink(missing_ok=True)
    told = doctor()
    assert told.code == 1
    assert "✗ " in told.out
    assert _is_well(told, "git")
    assert "Traceback" not in told.out + told.err


def test_a_state_folder_that_is_none_is_an_error_and_no_traceback(world: World, doctor: Callable[..., Said]) -> None:
    (world.folder / "state").write_text("a file")
    told = doctor()
    assert told.code == 1
    assert "state is no folder" in told.out
    assert told.err == ""


def test_an_alert_whose_secret_is_missing_or_that_does_not_arrive_is_an_error(
    world: World, doctor: Callable[..., Said]
) -> None:
    url = world.folder / "host" / "webhook"
    world.policy.commit({"alerts.yaml": ALERT.format(file=url)})
    world.pass_(lambda _action: False)
    assert str(url) in _remedy(doctor("--offline"), "✗", "alert chat")
    url.write_text("http://127.0.0.1:9/secret-canary")
    url.chmod(0o400)
    assert _is_well(doctor("--offline"), "alert chat")
    with world.desk(lead=False) as desk:
        entry = Notified(alert="chat", key="asset/docs", event="breached", delivered=False, error="connection refused")
        desk.catalog.record([entry], desk.clock.now())
    told = doctor("--offline")
    assert told.code == 1
    assert "connection refused" in _remedy(told, "✗", "alert chat")
    assert "secret-canary" not in told.out


def test_who_leads_and_who_works_on_a_repository_is_shown(world: World, doctor: Callable[..., Said]) -> None:
    world.pass_()
    state, clock = world.folder / "state", SystemClock()
    lanes = Lanes(state / "lanes", clock)
    with leadership(state, clock, verb="run"), lanes.lease("local", Mode.SHARED, verb="backup docs"):
        told = doctor("--offline")
    assert "led by run (pid " in told.out
    assert "repository local: in use (shared): backup docs" in told.out
