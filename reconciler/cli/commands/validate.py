"""``reconciler validate``: everything that is wrong with a policy, at once, each with its place."""

from __future__ import annotations

import socket
from datetime import UTC, datetime
from pathlib import Path

import click

from reconciler.cli.output import format_option, print_list
from reconciler.errors import ExitCode, UsageError
from reconciler.policy.documents import Problem, Severity
from reconciler.views.plurals import counted


@click.command()
@click.argument("folder", type=click.Path(path_type=Path), default=".")
@click.option(
    "--host", metavar="NAME", default=None, help="The host that assets without one are on (default: this machine)."
)
@click.option("--strict", is_flag=True, help="Warnings fail too.")
@format_option
def command(folder: Path, host: str | None, strict: bool, output: str) -> int:
    """Check the policy in FOLDER (default: here). Exit code 1 when it has errors.

    \b
    Each problem is a line, and the rule's name stands at its end:
    FILE:LINE:COLUMN: error|warning: what is wrong and what to do [rule]
    """
    from reconciler.operations.validating import validate_folder

    if folder.is_file():
        raise UsageError(f"{folder} is no folder", remedy="name the folder that holds the whole policy")
    found = validate_folder(folder, datetime.now(UTC).date(), host or socket.gethostname())
    problems = found.loaded.problems
    failed = bool(found.loaded.errors) or (strict and bool(problems))
    if output == "json":
        print_list("Problem", (_item(problem) for problem in problems))
        return ExitCode.ERROR if failed else ExitCode.OK
    for problem in problems:
        click.secho(str(problem), fg="red" if problem.severity is Severity.ERROR else "yellow")
    click.echo(_summary(found.files, len(found.loaded.documents), problems))
    return ExitCode.ERROR if failed else ExitCode.OK


def _item(problem: Problem) -> dict[str, object]:
    place = problem.place
    return {
        "file": place.file,
        "line": place.line,
        "column": place.column,
        "severity": problem.severity.value,
        "rule": problem.rule,
        "message": problem.message,
    }


def _summary(files: int, documents: int, problems: tuple[Problem, ...]) -> str:
    errors = sum(1 for problem in problems if problem.severity is Severity.ERROR)
    warnings = len(problems) - errors
    read = f"{counted(documents, 'document')} in {counted(files, 'file')}"
    if not problems:
        return f"{read}: valid."
    return f"{read}: {counted(errors, 'error')}, {counted(warnings, 'warning')}."
