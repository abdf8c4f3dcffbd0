"""The only door to other programs: no shell, a group of their own, every byte drained, a deadline on silence."""

from __future__ import annotations

import contextlib
import os
import selectors
import signal
import subprocess
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from reconciler.errors import EngineFailed, EngineInterrupted, EngineStalled, ReconcilerError, ToolMissing
from reconciler.kit.heard import CHUNK, STREAMS, Followed, Heard, OnLine, Stream
from reconciler.kit.trails import Trail

_TICK = 0.2
_LINGER = 0.5
_MEBIBYTE = 1 << 20
_PASSED_ON = ("PATH", "HOME", "TMPDIR")

_trail: ContextVar[Trail | None] = ContextVar("trail", default=None)


def every_line_counts(_stream: Stream, _line: bytes) -> bool:
    """Any line is a sign of progress."""
    return True


def _go_on() -> ReconcilerError | None:
    return None


@dataclass(frozen=True, slots=True)
class Command:
    """A program to run: its whole environment, the descriptors it inherits, and where its output goes.

    ``output`` is a descriptor to write standard output to; without it the output is read line by line. What
    must not break off when this process is killed writes ``on_trail`` instead of into pipes.
    """

    arguments: tuple[str, ...]
    environment: Mapping[str, str]
    pass_fds: tuple[int, ...] = ()
    folder: Path | None = None
    output: int | None = None
    on_trail: bool = False


@dataclass(frozen=True, slots=True)
class Watch:
    """How a running program is watched.

    ``on_line`` says of each line whether it means progress; with ``reading``, each MiB that the program
    reads is progress too (for work that prints nothing). No progress for ``stall`` ends it. ``give_up`` is
    asked several times a second; an error it returns ends the program and is raised. ``collect`` keeps the
    whole standard output, at most so many bytes, instead of reading it line by line.
    """

    stall: timedelta = timedelta(minutes=30)
    on_line: OnLine = every_line_counts
    stop: threading.Event | None = None
    give_up: Callable[[], ReconcilerError | None] = _go_on
    reading: bool = False
    collect: int | None = None
    kept_lines: int = 200
    grace: timedelta = timedelta(seconds=10)


@dataclass(frozen=True, slots=True)
class Finished:
    """A program that ended: its exit code (negative: the signal), what it said last, and for how long it ran."""

    code: int
    output: bytes
    stdout: tuple[str, ...]
    stderr: tuple[str, ...]
    duration: timedelta


def small_environment(**more: str) -> dict[str, str]:
    """PATH, HOME and TMPDIR of this process, a UTF-8 locale, UTC; then ``more``. Nothing else is passed on."""
    passed = {name: os.environ[name] for name in _PASSED_ON if name in os.environ}
    return {"PATH": os.defpath, **passed, "LANG": "C.UTF-8", "TZ": "UTC", **more}


@contextmanager
def following(trail: Trail) -> Iterator[None]:
    """Whatever this thread starts within the block keeps the trail locked while it lives."""
    before = _trail.set(trail)
    try:
        yield
    finally:
        _trail.reset(before)


def run(command: Command, watch: Watch | None = None) -> Finished:
    """Run a program to its end, whatever its exit code.

    Raises ToolMissing when it cannot be started, EngineStalled, EngineInterrupted when ``stop`` is set,
    EngineFailed when it answers more than was allowed, and whatever ``give_up`` or ``on_line`` bring.
    In each of these cases the program and what it started are gone when this returns.
    """
    # No parent-death signal: it needs code between fork and exec, which is unsafe beside threads. What outlives
    # a killed reconciler is found by the next one through the lock of its attempt's trail.
    trail = _trail.get()
    followed = Followed(trail.stdout, trail.stderr) if trail and command.on_trail else None
    process = _start(command, trail)
    running = _Running(process, watch or Watch(), command.arguments[0], followed)
    try:
        running.follow()
    except BaseException:
        running.end()
        raise
    finally:
        running.close()
    return running.finished()


def _start(command: Command, trail: Trail | None) -> subprocess.Popen[bytes]:
    program, written = command.arguments[0], trail if command.on_trail else None
    try:
        return subprocess.Popen(
            command.arguments,
            env=dict(command.environment),
            cwd=command.folder,
            stdin=subprocess.DEVNULL,
            stdout=written.stdout if written else subprocess.PIPE if command.output is None else command.output,
            stderr=written.stderr if written else subprocess.PIPE,
            pass_fds=(*command.pass_fds, *((trail.stdout,) if trail else ())),
            start_new_session=True,
        )
    except (FileNotFoundError, PermissionError) as error:
        raise ToolMissing(
            f"{program} cannot be started: {error.strerror}", remedy=f"install {Path(program).name}"
        ) from error
    except (OSError, ValueError) as error:
        raise EngineFailed(f"{program} cannot be started: {error}") from error


