"""The lazy command group: help without importing a command, and suggestions for mistyped ones."""

from __future__ import annotations

from difflib import get_close_matches
from importlib import import_module

import click
from typing_extensions import override

from reconciler.cli.catalogue import COMMANDS
from reconciler.cli.streams import STDOUT, give_up
from reconciler.errors import ExitCode, UsageError


class LazyGroup(click.Group):
    """Commands come from the catalogue and are imported when they are called."""

    @override
    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(COMMANDS)

    @override
    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        entry = COMMANDS.get(cmd_name)
        if entry is None:
            return None
        found = getattr(import_module(f"reconciler.cli.commands.{entry.module}"), entry.name)
        if not isinstance(found, click.Command):
            raise TypeError(f"{entry.module}.{entry.name} is not a command")
        found.epilog = entry.epilog
        return found

    @override
    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        if args and not args[0].startswith("-") and args[0] not in COMMANDS:
            near = get_close_matches(args[0], COMMANDS, n=1)
            remedy = f"did you mean {near[0]}? All of them: reconciler --help" if near else "see: reconciler --help"
            raise UsageError(f"there is no command {args[0][:80]!r}", remedy=remedy)
        return super().resolve_command(ctx, args)

    @override
    def invoke(self, ctx: click.Context) -> object:
        try:
            return super().invoke(ctx)
        except BrokenPipeError:
            # The reader went away (| head): nothing was wrong, and nobody is left to tell. Click would exit with 1.
            give_up(STDOUT)
            raise click.exceptions.Exit(ExitCode.OK) from None

    @override
    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        sections: dict[str, list[tuple[str, str]]] = {}
        for name, entry in COMMANDS.items():
            sections.setdefault(entry.section, []).append((name, entry.summary))
        for section, rows in sections.items():
            with formatter.section(section):
                formatter.write_dl(rows)
