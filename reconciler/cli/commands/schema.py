"""``reconciler schema``: the JSON Schema of a kind, for editors and for curious people."""

from __future__ import annotations

import json

import click

from reconciler.policy.models.kinds import KINDS

_BY_WORD = {kind.lower(): kind for kind in KINDS}


@click.command()
@click.argument("kind", metavar="KIND", type=click.Choice([*KINDS, "policy-file", "plan"], case_sensitive=False))
def command(kind: str) -> None:
    """Print the JSON Schema of KIND, in capitals or not; policy-file is that of any policy file, plan that of a plan.

    KIND is Policy, Tier, Retention, Repository, Asset, Contact, Alert, DrillCalendar, BackupRequest, Hold,
    Suspension, Decommission, policy-file or plan.
    """
    from reconciler.policy.schema import schema_of, schema_of_files
    from reconciler.views.plan_json import plan_schema

    word = kind.lower()
    if word == "plan":
        found = plan_schema()
    elif word == "policy-file":
        found = schema_of_files()
    else:
        found = schema_of(_BY_WORD[word])
    click.echo(json.dumps(found, indent=2, ensure_ascii=False))
