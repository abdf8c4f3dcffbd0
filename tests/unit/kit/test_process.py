"""The door to other programs: everything drained, silence ended, nothing left behind."""

from __future__ import annotations

import os
import signal
import sys
import threading
import time
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest

from reconciler.errors import (
    EngineFailed,
    EngineInterrupted,
    EngineStalled,
    ReconcilerError,
    RepositoryFull,
    ToolMissing,
)
from reconciler.kit.heard import Stream
from reconciler.kit.process import Command, Finished, Watch, run, small_environment

SECOND = timedelta(seconds=1)
LONG = 120
"""Seconds that no busy machine needs, and far less than what would hang hangs for."""


def python(code: str, watch: Watch | None = None, **environment: str) -> Finished:
    return run(Command((sys.executable, "-c", code), small_environment(**environment)), watch)


def shell(script: str, watch: Watch | None = None) -> Finished:
    return run(Command(("/bin/sh", "-c", script), small_environment()), watch)


def stalled(ready: Path, attempt: Callable[[timedelta], object]) -> None:
    """The attempt ends for its silence. A longer one is granted while a busy machine let it get nowhere before."""
    for seconds in (0.5, 4, 30):
        with pytest.raises(EngineStalled):
            attempt(timedelta(seconds=seconds))
        if ready.exists():
            return
    pytest.fail("it never got as far as its silence")


def is_gone(pid_file: Path) -> bool:
    pid, end = int(pid_file.read_text()), time.monotonic() + LONG
    while time.monotonic() < end:
        try:
            state = Path(f"/proc/{pid}/stat").read_text().rpartition(") ")[2][0]
        except (FileNotFoundError, ProcessLookupError):
            return True
        if state == "Z":
            return True
        time.sleep(0.02)
    return False


def test_both_outputs_and_the_exit_code_come_back() -> None:
    finished = shell("echo one; echo two >&2; printf three; exit 7")
    assert (finished.code, finished.stdout, finished.stderr) == (7, ("one", "three"), ("two",))
    assert finished.duration < 30 * SECOND


def test_a_signal_is_a_negative_exit_code() -> None:
    assert shell("kill -9 $$").code == -9


def test_a_program_that_is_not_there_is_a_missing_tool() -> None:
    with pytest.raises(ToolMissing, match="cannot be started"):
        run(Command(("/no/such/program",), small_environment()))


def test_arguments_that_no_program_can_get_are_an_error() -> None:
    for arguments in (("/bin/true", "a\0b"), ("/bin/true", "x" * (1 << 18))):
        with pytest.raises(EngineFailed, match="cannot be started"):
            run(Command(arguments, small_environment()))


