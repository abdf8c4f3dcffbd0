"""One ordered list of steps for an asset in a repository: printed, executed in drills, walked through."""

from __future__ import annotations

import shlex

from reconciler.kinds.files import steps_back
from reconciler.kinds.step import Part, Step
from reconciler.policy.models.asset import FileCheck
from reconciler.policy.models.repository import RepositorySpec
from reconciler.policy.resolved import ResolvedAsset
from reconciler.recovery.finding import Search, finding_step
from reconciler.recovery.opening import opening_step


def recovery_steps(asset: ResolvedAsset, search: Search, name: str, spec: RepositorySpec) -> tuple[Step, ...]:
    """Everything to type to bring ``asset`` back from that repository; empty for a source that comes later."""
    if asset.source.files is None:
        return ()
    checks = (check for verify in asset.verify if (check := verify.file))
    return (
        opening_step(name, spec),
        finding_step(search),
        *steps_back(asset.source.files),
        *(_file_step(check) for check in checks),
    )


def _file_step(check: FileCheck) -> Step:
    path = f'"${{TARGET:?}}"{shlex.quote(check.path)}'
    return Step(
        part=Part.PROVE,
        title=f"Look at {check.path}",
        command=f"[[ -e {path} && $(stat -c %s -- {path}) -ge {check.minimum_size} ]] ||\n"
        f"  {{ echo {shlex.quote(f'missing or too small: {check.path}')} >&2; false; }}",
        proves=f"{check.path} is there with {check.minimum_size} bytes or more, as the policy demands",
        tools=("bash", "coreutils"),
    )
