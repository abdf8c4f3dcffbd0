"""Every command with wrong words or a broken host: one line that says what to do, and the documented exit code."""

from __future__ import annotations

import os
import pty
import re
import shutil
import subprocess
import sys
import termios
from contextlib import suppress
from pathlib import Path

import pytest

from reconciler.cli.main import run
from reconciler.observed.entries import PlacementWanted
from reconciler.operations.policy_update import update_policy
from tests.e2e.commandline import ROOT, CommandLine, one_line
from tests.e2e.world import World, make_world


@pytest.fixture
def line(world: World, capsys: pytest.CaptureFixture[str]) -> CommandLine:
    return CommandLine(world, capsys)


WRONG_WORDS = [
    "",
    "statsu",
    "zebra",
    "--bogus",
    "status zebra",
    "plan --at",
    "plan --at garbage",
    "plan --at 2026-13-01",
    "plan --at 0001-01-01",
    "plan --at 9999-12-31T23:59:59Z",
    "plan --format xml",
    "get",
    "get nonsense",
    "get backups --limit 0",
    "get backups --limit many",
    "get backups --asset nobody",
    "get holds --asset docs",
    "get attempts --limit 5 docs",
    "events --asset nobody",
    "events --repository nowhere",
    "get attempts --repository nowhere",
    "describe docs",
    "describe asset/nobody",
    "describe repository/nowhere",
    "describe zebra/docs",
    "backup",
    "backup nobody",
    "backup docs --repository nowhere",
    "backup docs --keep-until soon",
    "backup docs --keep-until 2020-01-01",
    "doctor --place safe",
    "doctor --reason why",
    "doctor --confirm-escrow nowhere --place safe",
    "doctor --accept-vanished nowhere --reason why",
    "validate host/reconciler.yaml",
    "backup docs --at 2199-01-01",
    "restore docs",
    "restore nobody --target out",
    "restore docs --target .",
    "restore docs --target out --repository nowhere",
    "restore docs --target out --backup zz",
    "approve",
    "approve abc --reason x",
    "approve zzzzzzzzzzzz --reason x",
    "approve deadbeefdeadbeef",
    "suspend quiet --reason x",
    "suspend quiet --for 1h",
    "suspend quiet --for soon --reason x",
    "suspend quiet --for 90d --reason x",
    "suspend Quiet --for 1h --reason x",
    "suspend quiet --for 1h --reason x --asset nobody",
    "suspend quiet --for 1h --reason x --repository nowhere",
    "suspend quiet --for 1h --reason x --action sing",
    "resume nobody",
    "runbook nobody",
    "schema zebra",
]


@pytest.fixture
def known(line: CommandLine) -> CommandLine:
    """A policy is enforced and nothing has been backed up."""
    _enforce(line.world)
    return line


@pytest.fixture(scope="module")
def lasting(tmp_path_factory: pytest.TempPathFactory) -> World:
    """The same world for words that change nothing."""
    world = make_world(tmp_path_factory.mktemp("words") / "world")
    world.data("docs")
    world.policy.commit({"policy.yaml": world.head(), "docs.yaml": world.asset("docs", "local", "second:local")})
    _enforce(world)
    return world


def _enforce(world: World) -> None:
    with world.desk() as desk:
        update_policy(desk)


