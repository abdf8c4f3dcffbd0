"""Plan files: written signed, and applied only while they are exactly what would be done."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import fields, is_dataclass
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from pydantic import ValidationError

from reconciler.errors import PlanRefused
from reconciler.kit.fsio import write_atomically
from reconciler.kit.signing import HostKey
from reconciler.obligations.actions import Action
from reconciler.plan.plan import Plan
from reconciler.settings import HostSettings
from reconciler.units.instants import format_instant
from reconciler.views.plan_json import PlanJson, plan_json
from reconciler.views.plurals import counted
from reconciler.views.sentences import Reader

NOT_ESSENTIAL = frozenset({"why", "due_at", "slot"})
"""Fields of actions, and of the backups that they name, that tell when and in which words, and not what is done."""

_LARGEST = 256 * 1024 * 1024


class PlanFile(PlanJson):
    """What is signed: the plan as programs read it, and the essence of each action that would start."""

    essence: tuple[str, ...]


def write_plan_file(path: Path, plan: Plan, settings: HostSettings) -> None:
    """The plan as JSON with the host's signature over it."""
    content = _content(plan).model_dump_json(by_alias=True)
    key = HostKey.open(Path(settings.key_file))
    write_atomically(path, json.dumps({"plan": content, "signature": key.sign(content.encode())}), mode=0o600)


def read_plan_file(path: Path, settings: HostSettings) -> PlanFile:
    """Raises PlanRefused when it is altered, signed by another host, or no plan file."""
    try:
        if path.stat().st_size > _LARGEST:
            raise ValueError("too large")
        raw = json.loads(path.read_text())
        content, signature = str(raw["plan"]), str(raw["signature"])
    except (OSError, ValueError, KeyError, TypeError, RecursionError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is no plan file"
        raise PlanRefused(f"{path}: {reason}", remedy="write one: reconciler plan --out FILE") from None
    if not HostKey.open(Path(settings.key_file)).signed_by_us(content.encode(), signature):
        raise PlanRefused(
            f"{path} was altered, or another host signed it",
            remedy="plan again on this host: reconciler plan --out FILE",
        )
    try:
        return PlanFile.model_validate_json(content)
    except ValidationError:
        raise PlanRefused(
            f"{path} has another format than this version writes",
            remedy="plan again: reconciler plan --out FILE",
        ) from None


def refuse_stale(given: PlanFile, now: Plan) -> None:
    """Raise PlanRefused unless what would be done now is what the file says."""
    if given.revision != now.revision:
        raise PlanRefused(
            f"the plan was made for revision {given.revision[:12]}, and {now.revision[:12]} is enforced now",
            remedy="plan again: reconciler plan --out FILE",
        )
    before, after = set(given.essence), set(map(essence, now.runnable))
    if before != after:
        raise PlanRefused(
            f"the plan is stale: {counted(len(after - before), 'new action')}, {len(before - after)} of its own gone",
            remedy="plan again: reconciler plan --out FILE",
        )


def essence(action: Action) -> str:
    """Everything that an action does: its type and every field that is not named above."""
    return json.dumps({type(action).__name__: _plain(action)}, sort_keys=True)


def _content(plan: Plan) -> PlanFile:
    said = plan_json(plan, Reader(plan.at, ZoneInfo("UTC")))
    return PlanFile(**dict(said), essence=tuple(map(essence, plan.runnable)))


def _plain(value: object) -> object:
    """A value of an action for JSON; the order in which backups are named does not matter."""
    if is_dataclass(value):
        return {one.name: _plain(getattr(value, one.name)) for one in fields(value) if one.name not in NOT_ESSENTIAL}
    if isinstance(value, tuple):
        return _sorted(map(_plain, value))
    return format_instant(value) if isinstance(value, datetime) else value


def _sorted(values: Iterable[object]) -> list[object]:
    return sorted(values, key=lambda value: json.dumps(value, sort_keys=True))
