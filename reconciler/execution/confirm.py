"""Confirms new backups by listing them again, many at a time: whoever comes while one listing runs joins the next."""

from __future__ import annotations

import threading
from dataclasses import dataclass, field

from reconciler.engines.protocol import Engine, OpenRepository
from reconciler.errors import EngineLied, ReconcilerError
from reconciler.observed.listing import Snapshot


@dataclass(slots=True)
class _Batch:
    wanted: set[str] = field(default_factory=set)
    done: threading.Event = field(default_factory=threading.Event)
    found: dict[str, Snapshot] = field(default_factory=dict)
    error: ReconcilerError | None = None


class Confirmer:
    """One a repository and pass."""

    def __init__(self, engine: Engine, repository: OpenRepository) -> None:
        self._engine = engine
        self._repository = repository
        self._door = threading.Lock()
        self._running = threading.Lock()
        self._waiting: _Batch | None = None

    def confirm(self, backup: str) -> Snapshot:
        """The snapshot as the repository itself lists it. Raises EngineLied when it is not there."""
        with self._door:
            lead = self._waiting is None
            batch = self._waiting = self._waiting or _Batch()
            batch.wanted.add(backup)
        if lead:
            self._lead(batch)
        batch.done.wait()
        if batch.error:
            raise batch.error
        found = batch.found.get(backup)
        if found is None:
            raise EngineLied(
                f"the engine reported backup {backup[:12]}, but the repository does not list it",
                remedy="the next pass tries again; check the repository's storage",
                subject=self._repository.name,
            )
        return found

    def _lead(self, batch: _Batch) -> None:
        with self._running:
            with self._door:
                self._waiting = None
            try:
                listed = self._engine.snapshots(self._repository, sorted(batch.wanted))
                batch.found = {snapshot.id: snapshot for snapshot in listed}
            except ReconcilerError as error:
                batch.error = error
            finally:
                batch.done.set()
