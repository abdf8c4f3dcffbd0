"""Names that a person gave, looked up: an unknown one is told with the nearest that there are."""

from __future__ import annotations

from collections.abc import Collection
from difflib import get_close_matches

from reconciler.errors import UsageError
from reconciler.policy.resolved import ResolvedPolicy

_FEW = 8


def known_asset(policy: ResolvedPolicy, name: str | None) -> None:
    """Raises UsageError for a name that no asset of the policy has."""
    known_name("asset", name, policy.assets, "reconciler get assets")


def known_repository(policy: ResolvedPolicy, name: str | None) -> None:
    """Raises UsageError for a name that no repository of the policy has."""
    known_name("repository", name, policy.repositories, "reconciler get repositories")


def known_name(kind: str, name: str | None, known: Collection[str], listing: str) -> None:
    """Raises UsageError unless ``name`` is None or known; the remedy names the nearest, or the few that there are."""
    if name is None or name in known:
        return
    near = get_close_matches(name[:64].lower(), sorted(known), n=3)
    if near:
        remedy = f"did you mean {' or '.join(near)}? All of them: {listing}"
    elif 0 < len(known) <= _FEW:
        remedy = f"name one of {', '.join(known)}"
    else:
        remedy = f"see: {listing}"
    raise UsageError(f"there is no {kind} {shown(name)}", remedy=remedy)


def shown(name: str) -> str:
    """As it was typed, quoted and no longer than a line has room for."""
    return repr(name if len(name) <= 80 else f"{name[:79]}…")
