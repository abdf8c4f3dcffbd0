"""What is wrong with a YAML text, as values, and the exception that stops its reading."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing wrong in a text; ``line`` and ``column`` count from 1."""

    rule: str
    message: str
    line: int = 1
    column: int = 1


class Refused(Exception):
    """The text cannot be read on from here."""

    def __init__(self, fault: Fault) -> None:
        super().__init__(fault.message)
        self.fault = fault