class _Running:
    """A started program until it has ended and both its streams are read to their end."""

    def __init__(self, process: subprocess.Popen[bytes], watch: Watch, program: str, followed: Followed | None) -> None:
        self._process = process
        self._watch = watch
        self._program = Path(program).name
        self._heard = Heard(self._program, watch.on_line, watch.collect, watch.kept_lines)
        self._followed = followed
        self._started = time.monotonic()
        self._exited_at: float | None = None
        self._mebibytes = 0
        self._selector = selectors.DefaultSelector()
        self._ending = os.pidfd_open(process.pid)
        self._selector.register(self._ending, selectors.EVENT_READ)
        for stream, pipe in zip(STREAMS, (process.stdout, process.stderr), strict=True):
            if pipe is not None:
                os.set_blocking(pipe.fileno(), False)
                self._selector.register(pipe.fileno(), selectors.EVENT_READ, stream)

    def follow(self) -> None:
        """Drain both streams until the program has ended; leave behind whoever else still holds them."""
        while self._selector.get_map():
            for key, _ in self._selector.select(_TICK):
                if key.fd == self._ending:
                    self._exited_at = time.monotonic()
                    self._selector.unregister(self._ending)
                else:
                    self._read(key.fd, key.data)
            if self._followed:
                self._followed.pass_on(self._heard)
            if self._exited_at is not None and time.monotonic() - self._exited_at > _LINGER:
                break
            if self._exited_at is None:
                self._judge()
        self._heard.finish()
        self._kill_all()
        self._process.wait()

    def end(self) -> None:
        """Ask the program to end, so that it can remove its lock; then kill it and all it started."""
        if not self._has_exited():
            # The program alone, not its group: restic needs its ssh to remove the lock on a server.
            os.kill(self._process.pid, signal.SIGTERM)
            deadline = time.monotonic() + self._watch.grace.total_seconds()
            while not self._has_exited() and time.monotonic() < deadline:
                self._discard()
        self._kill_all()
        self._process.wait()

    def close(self) -> None:
        self._selector.close()
        os.close(self._ending)
        for pipe in (self._process.stdout, self._process.stderr):
            if pipe is not None:
                pipe.close()

    def finished(self) -> Finished:
        return Finished(
            code=self._process.returncode,
            output=self._heard.output,
            stdout=self._heard.last("stdout"),
            stderr=self._heard.last("stderr"),
            duration=timedelta(seconds=time.monotonic() - self._started),
        )

    def _read(self, descriptor: int, stream: Stream) -> None:
        chunk = self._chunk(descriptor)
        if chunk:
            self._heard.feed(stream, chunk)
        elif chunk is not None:
            self._selector.unregister(descriptor)

    def _chunk(self, descriptor: int) -> bytes | None:
        try:
            return os.read(descriptor, CHUNK)
        except BlockingIOError:
            return None

    def _judge(self) -> None:
        if self._watch.stop is not None and self._watch.stop.is_set():
            raise EngineInterrupted(f"{self._program} was interrupted because the reconciler stops")
        error = self._watch.give_up()
        if error is not None:
            raise error
        if self._watch.reading:
            self._count_reading()
        if time.monotonic() - self._heard.progress_at > self._watch.stall.total_seconds():
            raise EngineStalled(
                f"{self._program} made no progress for {self._watch.stall} and was ended",
                remedy="see whether the disk or the server answers",
            )

    def _count_reading(self) -> None:
        # Whole MiB only: a hanging program still reads a few bytes a second from its own timers.
        with contextlib.suppress(OSError, ValueError, IndexError):
            counters = Path(f"/proc/{self._process.pid}/io").read_text().split()
            mebibytes = int(counters[1]) // _MEBIBYTE
            if mebibytes != self._mebibytes:
                self._mebibytes = mebibytes
                self._heard.progress_at = time.monotonic()

    def _discard(self) -> None:
        for key, _ in self._selector.select(_TICK / 4):
            if key.fd == self._ending:
                self._selector.unregister(self._ending)
            elif self._chunk(key.fd) == b"":
                self._selector.unregister(key.fd)
        if not self._selector.get_map():
            time.sleep(_TICK / 4)

    def _has_exited(self) -> bool:
        # Without reaping it: until then nobody else can get its number, which is that of its session.
        return os.waitid(os.P_PIDFD, self._ending, os.WEXITED | os.WNOHANG | os.WNOWAIT) is not None

    def _kill_all(self) -> None:
        # By session and not by group alone: restic gives its ssh, and the command it captures, groups of their own.
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self._process.pid, signal.SIGKILL)
        for member in _session_members(self._process.pid):
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.kill(member, signal.SIGKILL)


def _session_members(session: int) -> list[int]:
    members = []
    for entry in os.scandir("/proc"):
        if entry.name.isdigit():
            with contextlib.suppress(OSError):
                if os.getsid(int(entry.name)) == session:
                    members.append(int(entry.name))
    return members
