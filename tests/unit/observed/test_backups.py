"""A row of backups makes only what is looked at, and is in all else the same as the backups themselves."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from hypothesis import given

from reconciler.observed.backup import Backup
from reconciler.observed.backups import Backups, is_plain
from reconciler.retention.decide import Floor, Terms, decide
from tests.unit.retention.histories import NOW, all_terms, any_backups, every, terms

DAY = timedelta(days=1)


def _row(backups: list[Backup], made: set[int], *, odd: bool = False) -> Backups:
    """A row of these, newest first, that notes which positions were made; ``odd``: none is taken for plain."""
    ordered = sorted(backups, key=lambda one: (one.time, one.id), reverse=True)

    def make(position: int) -> Backup:
        made.add(position)
        return ordered[position]

    odds = [position for position, one in enumerate(ordered) if odd or not is_plain(one)]
    return Backups([one.time for one in ordered], [one.id for one in ordered], odds, make)


def test_only_what_is_looked_at_is_made() -> None:
    made: set[int] = set()
    row = _row(every(DAY, 30), made)
    assert (len(row), bool(row), row.ids[0], row.times[-1]) == (30, True, "b0", NOW - 29 * DAY)
    assert made == set()
    assert (row[0].id, row[-1].id, [one.id for one in row[1:3]]) == ("b0", "b29", ["b1", "b2"])
    assert next(one for one in row if one.time < NOW).id == "b1"
    assert made == {0, 1, 2, 29}


def test_a_row_equals_the_same_backups() -> None:
    backups = every(DAY, 3)
    row = _row(backups, set())
    assert row == tuple(backups) and tuple(backups) == row and row == Backups.of(reversed(backups))
    assert row != tuple(backups[1:]) and row != (*backups[:2], every(DAY, 9)[8])
    assert Backups.of(row) is row
    assert hash(row) == hash(tuple(backups)) and repr(row) == repr(tuple(backups))


@given(any_backups(), all_terms())
def test_a_decision_on_plain_backups_is_the_one_on_each_looked_at(backups: list[Backup], rules: Terms) -> None:
    quick, thorough = (decide(_row(backups, set(), odd=odd), rules, NOW) for odd in (False, True))
    assert (quick.dropped, quick.keeps, quick.until) == (thorough.dropped, thorough.keeps, thorough.until)
    assert quick.kept == thorough.kept and quick.keeps == len(quick.kept)
    assert quick == decide(backups, rules, NOW)


def test_deciding_makes_no_backup_that_is_plainly_kept() -> None:
    made: set[int] = set()
    decision = decide(_row(every(DAY, 30), made), terms(Floor(), daily=28), NOW)
    assert [one.backup.id for one in decision.dropped] == ["b28", "b29"]
    assert (made, decision.keeps) == ({28, 29}, 28)
    assert len(decision.kept) == 28 and len(made) == 30, "why a backup is kept is told of each"


def test_an_instant_beyond_the_calendar_is_no_matter() -> None:
    far = [Backup("x", "wiki", "nas", "x", datetime(9999, 12, 31, 23, tzinfo=UTC))]
    assert decide(_row(far, set()), terms(daily=3), NOW).keeps == 1
