"""Wakes the loop when a local policy source changes; polling stays beside it, since not every disk tells."""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from types import TracebackType
from typing import Self

from watchfiles import Change, watch

from reconciler.gitops.place import git_folders, local_path

_REFS = ("HEAD", "packed-refs", "refs", "reftable")
_STEP_MS = 50
_BURST_MS = 250
_LOOK_AGAIN_MS = 2_000


def watched_paths(url: str) -> tuple[Path, ...]:
    """The folders whose refs move when somebody commits; none for a remote."""
    path = local_path(url)
    return git_folders(path) if path and path.is_dir() else ()


class SourceWatcher:
    """Sets ``changed`` within a second of a commit, until ``stop`` is set; use it as a context.

    ``paths`` are git folders (``watched_paths``), of which only the refs matter, or plain folders. Where
    nothing can be watched, ``problem`` says why and the polling interval does the work alone.
    """

    def __init__(self, paths: Sequence[Path], changed: threading.Event, stop: threading.Event) -> None:
        self._paths = tuple(paths)
        self._changed = changed
        self._stop = stop
        self._left = threading.Event()
        self._thread = threading.Thread(target=self._run, name="policy-watcher", daemon=True)
        self.problem = ""

    def __enter__(self) -> Self:
        if self._paths:
            self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._left.set()
        if self._paths:
            self._thread.join()

    def is_set(self) -> bool:
        """Whether to stop watching; watchfiles asks this of its ``stop_event``."""
        return self._stop.is_set() or self._left.is_set()

    def _run(self) -> None:
        while not self.is_set():
            try:
                self._watch()
            except (OSError, RuntimeError) as error:  # a limit of inotify, or a folder that is gone
                self.problem = f"the policy source is not watched: {error}"
                self._left.wait(_LOOK_AGAIN_MS / 1000)

    def _watch(self) -> None:
        """Watch until told to stop, or until a folder was removed or replaced, which inotify does not tell."""
        with ExitStack() as held:
            folders = [held.enter_context(_opened(path)) for path in self._paths]
            self.problem = ""
            for changes in watch(
                *self._paths,
                watch_filter=self._matters,
                debounce=_BURST_MS,
                step=_STEP_MS,
                rust_timeout=_LOOK_AGAIN_MS,
                yield_on_timeout=True,
                stop_event=self,
                raise_interrupt=False,
                ignore_permission_denied=True,
            ):
                replaced = not all(map(_is_still_there, self._paths, folders))
                if changes or replaced:
                    self._changed.set()
                if replaced:
                    return

    def _matters(self, _change: Change, changed: str) -> bool:
        return any(_concerns_refs(folder, Path(changed)) for folder in self._paths)


@contextmanager
def _opened(folder: Path) -> Iterator[int]:
    """Hold a folder open, so that its inode number is given to no other while we compare."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        yield descriptor
    finally:
        os.close(descriptor)


def _is_still_there(folder: Path, descriptor: int) -> bool:
    try:
        return os.path.samestat(folder.stat(), os.fstat(descriptor))
    except OSError:
        return False


def _concerns_refs(folder: Path, changed: Path) -> bool:
    if not changed.is_relative_to(folder) or changed.suffix == ".lock":
        return False
    if not (folder / "HEAD").is_file():
        return True
    return bool(set(changed.relative_to(folder).parts[:1]) & set(_REFS))
