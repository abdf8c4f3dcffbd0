"""Source ``files``: paths of this host, read in place."""

from __future__ import annotations

import stat
from pathlib import Path

from reconciler.errors import SourceMissing, SourceUnsupported
from reconciler.kinds.capture import PathsCapture
from reconciler.kinds.files import FilesSource
from reconciler.kinds.source import Source as SourceSettings


class Files:
    """Implements ``reconciler.sources.protocol.Source``."""

    def check(self, settings: SourceSettings) -> None:
        """Every path is there: restic exits 0 when one is missing beside a good one."""
        for path in _files(settings).include:
            _look_at(Path(path))

    def capture(self, settings: SourceSettings, *, read_all: bool = False) -> PathsCapture:
        files = _files(settings)
        return PathsCapture(
            paths=files.include,
            exclude=files.exclude,
            exclude_if_present=files.exclude_if_present,
            exclude_caches=files.exclude_caches,
            exclude_larger_than=files.exclude_larger_than,
            one_file_system=files.one_file_system,
            read_all=read_all,
        )


def _files(settings: SourceSettings) -> FilesSource:
    if settings.files is None:
        raise SourceUnsupported(f"a source of kind {settings.kind} is not captured as files")
    return settings.files


def _look_at(path: Path) -> None:
    try:
        found = path.lstat()
        if stat.S_ISLNK(found.st_mode) and path.is_dir():
            raise SourceMissing(
                f"{path} is a link: the link alone would be kept, not the folder that it names",
                remedy=f"include {path.resolve()} instead",
            )
    except OSError as error:
        raise SourceMissing(
            f"{path} is not there ({error.strerror})",
            remedy="bring it back, mount it, or take it out of the policy",
        ) from None
