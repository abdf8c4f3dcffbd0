"""What an action is about, whatever it is."""

from __future__ import annotations

from typing import assert_never

from reconciler.obligations.actions import (
    Action,
    BackUp,
    Check,
    Chosen,
    Copy,
    Forget,
    Initialise,
    Mark,
    Prune,
    Render,
)


def parts_of(action: Action) -> tuple[str, str, str, tuple[Chosen, ...]]:
    """(asset, repository, origin, backups) of any action; what it has not is empty."""
    match action:
        case Initialise() | Prune() | Check():
            return "", action.repository, "", ()
        case BackUp():
            return action.asset, action.repository, "", ()
        case Copy():
            return action.asset, action.repository, action.origin, action.backups
        case Mark() | Forget():
            return action.asset, action.repository, "", action.backups
        case Render():
            return action.asset, "", "", ()
        case _:
            assert_never(action)
