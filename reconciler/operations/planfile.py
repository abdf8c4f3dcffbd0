"""Plan files: written signed, and applied only while they are exactly what would be done."""

from __future__ import annotations

import json
from pathlib import Path
from zoneinfo import ZoneInfo

from pydantic import ValidationError

from reconciler.errors import PlanRefused
from reconciler.kit.fsio import write_atomically
from reconciler.kit.signing import HostKey
from reconciler.plan.plan import Plan
from reconciler.settings import HostSettings
from reconciler.views.plan_json import ActionJson, PlanJson, plan_json
from reconciler.views.sentences import Reader

_LARGEST = 256 * 1024 * 1024


def write_plan_file(path: Path, plan: Plan, settings: HostSettings) -> None:
    """The plan as JSON with the host's signature over it."""
    content = plan_json(plan, Reader(plan.at, ZoneInfo("UTC"))).model_dump_json(by_alias=True)
    key = HostKey.open(Path(settings.key_file))
    write_atomically(path, json.dumps({"plan": content, "signature": key.sign(content.encode())}), mode=0o600)


def read_plan_file(path: Path, settings: HostSettings) -> PlanJson:
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
        return PlanJson.model_validate_json(content)
    except ValidationError:
        raise PlanRefused(f"{path} has another format than this version writes", remedy="plan again") from None


def refuse_stale(given: PlanJson, now: Plan) -> None:
    """Raise PlanRefused unless what would be done now is what the file says."""
    fresh = plan_json(now, Reader(now.at, ZoneInfo("UTC")))
    if given.revision != fresh.revision:
        raise PlanRefused(
            f"the plan was made for revision {given.revision[:12]}, and {fresh.revision[:12]} is enforced now",
            remedy="plan again: reconciler plan --out FILE",
        )
    before, after = _essence(given.actions), _essence(fresh.actions)
    if before != after:
        raise PlanRefused(
            f"the plan is stale: {len(after - before)} actions are new and {len(before - after)} are gone",
            remedy="plan again: reconciler plan --out FILE",
        )


def _essence(actions: tuple[ActionJson, ...]) -> set[tuple[object, ...]]:
    """What runs: verb, asset, repository, backups; blocked and suspended ones do not."""
    return {
        (found.action, found.asset, found.repository, tuple(sorted(backup.id for backup in found.backups)))
        for found in actions
        if not found.blocked and not found.suspended
    }
