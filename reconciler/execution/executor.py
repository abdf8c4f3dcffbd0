"""Runs a plan's actions: repositories first, then backups and copies side by side, deletions last."""

from __future__ import annotations

import threading
from collections import defaultdict
from collections.abc import Callable, Iterable
from concurrent.futures import Future, ThreadPoolExecutor, wait
from dataclasses import dataclass
from datetime import timedelta
from functools import partial

from reconciler.errors import CatalogError, ReconcilerError
from reconciler.execution.backup import AUTOMATIC, Manual, back_up
from reconciler.execution.confirm import Confirmer
from reconciler.execution.copying import copy
from reconciler.execution.deleting import Recheck, forget, mark, prune
from reconciler.execution.hands import Hands
from reconciler.execution.keeping import check, initialise
from reconciler.execution.observe import note_trouble
from reconciler.obligations.actions import (
    Action,
    BackUp,
    Check,
    Copy,
    Forget,
    Initialise,
    Mark,
    Prune,
    Render,
)

REPACK_SPEED = 20 * 1024 * 1024
"""Bytes a second that a prune is taken to repack, when it is sliced to a quarter of the shortest RPO there."""


@dataclass(frozen=True, slots=True)
class Done:
    """An action that was run, and the error that ended it, if one did."""

    action: Action
    line: str
    error: ReconcilerError | None = None


class Executor:
    """Runs one plan. A failure ends its own action only; ``hands.stop`` keeps new ones from starting, and so does
    a catalog that takes no entries (``unrecorded``)."""

    def __init__(self, hands: Hands, recheck: Recheck, manual: Manual = AUTOMATIC) -> None:
        self._manual = manual
        self._hands = hands
        self._recheck = recheck
        self._confirmers: dict[str, Confirmer] = {}
        self._door = threading.Lock()
        self.unrecorded = False
        limit = hands.settings.concurrency.per_repository
        self._room: dict[str, threading.Semaphore] = defaultdict(lambda: threading.Semaphore(limit))

    def run(self, actions: Iterable[Action]) -> tuple[Done, ...]:
        """Everything in its order; gives what was done, in the order in which it ended."""
        wanted = list(actions)
        done: list[Done] = []
        done += self._one_by_one(action for action in wanted if isinstance(action, Initialise))
        done += self._side_by_side([action for action in wanted if isinstance(action, BackUp | Copy)])
        done += self._one_by_one(action for action in wanted if isinstance(action, Mark))
        done += self._forget([action for action in wanted if isinstance(action, Forget)])
        done += self._one_by_one(action for action in wanted if isinstance(action, Prune | Check))
        done += self._render([action for action in wanted if isinstance(action, Render)])
        return tuple(done)

    def _one_by_one(self, actions: Iterable[Action]) -> list[Done]:
        return [self._do(action) for action in actions if not self._over()]

    def _side_by_side(self, actions: list[BackUp | Copy]) -> list[Done]:
        if not actions:
            return []
        done: list[Done] = []
        with ThreadPoolExecutor(self._hands.settings.concurrency.total, "action") as pool:
            running: set[Future[Done | None]] = {pool.submit(self._in_room, action) for action in actions}
            while running:
                ended, running = wait(running, return_when="FIRST_COMPLETED")
                done += [found for future in ended if (found := future.result())]
        return done

    def _in_room(self, action: BackUp | Copy) -> Done | None:
        """No more than so many engines in one repository: above four they stall on each other's locks."""
        with self._room[action.repository]:
            return None if self._over() else self._do(action)

    def _forget(self, actions: list[Forget]) -> list[Done]:
        """One call a repository."""
        by_repository: dict[str, list[Forget]] = defaultdict(list)
        for action in actions:
            by_repository[action.repository].append(action)
        done: list[Done] = []
        for repository, group in by_repository.items():
            if self._over():
                break
            self._hands.board.start(group[0])
            ended = self._guarded(group[0], partial(forget, self._hands, repository, group, self._recheck))
            done += [Done(action, ended.line, ended.error) for action in group]
        return done

    def _render(self, actions: list[Render]) -> list[Done]:
        """All pages at once: the index and the matrix name every asset."""
        if not actions or self._over():
            return []

        def act() -> str:
            self._hands.render()
            return "written"

        ended = self._guarded(actions[0], act)
        return [Done(action, ended.line, ended.error) for action in actions]

    def _do(self, action: Action) -> Done:
        hands = self._hands
        on_progress = hands.board.start(action)

        def act() -> str:
            match action:
                case Initialise():
                    return initialise(hands, action)
                case BackUp():
                    return back_up(hands, action, self._confirmer(action.repository), on_progress, self._manual)
                case Copy():
                    return copy(hands, action, on_progress)
                case Mark():
                    return mark(hands, action)
                case Prune():
                    return prune(hands, action, self._slice(action.repository))
                case Check():
                    return check(hands, action)
                case _:
                    raise TypeError(f"{action.verb} is run in groups")

        return self._guarded(action, act)

    def _guarded(self, action: Action, act: Callable[[], str]) -> Done:
        """Nothing that an action raises may end the pass."""
        try:
            self._hands.must_lead()
            done = Done(action, act())
        except ReconcilerError as error:
            # What cannot be written down must not be done, and each try would wait as long for it.
            self.unrecorded |= isinstance(error, CatalogError)
            self._note(action, error)
            done = Done(action, str(error), error)
        except Exception as error:
            wrapped = ReconcilerError(f"unexpected {type(error).__name__}: {error}", remedy="report it")
            done = Done(action, str(wrapped), wrapped)
        self._hands.board.end(action, done.line, done.error is None)
        return done

    def _over(self) -> bool:
        """Nothing more may start."""
        return self.unrecorded or self._hands.stop.is_set()

    def _note(self, action: Action, error: ReconcilerError) -> None:
        """What an error tells of a repository; of a copy's two, the one that the error names."""
        if not isinstance(action, Render):
            known = error.subject in self._hands.policy.repositories
            note_trouble(self._hands, error.subject if known else action.repository, error)

    def _slice(self, repository: str) -> int:
        """How many bytes a prune may repack, so that no backup waits longer than a quarter of its RPO."""
        placements = (place for asset in self._hands.policy.assets.values() for place in asset.placements)
        shortest = min((place.rpo for place in placements if place.repository == repository), default=timedelta(days=1))
        return int(shortest.total_seconds() / 4) * REPACK_SPEED

    def _confirmer(self, repository: str) -> Confirmer:
        with self._door:
            if repository not in self._confirmers:
                self._confirmers[repository] = Confirmer(self._hands.engine, self._hands.open(repository))
            return self._confirmers[repository]
