"""What an alert says: one message with everything that is new, still so, or over."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from reconciler.plan.alerting import RESOLVED, News
from reconciler.views.sentences import Reader

_ORDER = ("breached", "failing", "policy", "storage", "unknown", "blocked", "approval", RESOLVED)
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


@dataclass(frozen=True, slots=True)
class Message:
    """A subject line and a text; ``items`` are the same for programs."""

    subject: str
    text: str
    items: tuple[dict[str, object], ...]


def message_of(news: Sequence[News], host: str, policy: str, reader: Reader) -> Message:
    """The worst first; reminders say so; each with what to do."""
    ordered = sorted(news, key=lambda one: (_ORDER.index(one.trouble.event), one.trouble.subject))
    worst = ordered[0].trouble
    more = f" and {len(ordered) - 1} more" if len(ordered) > 1 else ""
    lines = [f"Backup Reconciler on {host}, policy {policy}, {reader.now:%Y-%m-%d %H:%M} UTC", ""]
    items: list[dict[str, object]] = []
    for one in ordered:
        trouble, again = one.trouble, " (still so)" if one.kind == "reminder" else ""
        count = f", {trouble.many} assets concerned" if trouble.many else ""
        sentence = reader.sentence(trouble.reason)
        lines.append(f"{_WORDS[trouble.event]}{again}: {trouble.subject}{count}: {sentence}")
        if trouble.lift:
            lines.append(f"  to lift: {trouble.lift}")
        items.append(
            {
                "event": trouble.event,
                "kind": one.kind,
                "about": trouble.subject,
                "message": sentence,
                "key": trouble.key,
            }
        )
    lines += ["", "Look: reconciler status; reconciler doctor says how to mend this host."]
    subject = " ".join(f"[backup] {_WORDS[worst.event]}: {worst.subject}{more}".split())
    return Message(subject[:180], "\n".join(lines) + "\n", tuple(items))
