"""``reconciler plan``: what would be done, and nothing done."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import click

from reconciler.cli.session import Session, pass_session
from reconciler.cli.times import TIME
from reconciler.errors import ExitCode


@click.command()
@click.option(
    "--base", default=None, metavar="REV", help="Compare with the policy at this revision (for a pull request)."
)
@click.option(
    "--policy", "folder", type=click.Path(path_type=Path), default=None, help="Plan for the policy in this folder."
)
@click.option("--at", type=TIME, default=None, help="Plan as if it were this time.")
@click.option("--out", type=click.Path(path_type=Path), default=None, help="Write a signed plan file for apply.")
@click.option(
    "--format",
    "form",
    type=click.Choice(["text", "json", "markdown"]),
    default="text",
    help="Text for people, JSON for programs, or Markdown for a pull request.",
)
@click.option("--whole", is_flag=True, help="List every backup of a deletion.")
@click.option("--detailed-exitcode", is_flag=True, help="Exit code 2 when there is something to do.")
@pass_session
def command(
    session: Session,
    base: str | None,
    folder: Path | None,
    at: datetime | None,
    out: Path | None,
    form: str,
    whole: bool,
    detailed_exitcode: bool,
) -> int:
    """Show what would be done, with reasons, and do nothing.

    Exit code 3 when something is blocked by a guard or waits for approval.
    """
    from reconciler.operations.planning import plan_change, plan_host
    from reconciler.views.plan_views import change_as, plan_as, reader_for
    from reconciler.views.status import policy_lines

    if base is not None or folder is not None:
        planned = plan_change(session.settings_or_none, folder, base, at)
    else:
        planned = plan_host(session.settings, at)
    if planned.plan is None:
        click.echo(f"No plan: {planned.state.facts.problem}", err=True)
        return ExitCode.ERROR
    plan = planned.plan
    reader = reader_for(plan, planned.policy)
    change = planned.change
    shown = change_as(change, plan, form, reader) if change else plan_as(plan, form, reader, whole=whole)
    click.echo(shown.rstrip("\n"))
    if out is not None:
        from reconciler.operations.planfile import write_plan_file

        write_plan_file(out, plan, session.settings)
        rest = "; what follows comes with the next pass" if plan.following else ""
        click.echo(f"Written to {out}. To do exactly this round: reconciler apply {out}{rest}", err=True)
    for line in policy_lines(planned.state.facts):
        click.echo(line, err=True)
    if not planned.fresh:
        click.echo("A loop is running here: this is planned from what it saw last.", err=True)
    if plan.blocked or plan.lowerings:
        return ExitCode.BLOCKED
    changes = plan.runnable or (change and change.comparison.blocks)
    return ExitCode.CHANGES if detailed_exitcode and changes else ExitCode.OK
