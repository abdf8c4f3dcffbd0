"""Codes become sentences here and nowhere else, in the reader's language and zone."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from reconciler.obligations.codes import Code
from reconciler.observed.reason import Reason, Value
from reconciler.plan.guards.stops import Stop
from reconciler.units.durations import format_duration
from reconciler.units.sizes import show_size
from reconciler.views.plurals import Shown
from reconciler.views.times import show_age, show_instant, show_jump, show_span

_BYTES = frozenset({"free", "total", "size", "needed"})
_AGES = frozenset({"newest"})
_JUMPS = frozenset({"by"})

ENGLISH: dict[str, str] = {
    Code.FRESH: "newest backup {newest} old, RPO {rpo}",
    Code.TOO_OLD: "newest backup {newest} old, RPO {rpo}[: {message}]",
    Code.INITIAL: "waits for its first backup[ until {deadline}]",
    Code.NO_BACKUP: "no backup yet, and the first one was due by {deadline}",
    Code.SOURCE_LATER: "this version cannot capture {source} yet",
    Code.TOO_SLOW: "a backup usually takes {usual}: an RPO of {rpo} cannot be held",
    Code.REPOSITORY_NOT_READY: "the repository is {reach}[: {message}]",
    Code.NOT_INITIALISED: "the repository is not made yet",
    Code.SLOT: "due at {slot}",
    Code.CATCH_UP: "catches up for {slot}",
    Code.RETRY: "tried again after {failures:failure} ({error})",
    Code.INVALIDATED: "backup {backup} was found bad",
    Code.FAILING: "failed {failures:time} ({error}), next try {retry_at}: {message}",
    Code.RUNNING: "running since {started}",
    Code.WAITING_FOR_ORIGIN: "waits for a backup in {origin} to copy",
    Code.ORIGIN_UNREACHABLE: "{origin} cannot be reached, so this is backed up directly",
    Code.NEW_COPY: "a newer backup is in {origin}",
    Code.ENOUGH_COPIES: "{copies} {copies:copy/copies} on {media} media, {offsite} off the site",
    Code.COPIES_INITIAL: "{copies} of {minimum} copies so far",
    Code.TOO_FEW_COPIES: (
        "{copies} of {minimum} copies, {media} of {media_wanted} media, {offsite} of {offsite_wanted} off the site"
    ),
    Code.COPIES_UNKNOWN: "a repository cannot be read, so its copies do not count: {copies} of {minimum}",
    Code.COPIES_UNATTAINABLE: (
        "the policy's repositories cannot give {minimum} copies, {media_wanted} media, {offsite_wanted} off the site"
    ),
    Code.RETAINED: "{kept:backup} kept, {marked} marked as expired",
    Code.EXPIRED: "{count:backup} {count:has/have} expired",
    Code.GRACE_OVER: "{count:expired backup}, {count:its/their} grace is over",
    Code.LAPSED: "{count:mark} {count:lapses, its backup is/lapse, their backups are} kept again",
    Code.WAITING_FOR_COPY: (
        "{count:expired backup} {count:waits/wait} until {repository} has copied {count:it/them}, at most until {until}"
    ),
    Code.COPY_LAG_EXCEEDED: "{repository} did not copy {count:expired backup} in time",
    Code.OVERDUE: "{count:expired backup} should be gone",
    Code.NOBODY_FORGETS: "nobody deletes in this repository",
    Code.KEEPER_ELSEWHERE: "{keeper} deletes in this repository",
    Code.ORPHANED: "{count:backup} of an asset that left the policy {count:is/are} kept",
    Code.DECOMMISSIONED: "decommissioned, {count:backup} {count:goes/go} after {last}",
    Code.CHECKED: "checked {checked_at}",
    Code.NOTHING_TO_CHECK: "nothing to check yet",
    Code.NEVER_CHECKED: "never checked",
    Code.CHECK_DUE: "last checked {checked_at}",
    Code.CHECK_OVERDUE: "the check is overdue[ since {checked_at}]",
    Code.UNSOUND: "the check at {checked_at} found damage: {message}",
    Code.ROOM: "{free} of {total} free",
    Code.LOW: "only {free} of {total} free",
    Code.CRITICAL: "almost full: {free} of {total} free",
    Code.UNMEASURABLE: "its free space cannot be measured; give capacity.size in the policy",
    Code.PAGE_CURRENT: "page written {rendered_at}",
    Code.PAGE_MISSING: "its page is not written yet",
    Code.PAGE_OUTDATED: "what its page says has changed since it was written {rendered_at}",
    Code.PAGE_DAILY: "written again once a day",
    Code.PAGE_OLD: "its page was written {rendered_at}",
    Code.DONE: "done as backup {backup}",
    Code.ASKED: "asked for by {by}",
    Code.REQUESTED: "asked for by request {request}",
    Code.REQUEST_NOT_COUNTED: "backup {backup} was made for it, but does not count",
    Code.READY: "ready",
    Code.NEVER_SEEN: "has never been seen, so it is made",
    Code.WAITING_FOR_KEEPER: "its keeper[ {keeper}] makes it",
    Code.JOURNAL_LOST: "the journal is lost, so nothing is initialised",
    Code.MISSING: "was here before and is missing now: it is never initialised again. Find its storage, or restore it",
    Code.CHANGED: "has another id than the pinned one: it was swapped or made anew",
    Code.UNREACHABLE: "cannot be reached[: {message}]",
    Code.REFUSED: "cannot be opened[: {message}]",
    Code.DAMAGED: "snapshot files cannot be read: {ids}",
    Code.VANISHED: "backups are gone that nobody deleted: {ids}",
    Code.SPACE_TO_RECLAIM: "the space of {forgotten:forgotten backup} is to be reclaimed",
    Code.APPLIED: "revision {revision} is enforced",
    Code.NOT_YET_APPLIED: "the newest revision[ {head}] is not enforced yet",
    Code.POLICY_PROBLEM: "the newest policy is not enforced: {problem}",
    Code.WAITING_FOR_APPROVAL: "waits for approval: {blocks}",
    Code.UNREAD: "not read, so no policy in it protects anything: {paths}",
    "failing-row": "failed {failures:time} in a row: {message}",
    "waiting-block": "waits: {why}",
    "failing-pass": "nothing can run: {message}",
    "over": "is over",
    Stop.REPOSITORY_CHANGED: "repository {repository} has id {seen}, but {pinned} is pinned",
    Stop.REPOSITORY_UNPINNED: "the journal is lost, and nothing vouches for repository {repository}",
    Stop.BACKUPS_VANISHED: "backups are gone from {repository} that nobody here deleted: {ids}",
    Stop.BACKUPS_DAMAGED: "snapshot files of {repository} cannot be read: {ids}",
    Stop.CHECK_UNSOUND: "the check of {repository} at {checked_at} found damage[: {message}]",
    Stop.SUSPICIOUS_NEWER: "the newest backup {backup} is suspicious, so nothing of {asset} is deleted in {repository}",
    Stop.CLOCK_BEHIND: "the clock is behind the journal's newest entry ({newest_entry})",
    Stop.CLOCK_JUMPED: "the clock jumped by {by} since the last pass",
    Stop.CREDIT_SPENT: "more would go than new backups came: {count} beyond the budget of {credit}",
    Stop.HELD: "hold {hold} keeps {count} of them",
    Stop.NOT_APPROVED: "nobody approved that {count:backup} of {asset} {count:goes/go}",
}
"""A sentence a code; what stands in brackets goes when its parameter is missing."""

_OPTIONAL = re.compile(r"\[([^\[\]{}]*\{(\w+)\}[^\[\]{}]*)\]")


@dataclass(frozen=True, slots=True)
class Reader:
    """Who reads: the zone of their clock, and now, for ages."""

    now: datetime
    zone: ZoneInfo = field(default_factory=lambda: ZoneInfo("UTC"))

    def sentence(self, reason: Reason) -> str:
        """One line in words; an unknown code is shown as it is with its parameters, never hidden."""
        shown = {name: Shown(self.show(name, value)) for name, value in reason.parameters}
        template = ENGLISH.get(reason.code)
        if template is None:
            return " ".join((reason.code, *(f"{name}={value}" for name, value in shown.items())))
        kept = _OPTIONAL.sub(lambda part: part[1] if part[2] in shown else "", template)
        return " ".join(kept.format_map(_Filled(shown)).split())

    def show(self, name: str, value: Value) -> str:
        """A parameter in words."""
        if isinstance(value, datetime):
            return show_age(value, self.now) if name in _AGES else self.instant(value)
        if isinstance(value, timedelta):
            if name in _JUMPS:
                return show_jump(value)
            return format_duration(value) if value >= timedelta(seconds=1) else show_span(value)
        if isinstance(value, tuple):
            return ", ".join(item[:12] if _is_id(item) else item for item in value)
        if isinstance(value, int) and not isinstance(value, bool) and name in _BYTES:
            return show_size(value)
        return value[:12] if isinstance(value, str) and _is_id(value) else str(value)

    def instant(self, value: datetime) -> str:
        """Today's time alone, otherwise the date too."""
        local, today = value.astimezone(self.zone), self.now.astimezone(self.zone)
        if local.date() == today.date():
            return local.strftime("%H:%M")
        return show_instant(value.astimezone(UTC), self.zone)


class _Filled(dict[str, Shown]):
    """A parameter that should be there and is not leaves a dash."""

    def __missing__(self, _key: str) -> Shown:
        return Shown("–")


def _is_id(value: str) -> bool:
    return len(value) in (40, 64) and all(character in "0123456789abcdef" for character in value)
