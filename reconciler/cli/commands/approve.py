"""``reconciler approve``: the lift of what a plan showed as waiting or blocked."""

from __future__ import annotations

import os

import click

from reconciler.cli.session import Session, pass_session


@click.command()
@click.argument("checksum")
@click.option("--reason", required=True, help="Why; it is kept in the journal.")
@pass_session
def command(session: Session, checksum: str, reason: str) -> None:
    """Approve the lowering or the deletion that a plan showed under CHECKSUM in the last seven days.

    The approval covers exactly the lines that were shown, the policy's and the backups', each once.
    """
    from reconciler.kit.person import current_person
    from reconciler.operations.approving import approve_offer, covered_by
    from reconciler.operations.desk import open_desk
    from reconciler.views.plan_waiting import approved_lines

    with open_desk(session.settings, verb="approve") as desk:
        approval = approve_offer(desk, checksum, reason, current_person(os.environ))
        covered, reader = covered_by(desk, approval)
    click.echo(f"Approved {approval.checksum[:12]} by {approval.by}: {approval.reason}")
    for line in approved_lines(covered.lines, covered.backups, reader):
        click.echo(f"  {line}")
    click.echo("The next pass uses it: reconciler reconcile, or the running loop by itself.")