def test_the_environment_is_built_from_empty(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RESTIC_PASSWORD", "canary")
    finished = python("import os; print(sorted(os.environ))", ONE="1")
    [names] = finished.stdout
    assert set(eval(names)) <= {"PATH", "HOME", "TMPDIR", "LANG", "TZ", "ONE", "LC_CTYPE"}
    assert "'ONE'" in names


def test_descriptors_are_inherited_only_when_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("content")
    descriptor = os.open(tmp_path / "file", os.O_RDONLY)
    os.set_inheritable(descriptor, True)
    try:
        reading = ("cat", f"/dev/fd/{descriptor}")
        assert run(Command(reading, small_environment(), pass_fds=(descriptor,))).stdout == ("content",)
        assert run(Command(reading, small_environment())).code != 0
    finally:
        os.close(descriptor)


def test_nobody_is_asked_anything() -> None:
    assert shell("read answer || echo nothing to read").stdout == ("nothing to read",)


def test_a_flood_on_both_outputs_is_drained() -> None:
    lines = {"stdout": 0, "stderr": 0}

    def count(stream: Stream, _line: bytes) -> bool:
        lines[stream] += 1
        return True

    flood = "import os\nfor i in range(2000): os.write(1, b'x' * 999 + b'\\n'); os.write(2, b'y' * 999 + b'\\n')"
    finished = python(flood, Watch(on_line=count, kept_lines=10))
    assert lines == {"stdout": 2000, "stderr": 2000}
    assert len(finished.stdout) == len(finished.stderr) == 10


def test_a_whole_answer_is_collected_without_looking_at_its_lines() -> None:
    finished = python("print('x' * 5_000_000)", Watch(collect=1 << 23))
    assert len(finished.output) == 5_000_001
    assert finished.stdout == ()


def test_an_answer_without_end_is_refused() -> None:
    with pytest.raises(EngineFailed, match="more than 2 MiB"):
        python("while True: print('x' * 100_000)", Watch(collect=2 << 20))


def test_output_can_go_to_a_descriptor(tmp_path: Path) -> None:
    with (tmp_path / "output").open("wb") as file:
        command = Command(("echo", "to the file"), small_environment(), output=file.fileno())
        assert run(command).stdout == ()
    assert (tmp_path / "output").read_text() == "to the file\n"


def test_silence_ends_the_program_and_what_it_started(tmp_path: Path) -> None:
    started = time.monotonic()
    script = f"sleep 600 & echo $! > {tmp_path}/begun; mv {tmp_path}/begun {tmp_path}/pid; wait"
    stalled(tmp_path / "pid", lambda stall: shell(script, Watch(stall=stall)))
    assert time.monotonic() - started < LONG
    assert is_gone(tmp_path / "pid")
    with pytest.raises(EngineStalled, match="no progress"):
        shell("sleep 600", Watch(stall=SECOND / 10))


def test_a_program_that_prints_without_moving_is_silent_too() -> None:
    with pytest.raises(EngineStalled):
        shell("while :; do echo 0 of 9 bytes; sleep 0.05; done", Watch(stall=SECOND, on_line=lambda *_: False))


@pytest.mark.slow
def test_a_program_that_only_reads_moves() -> None:
    def read(stall: timedelta, *, reading: bool) -> Finished:
        pause = stall.total_seconds() / 5
        code = f"import time\nfor i in range(8): open('/dev/zero', 'rb').read(1 << 21); time.sleep({pause})"
        return python(code, Watch(stall=stall, reading=reading))

    with pytest.raises(EngineStalled):
        read(SECOND, reading=False)
    try:
        finished = read(SECOND, reading=True)
    except EngineStalled:
        # A busy machine may keep a program from reading for a second, not for twenty.
        finished = read(20 * SECOND, reading=True)
    assert finished.code == 0


@pytest.mark.slow
def test_a_program_that_ignores_the_request_to_end_is_killed(tmp_path: Path) -> None:
    begun = f"echo $$ > {tmp_path}/begun; mv {tmp_path}/begun {tmp_path}/pid"
    script = f"trap '' TERM; {begun}; while :; do sleep 0.1; done"
    stalled(tmp_path / "pid", lambda stall: shell(script, Watch(stall=stall, grace=SECOND / 2)))
    assert is_gone(tmp_path / "pid")


def test_a_program_is_given_time_to_clean_up(tmp_path: Path) -> None:
    script = f"trap 'echo cleaned > {tmp_path}/lock; exit' TERM; touch {tmp_path}/ready; while :; do sleep 0.1; done"
    stalled(tmp_path / "ready", lambda stall: shell(script, Watch(stall=stall, grace=LONG * SECOND)))
    assert (tmp_path / "lock").read_text() == "cleaned\n"


def test_a_grandchild_that_holds_the_pipe_hangs_nobody(tmp_path: Path) -> None:
    started = time.monotonic()
    finished = shell(f"sleep 600 & echo $! > {tmp_path}/pid; echo done")
    assert finished.stdout == ("done",)
    assert time.monotonic() - started < LONG
    assert is_gone(tmp_path / "pid")


def test_a_grandchild_in_a_group_of_its_own_is_gone_as_well(tmp_path: Path) -> None:
    code = (
        "import os, subprocess, time\n"
        "child = subprocess.Popen(['sleep', '600'], process_group=0)\n"
        f"open('{tmp_path}/begun', 'w').write(str(child.pid))\n"
        f"os.rename('{tmp_path}/begun', '{tmp_path}/pid')\n"
        "time.sleep(600)"
    )
    stalled(tmp_path / "pid", lambda stall: python(code, Watch(stall=stall)))
    assert is_gone(tmp_path / "pid")


def test_a_grandchild_that_left_the_session_and_holds_the_pipe_hangs_nobody() -> None:
    started = time.monotonic()
    code = "import subprocess\nprint(subprocess.Popen(['sleep', '600'], start_new_session=True).pid)"
    [pid] = python(code).stdout
    os.kill(int(pid), signal.SIGKILL)
    assert time.monotonic() - started < LONG


def test_a_stop_interrupts(tmp_path: Path) -> None:
    stop = threading.Event()

    def hear(_stream: Stream, _line: bytes) -> bool:
        stop.set()
        return True

    with pytest.raises(EngineInterrupted):
        shell(f"echo $$ > {tmp_path}/pid; echo begun; exec sleep 600", Watch(stop=stop, on_line=hear))
    assert is_gone(tmp_path / "pid")


def test_an_error_while_reading_ends_the_program(tmp_path: Path) -> None:
    def refuse(_stream: Stream, _line: bytes) -> bool:
        raise ValueError("garbage")

    with pytest.raises(ValueError, match="garbage"):
        shell(f"echo $$ > {tmp_path}/pid; echo x; exec sleep 600", Watch(on_line=refuse))
    assert is_gone(tmp_path / "pid")


def test_whoever_watches_can_give_up(tmp_path: Path) -> None:
    seen: list[bytes] = []

    def on_line(_stream: Stream, line: bytes) -> bool:
        seen.append(line)
        return True

    def give_up() -> ReconcilerError | None:
        return RepositoryFull("no room") if seen else None

    with pytest.raises(RepositoryFull):
        shell(f"echo $$ > {tmp_path}/pid; echo full >&2; exec sleep 600", Watch(on_line=on_line, give_up=give_up))
    assert is_gone(tmp_path / "pid")


def test_no_descriptor_and_no_zombie_is_left() -> None:
    shell("true")
    before = len(list(Path("/proc/self/fd").iterdir()))
    for _ in range(20):
        shell("echo x; exit 3")
        with pytest.raises(ToolMissing):
            run(Command(("/no/such/program",), small_environment()))
    assert len(list(Path("/proc/self/fd").iterdir())) == before
    children = Path(f"/proc/self/task/{os.getpid()}/children").read_text().split()
    assert not [pid for pid in children if Path(f"/proc/{pid}/stat").read_text().rpartition(") ")[2][0] == "Z"]
