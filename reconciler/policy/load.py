"""From the files of a policy source to the resolved policy, or to every problem that stands in its way."""

from __future__ import annotations

import gc
import re
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import date

from reconciler.policy.cache import PolicyCache
from reconciler.policy.checks.every import cross_checks
from reconciler.policy.checks.reading import Reading
from reconciler.policy.documents import Loaded, Place, PolicyFile, Problem, Severity, Skipped
from reconciler.policy.read import read_file
from reconciler.policy.resolve import resolve
from reconciler.policy.yamltext.characters import hidden_in
from reconciler.policy.yamltext.compose import shown

MOST_FILES = 100_000
MOST_BYTES = 128 * 1024 * 1024
UNREAD = "unread"
"""The rule of what is not read and is not called like a policy file."""
_ENDINGS = (".yaml", ".yml")
_WHOLE = Place(".")


def load_policy(
    files: Iterable[PolicyFile],
    *,
    today: date,
    local_host: str,
    cache: PolicyCache | None = None,
    skipped: Iterable[Skipped] = (),
) -> Loaded:
    """Read, check and resolve. ``today`` (in the policy's days) is what expiries are held against.

    Never raises on any content. With a ``cache``, unchanged files are neither read nor resolved again.
    ``skipped`` is what the source left out: whoever wrote it believes it to be in force.
    """
    gathered, left_out = _gather(files), tuple(sorted(skipped))
    if gathered.refused:
        return Loaded(None, (gathered.refused,), skipped=left_out)
    with _without_collector():
        readings = [read_file(file, cache.readings if cache else None) for file in gathered.files]
        reading = Reading.of(readings)
        problems = [*gathered.problems, *map(_unread, left_out), *(p for r in readings for p in r.problems)]
        policy = resolve(reading.documents, local_host, cache) if reading.of_kind("Policy") else None
        problems += cross_checks(reading, policy, today, cache.checked if cache else None)
    loaded = Loaded(policy, tuple(sorted(set(problems))), reading.documents, left_out)
    return replace(loaded, policy=None) if loaded.errors else loaded


@contextmanager
def _without_collector() -> Iterator[None]:
    """Ten thousand files make a million objects and no cycle: looking for some took half of the time."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            # Together these two make all of it old without looking at it; the next full collection still does.
            gc.freeze()
            gc.unfreeze()
            gc.enable()


def is_policy_file(path: str) -> bool:
    """Whether a path is read: YAML, in no hidden folder and not hidden itself."""
    if not path.lower().endswith(_ENDINGS):
        return False
    dotted = path[:1] == "." or "/." in path
    return not (dotted and any(part.startswith(".") and part not in (".", "..") for part in path.split("/")))


@dataclass(frozen=True, slots=True)
class _Gathered:
    files: tuple[PolicyFile, ...] = ()
    problems: tuple[Problem, ...] = ()
    refused: Problem | None = None


def _gather(files: Iterable[PolicyFile]) -> _Gathered:
    """The files to read, by path; stopped as soon as there are too many, whatever they hold."""
    chosen: list[PolicyFile] = []
    problems: list[Problem] = []
    size = 0
    for file in files:
        if not is_policy_file(file.path):
            continue
        if not _is_plain(file.path):
            message = "a policy file's path must be plain: no '..', no leading dash or slash, nothing hidden"
            problems.append(Problem(Place(shown(file.path, 200)), "file-path", message))
            continue
        chosen.append(file)
        size += len(file.content)
        if len(chosen) > MOST_FILES or size > MOST_BYTES:
            message = f"the policy has more than {MOST_FILES} files or {MOST_BYTES >> 20} MiB"
            return _Gathered(refused=Problem(_WHOLE, "policy-too-large", message))
    return _Gathered(tuple(sorted(chosen, key=lambda file: file.path)), tuple(problems))


def _unread(skipped: Skipped) -> Problem:
    """What is called like a policy file is one that protects nothing; anything else might hold some."""
    place = Place(shown(skipped.path, 200))
    if is_policy_file(skipped.path):
        message = f"{skipped.why}, so nothing in it is protected: a plain file of at most 1 MiB, plainly named, is read"
        return Problem(place, "file-unread", message)
    message = f"{skipped.why}: policy files in it would protect nothing"
    return Problem(place, UNREAD, message, Severity.WARNING)


_PART = re.compile(r"(?!-)(?!\.\.?$).+")


def _is_plain(path: str) -> bool:
    return not hidden_in(path) and "\n" not in path and all(map(_PART.fullmatch, path.split("/")))
