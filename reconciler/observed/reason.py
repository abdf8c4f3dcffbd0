"""A reason as a code with parameters; it becomes a sentence only where a person reads it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

Value = str | int | float | bool | datetime | timedelta | tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Reason:
    """``code`` is stable; ``parameters`` are sorted by name, times absolute."""

    code: str
    parameters: tuple[tuple[str, Value], ...] = ()

    @classmethod
    def of(cls, code: str, **parameters: Value | None) -> Reason:
        """Build one; parameters that are None are left out."""
        kept = ((name, value) for name, value in parameters.items() if value is not None)
        return cls(code, tuple(sorted(kept, key=lambda pair: pair[0])))

    def get(self, name: str) -> Value | None:
        """A parameter, or None."""
        return next((value for key, value in self.parameters if key == name), None)
