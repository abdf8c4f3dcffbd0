"""The codes of assessments and actions, each with its parameters: views turn them into sentences."""

from __future__ import annotations

from enum import StrEnum


class Code(StrEnum):
    """Stable, machine-readable; alerts deduplicate by it. Parameters are named behind each, optional ones with ?."""

    # Freshness. States:
    FRESH = "fresh"  # newest, rpo
    TOO_OLD = "too-old"  # newest, rpo, error?, message?
    INITIAL = "initial"  # deadline?
    NO_BACKUP = "no-backup"  # deadline
    SOURCE_LATER = "source-later"  # source
    TOO_SLOW = "too-slow"  # usual, rpo
    REPOSITORY_NOT_READY = "repository-not-ready"  # reach, error?
    NOT_INITIALISED = "not-initialised"  # deadline?
    # Freshness, redundancy of work (also the why of backups and copies):
    SLOT = "slot"  # slot
    CATCH_UP = "catch-up"  # slot, missed (the first slot that was missed)
    RETRY = "retry"  # failures, error
    INVALIDATED = "invalidated"  # backup
    FAILING = "failing"  # retry_at, failures, error, message, daily (true: only once a day, it asks for a person)
    RUNNING = "running"  # started
    WAITING_FOR_ORIGIN = "waiting-for-origin"  # origin
    ORIGIN_UNREACHABLE = "origin-unreachable"  # origin, since?
    NEW_COPY = "new-copy"  # origin, slot, older (how many older ones come along)
    # Redundancy:
    ENOUGH_COPIES = "enough-copies"  # copies, media, offsite
    COPIES_INITIAL = "copies-initial"  # copies, minimum, media, media_wanted, offsite, offsite_wanted
    TOO_FEW_COPIES = "too-few-copies"  # the same
    COPIES_UNKNOWN = "copies-unknown"  # the same
    COPIES_UNATTAINABLE = "copies-unattainable"  # the same
    # Retention (mark and forget too):
    RETAINED = "retained"  # kept, marked
    EXPIRED = "expired"  # count
    GRACE_OVER = "grace-over"  # count
    LAPSED = "lapsed"  # count
    WAITING_FOR_COPY = "waiting-for-copy"  # repository, count, until
    COPY_LAG_EXCEEDED = "copy-lag-exceeded"  # repository, count
    OVERDUE = "overdue"  # count
    NOBODY_FORGETS = "nobody-forgets"  # keeper
    KEEPER_ELSEWHERE = "keeper-elsewhere"  # keeper
    ORPHANED = "orphaned"  # count
    DECOMMISSIONED = "decommissioned"  # last, count
    # Integrity:
    CHECKED = "checked"  # checked_at
    NOTHING_TO_CHECK = "nothing-to-check"
    NEVER_CHECKED = "never-checked"  # first
    CHECK_DUE = "check-due"  # checked_at
    CHECK_OVERDUE = "check-overdue"  # checked_at?
    UNSOUND = "unsound"  # checked_at, message
    # Capacity:
    ROOM = "room"  # free, total
    LOW = "low"  # free, total, below
    CRITICAL = "critical"  # free, total, below
    UNMEASURABLE = "unmeasurable"
    # Runbook:
    PAGE_CURRENT = "page-current"  # rendered_at
    PAGE_MISSING = "page-missing"
    PAGE_OUTDATED = "page-outdated"  # rendered_at
    PAGE_DAILY = "page-daily"  # rendered_at
    PAGE_OLD = "page-old"  # rendered_at
    # Request:
    DONE = "done"  # backup
    ASKED = "asked"  # by
    REQUESTED = "requested"  # request
    REQUEST_NOT_COUNTED = "request-not-counted"  # backup
    # Repository:
    READY = "ready"
    NEVER_SEEN = "never-seen"  # like?
    WAITING_FOR_KEEPER = "waiting-for-keeper"  # keeper?
    JOURNAL_LOST = "journal-lost"
    MISSING = "missing"  # pinned?
    CHANGED = "changed"  # pinned?, seen?
    UNREACHABLE = "unreachable"  # error?, message?
    REFUSED = "refused"  # error?, message?
    DAMAGED = "damaged"  # ids
    VANISHED = "vanished"  # ids
    SPACE_TO_RECLAIM = "space-to-reclaim"  # forgotten
    # Applied:
    APPLIED = "applied"  # revision
    NOT_YET_APPLIED = "not-yet-applied"  # head?, applied?
    POLICY_PROBLEM = "policy-problem"  # error, problem, head?, applied?
    WAITING_FOR_APPROVAL = "waiting-for-approval"  # blocks, applied?
    UNREAD = "unread"  # paths
