"""What a pass ended with: its last lines and its exit code, the same for every command that runs one."""

from __future__ import annotations

from collections.abc import Iterable

import click

from reconciler.catalog.values import Notice
from reconciler.errors import ExitCode
from reconciler.obligations.assessment import State
from reconciler.operations.passing import PassResult
from reconciler.views.plan_text import summary_parts
from reconciler.views.status import headline


def tell(result: PassResult) -> None:
    """Failures again, then one line on the plan that is left and one on the promises."""
    for notice in result.notices:
        click.echo(f"note: {notice}", err=True)
    if result.plan is None:
        click.echo(f"No policy is enforced: {result.state.facts.problem}", err=True)
        return
    for failed in result.failures:
        click.echo(f"failed: {failed.line}", err=True)
    left = summary_parts(result.plan)
    click.echo(f"Left to do: {', '.join(left)}." if left else "Nothing is left to do.")
    click.echo(headline(result.plan.assessments, result.state.facts))


def exit_code(result: PassResult, *, check: bool = False) -> ExitCode:
    """1 before 3 before 4: an error, something blocked or waiting, a breached promise (only with ``check``)."""
    if result.plan is None or result.failures or result.state.facts.problem:
        return ExitCode.ERROR
    if result.plan.blocked or result.plan.lowerings:
        return ExitCode.BLOCKED
    if check and result.plan.in_state(State.BREACHED):
        return ExitCode.BREACHED
    return ExitCode.OK


def tell_notices(notices: Iterable[Notice]) -> None:
    """What opening the catalog found and mended."""
    for notice in notices:
        click.echo(f"{notice.what}. {notice.remedy}".strip(), err=True)
