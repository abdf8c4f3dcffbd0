"""Runs one restic process and turns how it ends into a value or an error; watches it while it runs."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import timedelta
from pathlib import Path

from reconciler.engines.protocol import OpenRepository
from reconciler.engines.restic import errors, parse
from reconciler.engines.restic.opening import opened
from reconciler.errors import EngineFailed, ReconcilerError, RepositoryFull, RepositoryUnreachable
from reconciler.kit.heard import Stream
from reconciler.kit.process import Command, Finished, Watch, run, small_environment
from reconciler.kit.secrets import Secret
from reconciler.units.durations import format_duration

_LARGEST_ANSWER = 1 << 30
_PER_SECOND = "5"  # status lines: enough for a bar that moves
# Shorter ones would blot out words that have nothing to do with them.
_SHORTEST_REDACTED = 6


@dataclass(frozen=True, slots=True)
class ResticSettings:
    """The program, its cache folder, and how long to wait: without a byte moving, for a listing, for a server
    that does not answer, for a full one (restic itself retries for more than 25 minutes), and for a lock (our
    lanes keep our own processes apart, so it is somebody else's)."""

    program: Path
    cache: Path
    stall: timedelta = timedelta(minutes=30)
    listing: timedelta = timedelta(minutes=10)
    unreachable: timedelta = timedelta(minutes=2)
    full: timedelta = timedelta(seconds=30)
    lock: timedelta = timedelta(seconds=30)
    grace: timedelta = timedelta(seconds=10)


OnEachLine = Callable[[Stream, bytes], None]


def _nobody_reads(_stream: Stream, _line: bytes) -> None:
    """What is kept of the output is enough."""


@dataclass(frozen=True, slots=True)
class Call:
    """One restic process: ``what`` it does for whom, with which arguments, and which exit codes are no error.

    ``listing``: it answers within the listing deadline. ``collect``: its whole output is wanted.
    ``fills``: a full disk during it is the repository's. ``changes`` it: it ends well even if we are killed.
    """

    repository: OpenRepository
    what: str
    arguments: tuple[str, ...]
    origin: OpenRepository | None = None
    files: Mapping[str, Secret] = field(default_factory=dict)
    environment: Mapping[str, str] = field(default_factory=dict)
    accepted: frozenset[int] = frozenset({0})
    on_line: OnEachLine = _nobody_reads
    listing: bool = False
    collect: bool = False
    fills: bool = True
    reading: bool = True
    output: int | None = None
    changes: bool = False


class Restic:
    """The program with its settings; ``stop`` ends whatever runs."""

    def __init__(self, settings: ResticSettings, stop: threading.Event | None = None) -> None:
        self.settings = settings
        self._stop = stop

    def __call__(self, call: Call) -> Finished:
        """Run to an accepted exit code, or raise what happened, naming the repository."""
        try:
            finished = self._run(call)
            if finished.code not in call.accepted:
                raise errors.explain(finished.code, finished.stderr, call.what)
            denied = errors.denied(finished.code, finished.stderr, call.what)
            if denied is not None:
                raise denied
        except ReconcilerError as error:
            error.what, error.remedy = (_redacted(text, call) for text in (error.what, error.remedy))
            raise error.about(call.repository.name) from None
        return finished

    def _run(self, call: Call) -> Finished:
        attention = _Attention(call, self.settings)
        with opened(call.repository, call.origin, call.files) as opening:
            verb, *rest = call.arguments
            own = (f"--cache-dir={self.settings.cache}", f"--retry-lock={self.settings.lock.total_seconds():.0f}s")
            program = (str(self.settings.program), verb, *opening.flags, *own)
            command = Command(
                (*program, *rest),
                small_environment(**{**call.environment, **opening.environment, "RESTIC_PROGRESS_FPS": _PER_SECOND}),
                pass_fds=opening.pass_fds,
                output=call.output,
                on_trail=call.changes,
            )
            finished = run(command, self._watch(call, attention))
            return replace(finished, stderr=(*opening.said_by_ssh(), *finished.stderr))

    def _watch(self, call: Call, attention: _Attention) -> Watch:
        return Watch(
            stall=self.settings.listing if call.listing else self.settings.stall,
            on_line=attention.on_line,
            stop=self._stop,
            give_up=attention.give_up,
            reading=call.reading,
            collect=_LARGEST_ANSWER if call.collect else None,
            grace=self.settings.grace,
        )


class _Attention:
    """Follows one process: what moved last, and since when the storage is full or silent."""

    def __init__(self, call: Call, settings: ResticSettings) -> None:
        self._call = call
        self._settings = settings
        self._footprint: object = None
        self._full_since: float | None = None
        self._silent_since: float | None = None
        self._complaint = ""

    def on_line(self, stream: Stream, line: bytes) -> bool:
        self._call.on_line(stream, line)
        if stream == "stderr":
            self._listen(line.decode("utf-8", "replace"))
            return False
        footprint = parse.footprint(line)
        moved = footprint != self._footprint
        if moved:
            self._footprint, self._silent_since = footprint, None
        return moved

    def give_up(self) -> ReconcilerError | None:
        if _passed(self._full_since, self._settings.full):
            return RepositoryFull(
                f"{self._call.what}: {self._complaint}", remedy="make room there, or let prune reclaim space"
            )
        if _passed(self._silent_since, self._settings.unreachable):
            waited = format_duration(self._settings.unreachable)
            known = errors.kind_of([self._complaint])
            return RepositoryUnreachable(
                f"{self._call.what}: no answer for {waited}: {self._complaint}",
                remedy=known.remedy if known else "see that the server runs and the network reaches it",
            )
        return None

    def _listen(self, line: str) -> None:
        if errors.says_recovered(line):
            self._full_since = self._silent_since = None
        elif self._call.fills and errors.says_full(line):
            self._full_since = self._full_since or time.monotonic()
            self._complaint = errors.complaint([line])
        elif errors.says_retrying(line):
            self._silent_since = self._silent_since or time.monotonic()
            self._complaint = errors.complaint([line])


def garbled(call_what: str, repository: OpenRepository, why: Exception) -> EngineFailed:
    """restic answered something that cannot be read."""
    return EngineFailed(
        f"{call_what}: restic's answer cannot be read: {why}",
        remedy="run doctor, which compares restic's version with the supported ones",
        subject=repository.name,
    )


def _passed(since: float | None, patience: timedelta) -> bool:
    return since is not None and time.monotonic() - since > patience.total_seconds()


def _redacted(text: str, call: Call) -> str:
    repositories = [call.repository, *([call.origin] if call.origin else [])]
    for repository in repositories:
        for secret in (repository.passphrase, *repository.credentials.values()):
            value = secret.reveal()
            if len(value) >= _SHORTEST_REDACTED:
                text = text.replace(value, "***")
    return text
