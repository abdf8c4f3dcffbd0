"""The help of every command: read by a stranger, on a terminal of 80 columns."""

from __future__ import annotations

import shlex

import click
import pytest
from click.shell_completion import BashComplete
from click.testing import CliRunner

from reconciler.cli.catalogue import COMMANDS
from reconciler.cli.root import root


@pytest.fixture(params=COMMANDS)
def name(request: pytest.FixtureRequest) -> str:
    return str(request.param)


def _command(name: str) -> click.Command:
    found = root.get_command(click.Context(root), name)
    assert found is not None
    return found


def _help(*words: str) -> str:
    said = CliRunner().invoke(root, [*words, "--help"], prog_name="reconciler", terminal_width=80, max_content_width=80)
    assert said.exit_code == 0
    return said.output


def test_every_option_is_described(name: str) -> None:
    for parameter in _command(name).params:
        if isinstance(parameter, click.Option):
            assert parameter.help, parameter.opts
            assert parameter.help.endswith("."), parameter.help


def test_the_help_fits_and_ends_with_an_example(name: str) -> None:
    lines = _help(name).rstrip().splitlines()
    assert [line for line in lines if len(line) > 80] == []
    assert "  For example:" in lines
    assert lines[-1].startswith("    reconciler ")


def test_the_help_of_all_fits(name: str) -> None:
    lines = _help().splitlines()
    assert [line for line in lines if len(line) > 80] == []
    assert any(line.startswith(f"  {name} ") for line in lines)


def test_the_examples_are_understood(name: str) -> None:
    for example in COMMANDS[name].examples:
        words = shlex.split(example.partition(" | ")[0])
        with root.make_context("reconciler", words) as context:
            called, command, rest = root.resolve_command(context, [*context._protected_args, *context.args])
            assert command is not None
            command.make_context(called, rest, parent=context).close()


def test_a_shell_completes_commands_kinds_and_options() -> None:
    def offered(*words: str) -> list[str]:
        completion = BashComplete(root, {}, "reconciler", "_RECONCILER_COMPLETE")
        return [item.value for item in completion.get_completions(list(words[:-1]), words[-1])]

    assert offered("re") == ["reconcile", "resume", "restore"]
    assert "backups" in offered("get", "")
    assert "--keep-until" in offered("backup", "docs", "--")
    assert offered("status", "-o", "") == ["table", "wide", "json"]
