"""What attempts add up to: the last of each kind, failures in a row, what is usual, verdicts."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import datetime

from reconciler.catalog.projection.books import Books
from reconciler.catalog.projection.rows import AttemptRow, VerdictRow, WorkRow
from reconciler.catalog.values import Recorded
from reconciler.observed.attempts import Outcome, Verb
from reconciler.observed.entries import AttemptBegan, AttemptEnded
from reconciler.observed.project import UNSOUND, Sample, Streak, remember

_LANDING = frozenset({Verb.BACKUP, Verb.COPY})
"""Verbs that land a backup of an asset in a repository."""


def begin(books: Books, recorded: Recorded[AttemptBegan]) -> None:
    """An attempt begins: it is the last of its kind from now on."""
    entry = recorded.entry
    row = AttemptRow(
        id=entry.attempt,
        seq=recorded.seq,
        verb=entry.verb,
        repository=entry.repository,
        asset=entry.asset,
        started=recorded.at,
        slot=entry.slot,
        request=entry.request,
        keep_until=entry.keep_until,
    )
    books.attempts.put(row)
    _note_last(books, row)


def end(books: Books, recorded: Recorded[AttemptEnded]) -> None:
    """An attempt ends, also one whose beginning is not known (an older copy of the journal)."""
    entry = recorded.entry
    begun = books.attempts.get(entry.attempt) or AttemptRow(
        entry.attempt, recorded.seq, entry.verb, entry.repository, entry.asset, recorded.at
    )
    row = replace(
        begun,
        request=begun.request or entry.request,
        ended=recorded.at,
        outcome=entry.outcome,
        code=entry.code,
        message=entry.message,
        retry=entry.retry,
        backup=entry.backup,
        files=entry.files,
        size=entry.size,
        added=entry.added,
        seconds=entry.seconds,
    )
    books.attempts.put(row)
    _judge(books, recorded)
    _note_end(books, row, read_all=entry.read_all)


def samples(text: str) -> tuple[Sample, ...]:
    """The remembered successes, from the form in which a row holds them."""
    return tuple(Sample(seconds, size) for seconds, size in json.loads(text))


def _judge(books: Books, recorded: Recorded[AttemptEnded]) -> None:
    """Keep the verdict, which is given once: a second one for the same backup changes nothing."""
    entry = recorded.entry
    if entry.verb is not Verb.BACKUP or entry.verdict is None or entry.backup is None or entry.asset is None:
        return
    if books.verdicts.get(entry.backup) is None:
        books.verdicts.put(
            VerdictRow(
                lineage=entry.backup,
                seq=recorded.seq,
                asset=entry.asset,
                verdict=entry.verdict,
                suspicious=entry.suspicious,
                size=entry.size,
                files=entry.files,
                unreadable=entry.unreadable,
            )
        )


def _note_last(books: Books, row: AttemptRow) -> None:
    if row.asset is not None and row.verb in _LANDING:
        placement = books.placement(row.asset, row.repository)
        books.placements.put(replace(placement, last=row.id, begun=placement.begun or row.started))
    work = books.works.get(row.repository, row.verb) or WorkRow(row.repository, row.verb, row.id)
    books.works.put(replace(work, last=row.id))


def _note_end(books: Books, row: AttemptRow, *, read_all: bool) -> None:
    outcome, ended = row.outcome or Outcome.ABANDONED, row.ended or row.started
    if row.asset is not None and row.verb in _LANDING:
        _note_landing(books, row, outcome, ended, read_all=read_all)
    work = books.works.get(row.repository, row.verb) or WorkRow(row.repository, row.verb, row.id)
    streak = Streak(work.failures, work.failing_since).after(outcome, ended)
    work = replace(work, failures=streak.failures, failing_since=streak.since)
    if outcome is Outcome.SUCCEEDED or row.code == UNSOUND:
        sound = row.code != UNSOUND
        work = replace(work, done_at=ended, done_seq=row.seq, sound=sound, message=row.message)
    books.works.put(work)


def _note_landing(books: Books, row: AttemptRow, outcome: Outcome, ended: datetime, *, read_all: bool) -> None:
    placement = books.placement(row.asset or "", row.repository)
    streak = Streak(placement.failures, placement.failing_since).after(outcome, ended)
    placement = replace(placement, failures=streak.failures, failing_since=streak.since)
    if outcome is Outcome.SUCCEEDED:
        recent = remember(samples(placement.recent), Sample(row.seconds, row.size))
        placement = replace(
            placement,
            succeeded=ended,
            read_all=row.started if read_all else placement.read_all,
            recent=json.dumps([[sample.seconds, sample.size] for sample in recent]),
        )
    books.placements.put(placement)
