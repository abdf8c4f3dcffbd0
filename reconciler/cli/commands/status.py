"""``reconciler status``: how every promise stands."""

from __future__ import annotations

import click

from reconciler.cli.output import Drawing, list_format_option, print_list, print_table, print_text
from reconciler.cli.session import Session, pass_session
from reconciler.errors import ExitCode
from reconciler.obligations.assessment import State

STYLES = {State.BREACHED: "red", State.UNATTAINABLE: "red", State.UNKNOWN: "yellow", State.DUE: "cyan", State.MET: ""}


@click.command()
@click.option("--check", is_flag=True, help="Exit code 4 when a promise is breached, 3 when something waits.")
@list_format_option
@pass_session
def command(session: Session, check: bool, output: str) -> int:
    """Show how every promise stands now, worst first, from what was observed last.

    With --check: exit code 3 when something is blocked or waits for approval, 4 when a promise is breached.
    """
    from reconciler.operations.looking import status_now
    from reconciler.views.status import COLUMNS, headline, revision_line, status_rows, suspension_lines

    found = status_now(session.settings)
    if found.plan is None:
        click.echo(revision_line(found.facts), err=True)
        return ExitCode.ERROR
    if output == "json":
        from reconciler.views.plan_json import assessment_json

        print_list(
            "Assessment",
            (assessment_json(a, found.reader).model_dump(mode="json", by_alias=True) for a in found.plan.assessments),
        )
    else:
        rows = status_rows(found.plan.assessments, found.reader)
        drawing = Drawing(wide=output == "wide", styles=[STYLES[row.state] for row in rows])
        print_table(COLUMNS, (row.cells for row in rows), drawing)
        print_text(headline(found.plan.assessments, found.facts))
        for line in suspension_lines(found.suspensions, found.reader):
            print_text(line)
        for alert in found.undelivered:
            click.echo(alert, err=True)
    if not check:
        return ExitCode.OK
    if found.facts.problem:
        return ExitCode.ERROR
    if found.plan.blocked or found.plan.lowerings:
        return ExitCode.BLOCKED
    return ExitCode.BREACHED if found.plan.in_state(State.BREACHED) else ExitCode.OK
