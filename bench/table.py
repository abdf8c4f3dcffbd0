"""The page of results: one line a row, printed and written; what did not run this time stays as it was."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from bench.readings import Outcome, Reading, Row

NOT_RUN = "**not run**"
HEAD = """\
# Speed

How long the product takes beside its peers and beside the bare engine, each measured in the same run. `make bench`
measures all of it anew and writes this page; `make bench ROWS="observe plan"` only those rows, and the others stay as
the run before left them. Numbers are medians where a row has several runs, which take turns (a pass over a crowded
repository has one); all repositories have keys with the same cheap scrypt parameters.
[PROFILES.md](PROFILES.md) says where the time goes where a reach is missed.
"""
COLUMNS = (
    "| row | what | reach | ours | peers and floors | ratio | reached |\n| --- | --- | --- | --- | --- | --- | --- |\n"
)


def page(rows: Iterable[Row], found: Mapping[str, Outcome], run: str, before: str = "") -> str:
    """The whole page. ``run`` says on what this run was; lines of rows that are not in ``found`` come from before."""
    earlier = _earlier(before)
    lines = [line(row, found[row.name]) if row.name in found else _kept(row, earlier) for row in rows]
    drawn = any(one.startswith("| curve |") and NOT_RUN not in one for one in lines)
    picture = "\n![The cost curve](curve.svg)\n" if drawn else ""
    measured = ", ".join(found) or "none"
    said = f"The last run: {run}; rows measured in it: {measured}."
    return f"{HEAD}\n{said}\n\n{COLUMNS}{''.join(lines)}{picture}"


def _earlier(text: str) -> dict[str, tuple[str, ...]]:
    cells = (tuple(line.strip("| \n").split(" | ")) for line in text.splitlines() if line.startswith("| "))
    return {row[0]: row for row in cells if len(row) == 7}


def _kept(row: Row, earlier: Mapping[str, tuple[str, ...]]) -> str:
    measured = earlier[row.name][3:] if row.name in earlier else ("", "", "", NOT_RUN)
    return _joined(row, measured)


def line(row: Row, outcome: Outcome) -> str:
    """The line of a row that was measured."""
    readings = outcome.readings
    ours = "; ".join(_ours(one) for one in readings)
    others = "; ".join(told for one in readings if (told := _others(one)))
    ratios = "; ".join(f"{_number(one.ratio)}" for one in readings if one.ratio is not None)
    return _joined(row, (ours or "–", others or "–", ratios or "–", _verdict(outcome)))


def _joined(row: Row, measured: tuple[str, ...]) -> str:
    return f"| {' | '.join((row.name, row.what, row.reach, *measured))} |\n"


def _verdict(outcome: Outcome) -> str:
    judged = [one.met for one in outcome.readings if one.met is not None]
    if not judged:
        return f"**not measured**: {outcome.missing}" if outcome.missing else "measured"
    words = ["met" if met else "**missed**" for met in judged]
    told = words[0] if len(set(words)) == 1 else "; ".join(words)
    return f"{told} ({outcome.missing})" if outcome.missing else told


def _ours(reading: Reading) -> str:
    told = f"{_number(reading.value)} {reading.unit}".strip()
    return f"{reading.about} {told}" if reading.about else told


def _others(reading: Reading) -> str:
    return ", ".join(f"{other.name} {_number(other.value)} {reading.unit}" for other in reading.others)


def _number(value: float | None) -> str:
    """Three digits that matter."""
    if value is None:
        return "–"
    if value == 0 or abs(value) >= 100:
        return f"{value:,.0f}".replace(",", " ")
    return f"{value:.1f}" if abs(value) >= 10 else f"{value:.2f}" if abs(value) >= 0.1 else f"{value:.2g}"
