"""The restic engine: each verb of the protocol as one or a few restic processes, believed only with proof."""

from __future__ import annotations

import os
import threading
from collections.abc import Sequence
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path

from reconciler.engines.protocol import (
    BackupOrder,
    BackupReport,
    CheckReport,
    Contents,
    OnProgress,
    OpenRepository,
    RestoreReport,
    Space,
    silent,
)
from reconciler.engines.restic import arguments, errors, local, locks, parse, reports
from reconciler.engines.restic.calls import Call, Restic, ResticSettings, garbled
from reconciler.engines.restic.fields import Garbage
from reconciler.engines.restic.follow import Counting, Following
from reconciler.engines.restic.reports import PARTIAL
from reconciler.engines.restic.restored import count_restored
from reconciler.errors import (
    EngineFailed,
    EngineInterrupted,
    EngineLied,
    ReconcilerError,
    RepositoryFull,
    RepositoryLocked,
    RepositoryUnreachable,
    RestoreUnproven,
)
from reconciler.kinds.capture import PathsCapture, StreamCapture
from reconciler.kit.process import Finished
from reconciler.kit.secrets import Secret
from reconciler.kit.trails import Said
from reconciler.observed.backup import Backup
from reconciler.observed.listing import Snapshot


class ResticEngine:
    """Implements ``reconciler.engines.protocol.Engine``; ``stop`` ends whatever runs with EngineInterrupted."""

    def __init__(self, settings: ResticSettings, stop: threading.Event | None = None) -> None:
        self._run = Restic(settings, stop)

    def identity(self, repository: OpenRepository) -> str:
        what = "reading its id"
        call = Call(repository, what, arguments.read_config(), listing=True, collect=True)
        answer = self._run(call).output
        try:
            return parse.identity(answer)
        except Garbage as error:
            raise garbled(what, repository, error) from None

    def initialise(self, repository: OpenRepository, like: OpenRepository | None = None) -> str:
        what = "initialising"
        verb = arguments.initialise(like_another=like is not None)
        finished = self._change(Call(repository, what, verb, origin=like, listing=True, changes=True))
        try:
            return parse.initialised(finished.stdout)
        except Garbage as error:
            raise garbled(what, repository, error) from None

    def fingerprint(self, repository: OpenRepository) -> str | None:
        place = repository.location.local
        return local.fingerprint(Path(place.path)) if place else None

    def holds_exactly(self, repository: OpenRepository, sign: str, ids: frozenset[str]) -> bool:
        place = repository.location.local
        return place is not None and local.holds_exactly(Path(place.path), sign, ids)

    def ids(self, repository: OpenRepository) -> frozenset[str]:
        place = repository.location.local
        before = local.names(Path(place.path)) if place else frozenset()
        listed = self._list(repository, "snapshots")
        after = local.names(Path(place.path)) if place else listed
        # What came or went meanwhile may be listed or not.
        if not before & after <= listed <= before | after:
            raise EngineLied(
                "restic lists other snapshots than the repository stores",
                remedy="see what restic list snapshots says by hand; it is asked again",
                subject=repository.name,
            )
        return listed

    def snapshots(self, repository: OpenRepository, ids: Sequence[str] | None = None) -> tuple[Snapshot, ...]:
        what = "listing"
        found: list[Snapshot] = []
        # Over a network the cache is worth more than the early sight of damage, which a check finds too.
        cached = repository.location.local is None
        for verb in arguments.snapshots(ids, cached=cached):
            answer = self._run(Call(repository, what, verb, listing=True, collect=True)).output
            try:
                found.extend(parse.snapshots(answer))
            except Garbage as error:
                raise garbled(what, repository, error) from None
        return tuple(found)

    def backup(self, repository: OpenRepository, order: BackupOrder, on_progress: OnProgress = silent) -> BackupReport:
        following = Following(on_progress)
        finished = self._change(_backup_call(repository, order, following))
        summary = parse.summary(finished.stdout)
        if summary is None:
            raise EngineLied(
                f"restic exited {finished.code} and named no backup that it made",
                remedy="the next listing shows whether it exists",
                subject=repository.name,
            )
        return reports.report(summary, following, finished.duration, partial=finished.code == PARTIAL)

    def told(self, said: Said, listed: Backup) -> BackupReport | None:
        return reports.told(said, listed)

    def copy(
        self,
        origin: OpenRepository,
        target: OpenRepository,
        ids: Sequence[str],
        on_progress: OnProgress = silent,
        *,
        cached: bool = True,
    ) -> None:
        following = Following(on_progress)
        for verb in arguments.copy(ids, cached=cached):
            what = f"copying from {origin.name}"
            self._change(Call(target, what, verb, origin=origin, on_line=following.on_line, changes=True))

    def forget(self, repository: OpenRepository, ids: Sequence[str]) -> None:
        for verb in arguments.forget(ids):
            self._change(Call(repository, "forgetting", verb, changes=True))

    def prune(self, repository: OpenRepository, repack_at_most: int | None = None) -> None:
        self._change(Call(repository, "pruning", arguments.prune(repack_at_most), changes=True))

    def check(self, repository: OpenRepository, part: tuple[int, int] | None = None) -> CheckReport:
        call = Call(repository, "checking", arguments.check(part), accepted=frozenset({0, 1}), fills=False)
        finished = self._run(call)
        report = parse.check(finished.code, finished.stdout, finished.stderr)
        if report is not None:
            return report
        if finished.code:
            raise errors.explain(finished.code, finished.stderr, call.what).about(repository.name)
        raise EngineLied(
            "restic's check came to no verdict that its own words bear out",
            remedy="it is tried again; see what restic check says by hand",
            subject=repository.name,
        )

    def restore(
        self,
        repository: OpenRepository,
        backup: str,
        target: Path,
        include: Sequence[str] = (),
        on_progress: OnProgress = silent,
    ) -> RestoreReport:
        verb = arguments.restore(backup, target, include)
        following = Following(on_progress)
        call = Call(repository, "restoring", verb, on_line=following.on_line, fills=False)
        try:
            finished = self._run(call)
        except RepositoryFull as error:
            raise _target_full(target, repository) from error
        except RepositoryUnreachable as error:
            if str(target) not in error.what:
                raise
            raise RestoreUnproven(
                error.what, remedy="see that the target can be written", subject=repository.name
            ) from error
        came = count_restored(target)
        if came.empty:
            raise RestoreUnproven(
                f"restic said that it restored {backup[:8]}, but nothing came back in {target}",
                remedy="see what the backup holds, or restore an older one",
                subject=repository.name,
            )
        return RestoreReport(came.files, came.size, finished.duration, came.folders, came.names)

    def contents(self, repository: OpenRepository, backup: str) -> Contents:
        what = "listing files"
        counting = Counting()
        try:
            self._run(Call(repository, what, arguments.list_files(backup), on_line=counting.on_line))
        except Garbage as error:
            raise garbled(what, repository, error) from None
        return counting.contents

    def dump(self, repository: OpenRepository, backup: str, path: str, target: Path) -> None:
        verb = arguments.dump(backup, path)
        try:
            output = os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o600)
        except OSError as error:
            raise EngineFailed(f"{target} cannot be written: {error.strerror}", subject=repository.name) from None
        try:
            self._run(Call(repository, f"dumping {path}", verb, fills=False, output=output))
        except BaseException as error:
            with suppress(OSError):
                target.unlink()
            if isinstance(error, RepositoryFull):
                raise _target_full(target, repository) from error
            raise
        finally:
            os.close(output)

    def unlock(self, repository: OpenRepository) -> None:
        host, now = os.uname().nodename, datetime.now(UTC)
        found = self._locks(repository)
        refused = locks.refusal(found, host, locks.process_of, now)
        if refused is not None:
            raise refused.about(repository.name)
        locks.wait_for_burials(lock.pid for lock in found if lock.host == host)
        dead = {lock for lock in found if lock.host == host and locks.process_of(lock.pid) is None}
        try:
            self._run(Call(repository, "unlocking", arguments.unlock(), listing=True))
        except EngineFailed:
            # Actions side by side clear the same locks: restic fails where another one was faster.
            if dead & set(self._locks(repository)):
                raise

    def space(self, repository: OpenRepository) -> Space | None:
        place = repository.location.local
        return local.space(Path(place.path)) if place else None

    def _change(self, call: Call) -> Finished:
        """Run what takes restic's lock. One that a dead process of this host left behind is cleared, once."""
        try:
            return self._run(call)
        except RepositoryLocked:
            self._clear(call)
            return self._run(call)
        except EngineInterrupted:
            # Killed, it could not remove its lock; whoever needs the repository for itself would wait for that.
            with suppress(ReconcilerError):
                self._clear(call)
            raise

    def _clear(self, call: Call) -> None:
        for repository in filter(None, (call.origin, call.repository)):
            self.unlock(repository)

    def _list(self, repository: OpenRepository, kind: str) -> frozenset[str]:
        what = f"listing {kind}"
        answer = self._run(Call(repository, what, arguments.list_of(kind), listing=True, collect=True)).output
        try:
            return parse.ids(answer)
        except Garbage as error:
            raise garbled(what, repository, error) from None

    def _locks(self, repository: OpenRepository) -> list[parse.Lock]:
        found = []
        for one in self._list(repository, "locks"):
            # A lock may vanish, or be damaged, between the listing and the reading.
            with suppress(EngineFailed, Garbage):
                call = Call(repository, "reading a lock", arguments.read_lock(one), listing=True, collect=True)
                found.append(parse.lock(self._run(call).output))
        return found


def _backup_call(repository: OpenRepository, order: BackupOrder, following: Following) -> Call:
    files: dict[str, Secret] = {}
    environment: dict[str, str] = {}
    match order.capture:
        case PathsCapture():
            files["--files-from-raw"] = Secret(arguments.paths_file(order.capture), "paths")
        case StreamCapture():
            environment.update(order.capture.environment)
    return Call(
        repository,
        "backing up",
        arguments.backup(order),
        files=files,
        environment=environment,
        accepted=frozenset({0, PARTIAL}),
        on_line=following.on_line,
        reading=False,
        changes=True,
    )


def _target_full(target: Path, repository: OpenRepository) -> RestoreUnproven:
    return RestoreUnproven(
        f"there is no room for the restored files in {target}",
        remedy="restore to a place with more room",
        subject=repository.name,
    )
