"""A program in restic's place that lies, stammers, hangs or dies: each ends as one named error."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest

from reconciler.engines.protocol import OpenRepository
from reconciler.engines.restic.engine import ResticEngine
from reconciler.errors import (
    EngineFailed,
    EngineInterrupted,
    EngineLied,
    EngineStalled,
    ReconcilerError,
    RepositoryFull,
    RepositoryUnreachable,
    ToolMissing,
)
from tests.contract.places import make_engine, on_disk, order

ID = "ab" * 32
SUMMARY = '{"message_type":"summary","total_files_processed":1,"total_bytes_processed":2,"snapshot_id":"%s"}'
STATUS = '{"message_type":"status","percent_done":0.5,"total_bytes":10,"bytes_done":5}'
SECOND = timedelta(seconds=1)
LONG = 120
"""Seconds that no busy machine needs, and far less than what would hang hangs for."""


@pytest.fixture
def place(tmp_path: Path) -> OpenRepository:
    return on_disk(tmp_path / "repository")


def engine_that(
    tmp_path: Path, script: str, stop: threading.Event | None = None, **patience: timedelta
) -> ResticEngine:
    shim = tmp_path / "restic"
    shim.write_text(f"#!/bin/sh\necho $$ > {tmp_path}/pid\n{script}\n")
    shim.chmod(0o755)
    return make_engine(tmp_path, stop, shim, **patience)


def stalls(begun: Path, attempt: Callable[[timedelta], object]) -> None:
    """The attempt ends for its silence. A longer one is granted while a busy machine let it get nowhere before."""
    for seconds in (0.5, 4, 30):
        with pytest.raises(EngineStalled, match=r"^place: "):
            attempt(timedelta(seconds=seconds))
        if begun.exists():
            return
    pytest.fail("it never got as far as its silence")


def says(*lines: str, code: int = 0) -> str:
    return "".join(f"cat <<'END'\n{line}\nEND\n" for line in lines) + f"exit {code}"


def is_gone(tmp_path: Path, name: str = "pid") -> bool:
    end = time.monotonic() + LONG
    while time.monotonic() < end:
        if not Path(f"/proc/{(tmp_path / name).read_text().strip()}").exists():
            return True
        time.sleep(0.02)
    return False


@pytest.mark.parametrize("code", [2, 5, 77, 255])
def test_an_unknown_exit_code_is_a_failure_even_with_a_summary(
    tmp_path: Path, place: OpenRepository, code: int
) -> None:
    engine = engine_that(tmp_path, says(SUMMARY % ID, code=code))
    with pytest.raises(EngineFailed, match=rf"^place: backing up: restic failed with exit code {code}"):
        engine.backup(place, order(tmp_path))


@pytest.mark.parametrize("code", [0, 3])
@pytest.mark.parametrize("answer", ["", "junk", STATUS, SUMMARY % "", SUMMARY % ID[:8], (SUMMARY % ID)[:-20]])
def test_a_success_without_a_summary_is_a_lie(tmp_path: Path, place: OpenRepository, code: int, answer: str) -> None:
    engine = engine_that(tmp_path, says(answer, code=code))
    with pytest.raises(EngineLied, match=r"^place: restic exited"):
        engine.backup(place, order(tmp_path))


def test_junk_around_a_summary_does_no_harm(tmp_path: Path, place: OpenRepository) -> None:
    stammer = f"printf '\\377\\000{{\\n[1,2\\n'; echo 'warning: {{' >&2; {says('{', SUMMARY % ID, 'bye')}"
    assert engine_that(tmp_path, stammer).backup(place, order(tmp_path)).id == ID


@pytest.mark.parametrize("answer", ["", "[", "null", '[{"id": "x"}]', "Fatal: what?"])
def test_a_truncated_or_strange_listing_is_no_empty_world(tmp_path: Path, place: OpenRepository, answer: str) -> None:
    engine = engine_that(tmp_path, says(answer))
    with pytest.raises(EngineFailed, match="cannot be read"):
        engine.snapshots(place)
    with pytest.raises(EngineFailed, match="cannot be read"):
        engine.identity(place)


def test_ids_that_are_none_are_no_ids(tmp_path: Path, place: OpenRepository) -> None:
    with pytest.raises(EngineFailed, match="cannot be read"):
        engine_that(tmp_path, says(ID, "junk")).ids(place)


def test_a_check_without_a_verdict_is_no_sound_repository(tmp_path: Path, place: OpenRepository) -> None:
    with pytest.raises(EngineLied):
        engine_that(tmp_path, says("load indexes")).check(place)
    with pytest.raises(EngineFailed):
        engine_that(tmp_path, says("load indexes", code=1)).check(place)


def test_contents_that_cannot_be_read_are_not_counted(tmp_path: Path, place: OpenRepository) -> None:
    with pytest.raises(EngineFailed, match="cannot be read"):
        engine_that(tmp_path, says('{"struct_type":"node","type":"file"}', "junk")).contents(place, ID)


def test_a_program_that_is_gone_says_how_to_get_it(tmp_path: Path, place: OpenRepository) -> None:
    engine = make_engine(tmp_path, program=tmp_path / "no-restic")
    with pytest.raises(ToolMissing, match=r"^place: .* Next: install no-restic$"):
        engine.ids(place)


def test_a_hang_ends_and_leaves_nothing_behind(tmp_path: Path, place: OpenRepository) -> None:
    hang = (
        f"sleep 600 & echo $! > {tmp_path}/child; touch {tmp_path}/begun\nwhile :; do echo '{STATUS}'; sleep 0.1; done"
    )
    started = time.monotonic()
    stalls(tmp_path / "begun", lambda stall: engine_that(tmp_path, hang, stall=stall).backup(place, order(tmp_path)))
    assert time.monotonic() - started < LONG
    assert is_gone(tmp_path)
    assert is_gone(tmp_path, "child")


def test_a_listing_that_hangs_has_a_deadline_of_its_own(tmp_path: Path, place: OpenRepository) -> None:
    hang = f"touch {tmp_path}/begun; exec sleep 600"
    stalls(tmp_path / "begun", lambda stall: engine_that(tmp_path, hang, listing=stall).ids(place))
    assert is_gone(tmp_path)


def test_bytes_that_move_are_no_hang(tmp_path: Path, place: OpenRepository) -> None:
    def back_up(stall: int) -> str:
        pause = stall / 4
        slow = f"for i in 1 2 3 4 5 6; do echo '{STATUS}' | sed s/5}}/$i}}/; sleep {pause}; done\n{says(SUMMARY % ID)}"
        return engine_that(tmp_path, slow, stall=stall * SECOND).backup(place, order(tmp_path)).id

    try:
        made = back_up(2)
    except EngineStalled:
        # A busy machine may keep it from a byte for a second and a half, not for twenty.
        made = back_up(30)
    assert made == ID


def test_a_grandchild_that_holds_the_output_hangs_nobody(tmp_path: Path, place: OpenRepository) -> None:
    script = f"sleep 600 & echo $! > {tmp_path}/child\n{says(SUMMARY % ID)}"
    started = time.monotonic()
    assert engine_that(tmp_path, script).backup(place, order(tmp_path)).id == ID
    assert time.monotonic() - started < LONG
    assert is_gone(tmp_path, "child")


def test_a_drain_interrupts(tmp_path: Path, place: OpenRepository) -> None:
    stop = threading.Event()

    def stop_when_it_runs() -> None:
        while not (tmp_path / "begun").exists():
            time.sleep(0.02)
        stop.set()

    thread = threading.Thread(target=stop_when_it_runs)
    thread.start()
    with pytest.raises(EngineInterrupted, match=r"^place: "):
        engine_that(tmp_path, f"touch {tmp_path}/begun; exec sleep 600", stop).backup(place, order(tmp_path))
    thread.join()
    assert is_gone(tmp_path)


RETRY = "Save(<data/ab>) returned error, retrying after 5s: "


@pytest.mark.parametrize(
    ("cause", "error"),
    [
        ("write /r/data/ab: no space left on device", RepositoryFull),
        ("dial tcp 10.0.0.1:8000: connect: connection refused", RepositoryUnreachable),
        ("something new", RepositoryUnreachable),
    ],
)
def test_endless_retries_are_cut(
    tmp_path: Path, place: OpenRepository, cause: str, error: type[ReconcilerError]
) -> None:
    engine = engine_that(tmp_path, f"echo '{RETRY}{cause}' >&2; exec sleep 600", full=SECOND, unreachable=SECOND)
    with pytest.raises(error, match=r"^place: backing up: ") as caught:
        engine.backup(place, order(tmp_path))
    assert cause in str(caught.value)
    assert "Next: " in str(caught.value)
    assert is_gone(tmp_path)


def test_a_retry_that_is_answered_is_forgotten(tmp_path: Path, place: OpenRepository) -> None:
    answered = (
        f"printf '%s\\n' '{RETRY}no space left on device' 'Save(<data/ab>) operation successful after 1 retries' >&2"
        f"; sleep 2\n{says(SUMMARY % ID)}"
    )
    engine = engine_that(tmp_path, answered, full=SECOND / 2, unreachable=SECOND / 2)
    assert engine.backup(place, order(tmp_path)).id == ID


def test_a_line_without_end_is_no_end(tmp_path: Path, place: OpenRepository) -> None:
    flood = f"head -c 3000000 /dev/zero >&2; head -c 3000000 /dev/zero; echo\n{says(SUMMARY % ID)}"
    assert engine_that(tmp_path, flood).backup(place, order(tmp_path)).id == ID


def test_a_message_that_repeats_a_secret_is_blotted(tmp_path: Path, place: OpenRepository) -> None:
    secret = place.passphrase.reveal()
    engine = engine_that(tmp_path, f"cat >&2 <<'END'\nFatal: bad word {secret} here\nEND\nexit 1")
    with pytest.raises(EngineFailed) as caught:
        engine.ids(place)
    assert "bad word *** here" in str(caught.value)
    assert secret not in repr(caught.value)
