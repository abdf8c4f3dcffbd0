"""``reconciler suspend`` and ``resume``: stop actions for a while, on this host."""

from __future__ import annotations

import os
from datetime import timedelta

import click

from reconciler.cli.session import Session, pass_session
from reconciler.cli.times import DURATION

VERBS = ("backup", "copy", "forget", "prune", "check")


@click.command()
@click.argument("name")
@click.option("--asset", metavar="NAME", default=None, help="Only for this asset (default: all).")
@click.option("--repository", metavar="NAME", default=None, help="Only for this repository (default: all).")
@click.option(
    "--action",
    "actions",
    multiple=True,
    type=click.Choice(VERBS),
    help="Only these (may be given again; default: all).",
)
@click.option("--for", "span", type=DURATION, required=True, help="How long, like 90m or 2d; 31d at most.")
@click.option("--reason", required=True, help="Why; shown in status and kept in the journal.")
@click.option("--print", "only_print", is_flag=True, help="Print the YAML to commit instead, and suspend nothing.")
@pass_session
def command(
    session: Session,
    name: str,
    asset: str | None,
    repository: str | None,
    actions: tuple[str, ...],
    span: timedelta,
    reason: str,
    only_print: bool,
) -> None:
    """Stop actions under NAME for a while. Promises still breach, and status shows it as not in policy."""
    from reconciler.kit.person import current_person
    from reconciler.operations.desk import open_desk
    from reconciler.operations.suspending import SuspensionOrder, as_policy, suspend

    order = SuspensionOrder(name, asset, repository, actions or VERBS, span, reason, current_person(os.environ))
    if only_print:
        click.echo(as_policy(order).rstrip("\n"))
        return
    with open_desk(session.settings, verb="suspend") as desk:
        expires = suspend(desk, order)
    click.echo(
        f"Suspended until {expires:%Y-%m-%d %H:%M} UTC: {', '.join(order.verbs)}. To end it: reconciler resume {name}"
    )


@click.command()
@click.argument("name")
@pass_session
def resume(session: Session, name: str) -> None:
    """End the suspension NAME that was made on this host."""
    from reconciler.kit.person import current_person
    from reconciler.operations.desk import open_desk
    from reconciler.operations.suspending import resume as end

    with open_desk(session.settings, verb="resume") as desk:
        end(desk, name, current_person(os.environ))
    click.echo(f"Suspension {name} has ended.")
