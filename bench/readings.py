"""What a row of the table measured, as a value: ours, the peers and floors of the same run, and whether it is met."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, dataclass, field


@dataclass(frozen=True, slots=True)
class Other:
    """What a peer or the bare engine took for the same, in the unit of the reading beside it."""

    name: str
    value: float


@dataclass(frozen=True, slots=True)
class Reading:
    """One measured number. ``limit`` is of the number itself, or of its ratio to the first of ``others``.

    ``faster``: more is better, so the limit is the least. Without a limit it only explains.
    """

    about: str
    value: float
    unit: str
    limit: float | None = None
    relative: bool = False
    faster: bool = False
    others: tuple[Other, ...] = ()

    @property
    def ratio(self) -> float | None:
        """To the first of the others."""
        return self.value / self.others[0].value if self.others and self.others[0].value else None

    @property
    def met(self) -> bool | None:
        """Whether the limit is kept; None when there is none."""
        if self.limit is None:
            return None
        judged = self.ratio if self.relative else self.value
        if judged is None:
            return False
        return judged >= self.limit if self.faster else judged <= self.limit


@dataclass(frozen=True, slots=True)
class Outcome:
    """All readings of a row; ``missing`` says why there are none, or what is not among them."""

    readings: tuple[Reading, ...] = ()
    missing: str = ""

    def to_json(self) -> dict[str, object]:
        """As plain values."""
        return asdict(self)


def outcome_of(found: dict[str, object]) -> Outcome:
    """The outcome that ``to_json`` gave."""
    readings = found["readings"]
    assert isinstance(readings, list | tuple)
    made = (Reading(**{**one, "others": tuple(Other(**other) for other in one["others"])}) for one in readings)
    return Outcome(tuple(made), str(found["missing"]))


Measure = Callable[[bool], Outcome]
"""Measures a row; given True, quickly and on small worlds."""


@dataclass(frozen=True, slots=True)
class Row:
    """One row of the table: its short name, what is measured, how far it should reach, and its time limit in
    seconds, after which it is ended."""

    name: str
    what: str
    reach: str
    measure: Measure = field(compare=False)
    seconds: int = 600
