"""Steps as the fenced bash blocks of a page: variables first, then one block a step."""

from __future__ import annotations

from dataclasses import dataclass

from reconciler.kinds.step import Step, Variable
from reconciler.views.escaping import Raw, fenced, shell_message


@dataclass(frozen=True, slots=True)
class Block:
    """A heading, what its success proves, and the fenced commands."""

    title: str
    proves: str
    text: Raw


def blocks_of(steps: tuple[Step, ...], folder: str) -> tuple[Block, ...]:
    """The blocks in order; the first one sets every variable. ``folder`` is made where the person stands."""
    if not steps:
        return ()
    variables = {variable.name: variable for step in steps for variable in step.variables}
    lines = [_declaration(variable, folder) for variable in variables.values()]
    head = Block("Set the variables", "", fenced("\n".join(lines)))
    return (head, *(Block(step.title, step.proves, fenced(step.command)) for step in steps))


def _declaration(variable: Variable, folder: str) -> str:
    """A variable already set in the shell wins, so that a block can be pasted again."""
    if variable.name == "TARGET":
        return f'# {variable.why}\n: "${{TARGET:=$PWD/{shell_message(folder)}}}"'
    if variable.value is None:
        return f': "${{{variable.name}:?set it to {shell_message(variable.why)}}}"'
    return f'# {variable.why}\n: "${{{variable.name}:={shell_message(variable.value)}}}"'
