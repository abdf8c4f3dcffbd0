"""Tables of the projection, column for column the rows of rows.py."""

from __future__ import annotations

from sqlalchemy import BigInteger, Boolean, Column, Float, Index, Integer, String, Table, Text, text

from reconciler.catalog.columns import DayText, UtcTime, Word, Words
from reconciler.catalog.listings.tables import METADATA
from reconciler.observed.attempts import Outcome, Verb
from reconciler.observed.backup import Verdict

ATTEMPTS = Table(
    "attempts",
    METADATA,
    Column("id", String(64), primary_key=True),
    Column("seq", Integer, nullable=False),
    Column("verb", Word(Verb), nullable=False),
    Column("repository", String(63), nullable=False),
    Column("asset", String(63)),
    Column("started", UtcTime, nullable=False),
    Column("slot", UtcTime),
    Column("request", String(63)),
    Column("keep_until", DayText),
    Column("ended", UtcTime),
    Column("outcome", Word(Outcome)),
    Column("code", String(64), nullable=False),
    Column("message", Text, nullable=False),
    Column("retry", Boolean, nullable=False),
    Column("backup", String(64)),
    Column("files", BigInteger),
    Column("size", BigInteger),
    Column("added", BigInteger),
    Column("seconds", Float),
    Index("attempts_by_asset", "asset", "seq"),
    Index("attempts_by_repository", "repository", "seq"),
    Index("attempts_by_request", "request"),
    Index("attempts_by_end", "ended"),
    Index("attempts_by_keeping", "keep_until", sqlite_where=text("keep_until IS NOT NULL")),
)

VERDICTS = Table(
    "verdicts",
    METADATA,
    Column("lineage", String(64), primary_key=True),
    Column("seq", Integer, nullable=False),
    Column("asset", String(63), nullable=False),
    Column("verdict", Word(Verdict), nullable=False),
    Column("suspicious", Boolean, nullable=False),
    Column("size", BigInteger),
    Column("files", BigInteger),
    Column("unreadable", Words, nullable=False),
    # All that facts read of them, so that the verdicts of an asset lie side by side.
    Index("verdicts_by_asset", "asset", "lineage", "verdict", "suspicious", "size", "files"),
)

ACCEPTED = Table(
    "accepted",
    METADATA,
    Column("asset", String(63), primary_key=True),
    Column("lineage", String(64), primary_key=True),
    Column("at", UtcTime, nullable=False),
)

PLACEMENTS = Table(
    "placements",
    METADATA,
    Column("asset", String(63), primary_key=True),
    Column("repository", String(63), primary_key=True),
    Column("wanted_since", UtcTime),
    Column("credit", Integer, nullable=False),
    Column("last", String(64)),
    Column("failures", Integer, nullable=False),
    Column("failing_since", UtcTime),
    Column("begun", UtcTime),
    Column("succeeded", UtcTime),
    Column("read_all", UtcTime),
    Column("block", String(64)),
    Column("changed_at", UtcTime),
    Column("recent", Text, nullable=False),
    Index("placements_by_repository", "repository"),
)

WORKS = Table(
    "works",
    METADATA,
    Column("repository", String(63), primary_key=True),
    Column("verb", Word(Verb), primary_key=True),
    Column("last", String(64), nullable=False),
    Column("failures", Integer, nullable=False),
    Column("failing_since", UtcTime),
    Column("done_at", UtcTime),
    Column("done_seq", Integer, nullable=False),
    Column("sound", Boolean, nullable=False),
    Column("message", Text, nullable=False),
)

MARKS = Table(
    "marks",
    METADATA,
    Column("repository", String(63), primary_key=True),
    Column("backup", String(64), primary_key=True),
    Column("asset", String(63), nullable=False),
    Column("marked_at", UtcTime, nullable=False),
    Column("why", Text, nullable=False),
    Column("charged", Boolean, nullable=False),
    Column("approval", String(64)),
    Index("marks_by_asset", "asset", "repository"),
)

GONE = Table(
    "gone",
    METADATA,
    Column("repository", String(63), primary_key=True),
    Column("backup", String(64), primary_key=True),
    Column("intended_at", UtcTime),
    Column("forgotten_seq", Integer),
    Column("vanished_at", UtcTime),
    Column("accepted_at", UtcTime),
    Index("gone_by_vanishing", "repository", "vanished_at"),
    Index("gone_by_forgetting", "repository", "forgotten_seq"),
)

EVIDENCE = Table(
    "evidence",
    METADATA,
    Column("repository", String(63), primary_key=True),
    Column("backup", String(64), primary_key=True),
    Column("restored_at", UtcTime),
    Column("invalidated_at", UtcTime),
    Column("why", Text, nullable=False),
)

PINS = Table(
    "pins",
    METADATA,
    Column("repository", String(63), primary_key=True),
    Column("engine_id", String(64), nullable=False),
    Column("at", UtcTime, nullable=False),
    Column("how", String(32), nullable=False),
)

LINES = Table(
    "lines",
    METADATA,
    Column("line", Text, primary_key=True),
    Column("checksum", String(64), nullable=False),
    Column("approved_at", UtcTime),
    Column("consumed_at", UtcTime),
    Index("lines_by_consumption", "consumed_at"),
)

ALERTED = Table(
    "alerted",
    METADATA,
    Column("alert", String(63), primary_key=True),
    Column("key", Text, primary_key=True),
    Column("event", String(64), nullable=False),
    Column("at", UtcTime, nullable=False),
    Column("delivered", Boolean, nullable=False),
    Column("error", Text, nullable=False),
    Column("failures", Integer, nullable=False),
    Column("told_since", UtcTime),
    Column("told_at", UtcTime),
)

JOURNAL = Table(
    "journal",
    METADATA,
    Column("id", Integer, primary_key=True),
    Column("how", String(16)),
    Column("newest", UtcTime),
    Column("clock_accepted_at", UtcTime),
    Column("policy_seq", Integer),
    Column("policy_revision", String(64)),
    Column("policy_at", UtcTime),
)

PROJECTED = (
    ATTEMPTS,
    VERDICTS,
    ACCEPTED,
    PLACEMENTS,
    WORKS,
    MARKS,
    GONE,
    EVIDENCE,
    PINS,
    LINES,
    ALERTED,
    JOURNAL,
)
