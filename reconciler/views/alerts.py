"""What an alert says: one message with everything that is new, still so, or over."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import groupby

from reconciler.plan.alerting import RESOLVED, News
from reconciler.units.instants import format_instant
from reconciler.views.sentences import Reader

_WORDS = {
    "breached": "BREACHED",
    "failing": "FAILING",
    "policy": "POLICY",
    "storage": "STORAGE",
    "unknown": "UNKNOWN",
    "blocked": "BLOCKED",
    "approval": "WAITS FOR APPROVAL",
    RESOLVED: "RESOLVED",
}
"""The worst first."""

_ORDER = tuple(_WORDS)
_SHOWN = 5
"""So many assets are named; what more of one kind there is comes in one line with its number."""
_MOST_LINES = 120
"""Chat services cut long messages anywhere; we cut between items, and say so."""
_MOST_SUBJECT = 180


@dataclass(frozen=True, slots=True)
class Message:
    """A subject line and a text; ``items`` are the same for programs."""

    subject: str
    text: str
    items: tuple[dict[str, object], ...]


@dataclass(frozen=True, slots=True)
class Sender:
    """Who speaks: the host and its policy; ``calls`` whom this was escalated to, with their telephone."""

    host: str
    policy: str
    calls: tuple[str, ...] = ()


def message_of(news: Sequence[News], sender: Sender, reader: Reader) -> Message:
    """All of it in one message, the worst first; what many have in common in one item."""
    ordered = sorted(news, key=_place)
    lines = [line for _key, alike in groupby(ordered, _alike) for line in _lines(tuple(alike), reader)]
    if len(lines) > _MOST_LINES:
        lines = [*lines[:_MOST_LINES], "and more: reconciler status shows all of it"]
    at = f"{reader.now.astimezone(UTC):%Y-%m-%d %H:%M} UTC"
    head = [f"Backup Reconciler on {sender.host}, policy {sender.policy}, {at}"]
    head += [f"Nobody has ended this in time: told {', '.join(sender.calls)} too"] if sender.calls else []
    foot = ["Look: reconciler status. Mend: reconciler doctor says what is wrong with this host."]
    return Message(
        subject=_subject(ordered),
        text=_clean("\n".join([*head, "", *lines, "", *foot])) + "\n",
        items=tuple(_item(one, reader) for one in ordered),
    )


def _place(one: News) -> tuple[int, bool, bool, tuple[str, ...], str]:
    """What concerns many first; those that are told in one item stand together."""
    trouble = one.trouble
    return _ORDER.index(trouble.event), one.kind == "reminder", not trouble.many, _alike(one), trouble.subject


def _alike(one: News) -> tuple[str, ...]:
    """What can be told in one item: the same promise, in the same repository, broken in the same way."""
    trouble = one.trouble
    kind = trouble.subject.partition(" ")[0]
    # Each approval and each blocked action has a command of its own.
    alone = trouble.subject if trouble.lift or trouble.many else ""
    return trouble.event, one.kind, kind, trouble.repository + alone, trouble.code


def _subject(ordered: Sequence[News]) -> str:
    worst = ordered[0]
    again = "STILL " if worst.kind == "reminder" else ""
    more = f" and {len(ordered) - 1} more" if len(ordered) > 1 else ""
    line = f"[backup] {again}{_WORDS[worst.trouble.event]}: {worst.trouble.subject}{_counted(worst)}{more}"
    return " ".join(_clean(line).split())[:_MOST_SUBJECT]


def _lines(alike: tuple[News, ...], reader: Reader) -> list[str]:
    if len(alike) <= _SHOWN:
        return [line for one in alike for line in _item_lines(one, reader)]
    first = alike[0].trouble
    names = list(dict.fromkeys(name for one in alike for name in one.trouble.assets))
    place = f" in {first.repository}" if first.repository else ""
    about = f"{first.subject.partition(' ')[0]}{place}, {len(alike)} times"
    shown = [f"  {_named(names)}"] if names else []
    return [f"{_word(alike[0])}: {about}, one of them: {reader.sentence(first.reason)}", *shown]


def _item_lines(one: News, reader: Reader) -> list[str]:
    trouble = one.trouble
    found = [f"{_word(one)}: {trouble.subject}{_counted(one)}: {reader.sentence(trouble.reason)}"]
    if trouble.many and len(trouble.assets) > 1:
        found.append(f"  {_named(trouble.assets)}")
    if trouble.since and trouble.since < reader.now:
        began = "told" if trouble.event == RESOLVED else "since"
        found.append(f"  {began}: {_instant(trouble.since)}")
    if trouble.lift:
        found.append(f"  to lift: {trouble.lift}")
    return found


def _word(one: News) -> str:
    word = _WORDS[one.trouble.event]
    if one.trouble.once and one.trouble.event == "breached":
        word = "CANNOT BE MET"
    return {"reminder": f"STILL {word}", "escalation": f"ESCALATED, {word}"}.get(one.kind, word)


def _counted(one: News) -> str:
    count = len(one.trouble.assets)
    return f" ({count} asset{'s' if count > 1 else ''})" if one.trouble.many and count else ""


def _named(names: Iterable[str]) -> str:
    named = sorted(names)
    more = f" and {len(named) - _SHOWN} more" if len(named) > _SHOWN else ""
    return ", ".join(named[:_SHOWN]) + more


def _item(one: News, reader: Reader) -> dict[str, object]:
    trouble = one.trouble
    return {
        "event": trouble.event,
        "kind": one.kind,
        "subject": trouble.subject,
        "code": trouble.code,
        "message": _clean(reader.sentence(trouble.reason)),
        "assets": list(trouble.assets),
        "repository": trouble.repository or None,
        "since": format_instant(trouble.since) if trouble.since else None,
        "lift": trouble.lift or None,
    }


def _instant(at: datetime) -> str:
    return f"{at.astimezone(UTC):%Y-%m-%d %H:%M} UTC"


def _clean(text: str) -> str:
    """Nothing that steers a terminal or cannot be sent: an engine's message may hold anything."""
    sendable = text.encode("utf-8", "replace").decode()
    return "".join(character if character == "\n" or character.isprintable() else "�" for character in sendable)
