"""A drill's recurrence: the part of RFC 5545's rules that means days, checked before it is ever expanded."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from functools import lru_cache

_FREQUENCIES = ("DAILY", "WEEKLY", "MONTHLY", "YEARLY")
_BY = ("BYDAY", "BYMONTH", "BYMONTHDAY", "BYYEARDAY", "BYWEEKNO", "BYSETPOS", "BYHOUR", "BYMINUTE")
_PARTS = frozenset({"FREQ", "INTERVAL", "WKST", *_BY})
_LAST_START = 9988
_HORIZON = timedelta(days=3653)


@lru_cache(maxsize=1024)
def wrong_recurrence(rule: str, start: date | None) -> str | None:
    """None, or the sentence that says what is wrong with the rule. ``start`` is where it counts from."""
    parts = [part.partition("=")[::2] for part in rule.split(";")]
    names = [name for name, _ in parts]
    unknown = next((name for name in names if name not in _PARTS), None)
    if unknown:
        return f"not a recurrence: there is no {unknown} in a drill's rule"
    if len(set(names)) != len(names):
        return "not a recurrence: one of its parts is there twice"
    values = dict(parts)
    if values["FREQ"] not in _FREQUENCIES:
        return f"a drill recurs {', '.join(_FREQUENCIES)}, not {values['FREQ']}"
    # An interval of nothing makes the library count for ever.
    interval = values.get("INTERVAL", "1")
    if not (interval.isdecimal() and 1 <= int(interval[:5]) <= 1000):
        return f"not a recurrence: an INTERVAL lies between 1 and 1000, not {interval[:20]}"
    return _never_comes(rule, start or date(2026, 1, 1))


def _never_comes(rule: str, start: date) -> str | None:
    # Imported here: only a policy with calendars needs it.
    from dateutil.rrule import rrule, rrulestr

    # dateutil looks for a match until the year 9999. The calendar repeats every 400 years, so a start shortly
    # before that gives the same answer, soon.
    late = start.replace(year=start.year + (_LAST_START - start.year) // 400 * 400)
    begin = datetime.combine(late, time())
    try:
        found = rrulestr(rule, dtstart=begin)
        assert isinstance(found, rrule)
        comes = next(iter(found.replace(until=begin + _HORIZON)), None)
    except (ValueError, KeyError, IndexError, TypeError, OverflowError) as error:
        return f"not a recurrence: {str(error)[:200]}"
    return None if comes else "this recurrence does not come within ten years"
