"""``reconciler runbook``: write the pages now, or print one."""

from __future__ import annotations

import click

from reconciler.cli.session import Session, pass_session


@click.command()
@click.argument("page", required=False)
@pass_session
def command(session: Session, page: str | None) -> None:
    """Write every page (one per asset, the index, the matrix). With PAGE, print that one and write nothing.

    PAGE is an asset's name, index, or matrix.
    """
    from reconciler.operations.desk import open_desk
    from reconciler.operations.known import known_name
    from reconciler.operations.looking import footing_of
    from reconciler.operations.rendering import make_pages, render_pages

    with open_desk(session.settings, verb="runbook") as desk:
        footing = footing_of(desk)
        if page is None:
            for path in render_pages(desk, footing.policy, footing.revision):
                click.echo(path)
            return
        pages = make_pages(desk, footing.policy, footing.revision).texts
        known_name("page", page, tuple(name.removesuffix(".md") for name in pages), "reconciler get assets")
        click.echo(pages[f"{page}.md"].rstrip("\n"))
