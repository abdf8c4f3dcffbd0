"""The loop's log: a line when a pass did something or something changed, in words or as JSON."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import TextIO

from reconciler.errors import ReconcilerError
from reconciler.operations.passing import PassResult
from reconciler.units.instants import format_instant
from reconciler.views.plan_text import summary
from reconciler.views.plurals import counted
from reconciler.views.status import headline


class Narrator:
    """Writes each state once: a quiet loop has a quiet log."""

    def __init__(self, stream: TextIO, *, as_json: bool) -> None:
        self._stream = stream
        self._as_json = as_json
        self._last = ""

    def passed(self, result: PassResult) -> None:
        """A pass ended."""
        for notice in result.notices:
            self.say("notice", notice, "warning")
        if result.plan is None:
            self._once("waiting", f"no policy is enforced: {result.state.facts.problem}", "warning")
            return
        line = headline(result.plan.assessments, result.state.facts)
        if result.done:
            line = (
                f"{counted(len(result.done), 'action')}, {len(result.failures)} failed. {summary(result.plan)} {line}"
            )
        self._once("pass", line, "warning" if result.failures or result.state.facts.problem else "info")

    def troubled(self, error: ReconcilerError) -> None:
        """A pass failed as a whole."""
        self._once("trouble", str(error), "error")

    def say(self, event: str, line: str, level: str = "info") -> None:
        """One line."""
        now = format_instant(datetime.now(UTC).replace(microsecond=0))
        if self._as_json:
            found = {"time": now, "level": level, "event": event, "message": line}
            self._stream.write(json.dumps(found, ensure_ascii=False) + "\n")
        else:
            self._stream.write(f"{now} {event}: {line}\n")
        self._stream.flush()

    def _once(self, event: str, line: str, level: str) -> None:
        if line != self._last:
            self.say(event, line, level)
        self._last = line