@pytest.mark.parametrize("words", WRONG_WORDS)
def test_wrong_words_exit_64_with_one_line(
    lasting: World, words: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(lasting.folder)
    told = CommandLine(lasting, capsys).say(*words.split())
    assert told.code == 64, told
    assert one_line(told).startswith("reconciler: ")
    assert one_line(told).count(" Next: ") == 1
    assert len(one_line(told)) < 300
    assert told.out == ""


NEAR = [
    ("get backups --asset doc", "'doc'. Next: did you mean docs?"),
    ("get backups --repository secnd", "'secnd'. Next: did you mean second?"),
    ("get attempts --asset nobody", "'nobody'. Next: name one of docs, reconciler-state"),
    ("events --asset Docs", "'Docs'. Next: did you mean docs?"),
    ("describe asset/dcos", "'dcos'. Next: did you mean docs?"),
    ("describe docs", "'docs'. Next: write asset/docs"),
    ("restore dosc --target out", "'dosc'. Next: did you mean docs?"),
    ("runbook indx", "'indx'. Next: did you mean index?"),
    ("suspend quiet --for 1h --reason x --asset dcs", "'dcs'. Next: did you mean docs?"),
    ("doctor --confirm-escrow lcal --place safe", "'lcal'. Next: did you mean local?"),
    ("statsu", "'statsu'. Next: did you mean status?"),
    ("get bakups", "'bakups' is not one of 'assets', 'repositories', 'backups', 'attempts', 'holds'. Next: see:"),
    ("schema zebra", "Invalid value for 'KIND': 'zebra' is not one of"),
    ("status --outptu json", "did you mean '--output'? Next: see: reconciler status --help"),
    (f"describe asset/{'x' * 5000}", "xxx…'. Next: name one of docs"),
]


@pytest.mark.parametrize(("words", "said"), NEAR)
def test_an_unknown_name_is_told_with_the_nearest_that_there_are(
    lasting: World, words: str, said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    told = CommandLine(lasting, capsys).say(*words.split())
    assert told.code == 64, told
    assert said.lower() in one_line(told).lower()


NOTHING = [
    ("get", "backups", "--asset", ""),
    ("describe", ""),
    ("describe", "asset/"),
    ("backup", ""),
    ("restore", "docs", "--target", ""),
    ("restore", "docs", "--target", "out", "--backup", ""),
    ("restore", "docs", "--target", "out", "--repository", ""),
    ("runbook", ""),
    ("init", ""),
    ("init", "x", "--host", ""),
    ("init", "x", "--name", ""),
    ("doctor", "--confirm-escrow", "", "--place", "safe"),
    ("doctor", "--accept-vanished", "", "--reason", "why"),
    ("approve", "", "--reason", "why"),
    ("suspend", "", "--for", "1h", "--reason", "why"),
    ("resume", ""),
    ("schema", ""),
    ("get", ""),
    ("",),
]


@pytest.mark.parametrize("words", NOTHING)
def test_an_empty_word_is_never_taken_for_a_missing_one(
    lasting: World, words: tuple[str, ...], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(lasting.folder)
    told = CommandLine(lasting, capsys).say(*words)
    assert told.code == 64, told
    assert " Next: " in one_line(told)
    assert not (lasting.folder / "x").exists()
    assert not (lasting.folder / "out").exists()


def test_without_a_command_the_help_is_shown_and_nothing_is_done(capsys: pytest.CaptureFixture[str]) -> None:
    assert run([]) == 64
    told = capsys.readouterr()
    assert told.out == ""
    assert told.err.startswith("Usage: reconciler [OPTIONS] COMMAND")
    assert len(told.err.splitlines()) > 20


def test_an_asset_that_left_the_policy_is_still_found_in_the_journal(known: CommandLine) -> None:
    with known.world.desk() as desk:
        desk.catalog.record([PlacementWanted(asset="left", repository="local")], desk.clock.now())
    assert "left/local" in known.say("events", "--asset", "left").out


def test_a_suspension_without_a_reason_is_refused(known: CommandLine) -> None:
    told = known.say("suspend", "quiet", "--for", "1h", "--reason", "  ")
    assert (told.code, "reason" in one_line(told)) == (64, True)
    assert known.say("status").out.count("Suspended") == 0


def test_a_backup_is_never_dated_in_the_future(known: CommandLine) -> None:
    told = known.say("backup", "docs", "--at", "2199-01-01")
    assert told.code == 64
    assert not list((known.world.folder / "repositories" / "local" / "snapshots").iterdir())


REFUSALS = [
    ("restore docs --target /", 1, "the target is /"),
    ("restore docs --target link", 1, "symlink"),
    ("restore docs --target data", 1, "not empty"),
    ("restore docs --target out", 1, "no good backup"),
    ("approve deadbeefdeadbeef --reason x", 3, "reconciler plan"),
    ("plan --policy nowhere", 1, "No such file"),
    ("plan --policy policy --base HEAD~9", 1, "no revision HEAD~9"),
    ("plan --policy policy --base=--upload-pack=id", 1, "names no revision"),
    ("apply nothing.plan", 3, "No such file"),
    ("apply host/reconciler.yaml", 3, "no plan file"),
]


@pytest.mark.parametrize(("words", "code", "said"), REFUSALS)
def test_refusals_say_what_to_do_and_have_their_exit_code(
    lasting: World,
    words: str,
    code: int,
    said: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(lasting.folder)
    if not Path("link").is_symlink():
        Path("link").symlink_to(lasting.folder / "elsewhere")
    told = CommandLine(lasting, capsys).say(*words.split())
    assert told.code == code, told
    assert said in one_line(told)


BROKEN_SETTINGS = [
    ("stat: 1", "stat"),
    ("concurrency: {total: 0}", "concurrency.total"),
    ("listen: nonsense", "listen"),
    ("deadlines: {stall: 5}", "deadlines.stall"),
    ("host: -rf", "host"),
    ("[", "YAML"),
    ("a: &a [*a]", "aliases"),
    ("grace: 1h", "written twice"),
]


@pytest.mark.parametrize(("text", "said"), BROKEN_SETTINGS)
def test_settings_with_errors_name_the_file_and_the_line(line: CommandLine, text: str, said: str) -> None:
    broken = line.config.with_name("broken.yaml")
    broken.write_text(line.config.read_text().replace("host: here\n", "") + f"{text}\n")
    for words in ("status", "plan", "reconcile", "get assets", "run"):
        told = line.say(*words.split(), config=broken)
        assert told.code == 1
        assert said in one_line(told)
        assert f"{broken}:" in told.err


def test_missing_settings_are_named(line: CommandLine) -> None:
    told = line.say("status", config=Path("/nonexistent/reconciler.yaml"))
    assert told.code == 1
    assert "/nonexistent/reconciler.yaml" in one_line(told)


@pytest.mark.parametrize("words", ["status", "plan", "reconcile", "get backups", "events", "runbook"])
def test_a_state_folder_that_cannot_be_had_is_one_line(line: CommandLine, words: str) -> None:
    state = line.world.folder / "state"
    for place in ("/proc/nothing/here", str(line.world.policy.path / "policy.yaml")):
        moved = line.config.with_name("moved.yaml")
        moved.write_text(line.config.read_text().replace(str(state), place))
        told = line.say(*words.split(), config=moved)
        assert told.code == 1
        assert place.rsplit("/", 1)[0] in one_line(told)


def test_another_users_state_folder_is_refused(line: CommandLine) -> None:
    if os.geteuid() != 0:
        pytest.fail("run this as root: only root can give a folder away")
    state = line.world.folder / "state"
    state.mkdir()
    os.chown(state, 65534, 65534)
    told = line.say("status")
    assert told.code == 1
    assert "belongs to uid 65534" in one_line(told)


@pytest.mark.parametrize(
    "words", ["status", "get assets", "get backups", "describe asset/docs", "restore docs --target x"]
)
def test_without_a_policy_it_is_said_that_there_is_none(line: CommandLine, words: str) -> None:
    told = line.say(*words.split())
    assert told.code in (1, 64)
    assert "no policy is enforced yet" in one_line(told).lower()
    assert "reconcile" in told.err


def test_an_invalid_first_head_enforces_nothing_and_names_the_place(line: CommandLine) -> None:
    line.world.policy.commit(
        {"bad.yaml": "apiVersion: backup/v1\nkind: Asset\nmetadata: {name: x}\nspec: {dialy: 7}\n"}
    )
    for words in ("plan", "reconcile"):
        told = line.say(words)
        assert told.code == 1
        assert "bad.yaml:" in one_line(told)
    assert line.say("validate", str(line.world.policy.path)).code == 1


@pytest.mark.slow
def test_an_invalid_later_head_keeps_what_is_enforced_and_status_says_so(known: CommandLine) -> None:
    known.world.policy.commit({"bad.yaml": "kind: [unclosed\n"})
    told = known.say("reconcile")
    assert told.code == 1
    assert "stays enforced" in told.out
    assert "done  backup docs" in told.err
    assert known.say("status", "--check").code == 1


@pytest.mark.slow
def test_every_list_has_the_one_json_envelope(known: CommandLine) -> None:
    known.say("reconcile")
    for words in ("get assets", "get repositories", "get backups", "get attempts", "get holds", "events", "status"):
        told = known.say(*words.split(), "-o", "json")
        assert told.code == 0
        assert told.items or words == "get holds"
    backup, *more = known.say("get", "backups", "-o", "json").items
    assert more
    assert known.say("get", "backups", "-o", "json", "--limit", "1").items == [backup]
    wanted = "asset repository id lineage time size files present counted read restored whyKept"
    assert set(wanted.split()) <= set(backup)
    known.world.policy.write("bad.yaml", "kind: [unclosed\n")
    assert known.say("validate", str(known.world.policy.path), "-o", "json").items


@pytest.mark.slow
def test_exit_codes_of_the_plan_and_of_status(known: CommandLine) -> None:
    assert known.say("plan").code == 0
    assert known.say("plan", "--detailed-exitcode").code == 2
    assert known.say("reconcile").code == 0
    assert known.say("plan", "--detailed-exitcode").code == 0
    assert known.say("status", "--check").code == 0
    known.world.policy.commit({"policy.yaml": known.world.head(last=1)})
    assert known.say("plan", "--detailed-exitcode").code == 3
    assert known.say("reconcile").code == 3
    assert known.say("status", "--check").code == 3
    shutil.rmtree(known.world.folder / "repositories" / "second")
    known.world.policy.commit({"policy.yaml": known.world.head()})
    assert known.say("reconcile").code in (0, 1)
    assert known.say("status", "--check").code == 4


@pytest.mark.slow
def test_a_table_fits_the_terminal_and_a_dumb_one_or_no_colour_gets_no_colours(known: CommandLine) -> None:
    known.say("reconcile")
    for columns, words in ((60, "get backups"), (60, "get repositories"), (60, "status"), (100, "events --limit 9")):
        shown = _on_a_terminal(known, columns, *words.split())
        assert "\x1b[1m" in shown
        lines = [re.sub(r"\x1b\[[0-9;]*m", "", line) for line in shown.splitlines()]
        assert [line for line in lines if len(line) > columns] == []
    assert "\x1b" not in _on_a_terminal(known, 60, "status", NO_COLOR="1")
    assert "\x1b" not in _on_a_terminal(known, 60, "status", TERM="dumb")
    wide = _on_a_terminal(known, 60, "get", "backups", "--asset", "docs", "-o", "wide").splitlines()
    assert "ASSET" in wide[0]
    assert "WHY KEPT" in wide[0]


def _on_a_terminal(line: CommandLine, columns: int, *words: str, **environment: str) -> str:
    """What a terminal of so many columns shows of a command."""
    master, slave = pty.openpty()
    termios.tcsetwinsize(slave, (24, columns))
    process = subprocess.Popen(
        [sys.executable, "-m", "reconciler", "--config", str(line.config), *words],
        env={"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT), "TERM": "xterm", **environment},
        stdin=slave,
        stdout=slave,
        stderr=slave,
    )
    os.close(slave)
    said = b""
    with process, suppress(OSError):  # a terminal that everybody left
        while part := os.read(master, 4096):
            said += part
    os.close(master)
    return said.decode().replace("\r", "")


def test_output_has_no_escape_sequences_without_a_terminal(known: CommandLine) -> None:
    for words in (["status"], ["plan"], ["get", "assets"], ["--help"], ["validate", str(known.world.policy.path)]):
        told = known.say(*words)
        assert "\x1b" not in told.out + told.err


@pytest.mark.slow
def test_a_reader_that_left_is_no_error(known: CommandLine) -> None:
    process = known.start("schema", "asset")
    assert process.stdout is not None
    process.stdout.close()
    assert process.stderr is not None
    assert process.stderr.read() == ""
    process.stderr.close()
    assert process.wait(60) == 0


@pytest.mark.slow
@pytest.mark.parametrize(
    ("words", "closed", "code"),
    [
        ("schema asset", ">&-", 0),
        ("events", "<&- >&- 2>&-", 0),
        ("statsu", "2>&-", 64),
        ("statsu", "2>/dev/full", 64),
        ("schema asset", ">/dev/full", 1),
    ],
)
def test_where_nobody_can_be_told_the_exit_code_still_says_it(
    known: CommandLine, words: str, closed: str, code: int
) -> None:
    command = [sys.executable, "-m", "reconciler", "--config", str(known.config), *words.split()]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    done = subprocess.run(
        ["bash", "-c", f'"$@" {closed}', "-", *command], env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == code, done.stderr
    assert "Traceback" not in done.stderr
    assert known.say("events").code == 0


@pytest.mark.slow
def test_a_poor_locale_loses_signs_and_nothing_else(known: CommandLine) -> None:
    environment = {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0", "PYTHONIOENCODING": "ascii"}
    with known.start("status", **environment) as process:
        out, err = process.communicate(timeout=60)
    assert (process.returncode, err) == (0, "")
    assert "docs" in out


def test_a_settings_file_without_a_name_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["--config", "", "status"]) == 64
    assert "--config names no file" in capsys.readouterr().err
