"""The policy source as the loop sees it: fetch, the newest revision, and the files of any revision."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from pathlib import Path

from reconciler.errors import PolicySourceError
from reconciler.gitops.explain import PolicyUnverified, last_line
from reconciler.gitops.mirror import Mirror, MirrorDamaged
from reconciler.gitops.revision import (
    MAXIMUM_BYTES,
    MAXIMUM_FILES,
    PolicyFiles,
    Revision,
    Tree,
    is_revision_id,
    parse_contents,
    parse_tree,
)
from reconciler.kit.clock import Clock
from reconciler.policy.documents import PolicyFile
from reconciler.settings import PolicySettings, check_branch

_FORMAT = "%H%x00%ct%x00%an <%ae>%x00%s"
_EXPRESSION = re.compile(r"[^-\x00-\x20\x7f:][^\x00-\x1f\x7f:]{0,199}")


class PolicySource:
    """A branch and folder of a git repository, through a bare mirror in the state folder.

    Every method raises PolicySourceError in one line when git cannot do it; nothing is ever checked out.
    """

    def __init__(
        self,
        settings: PolicySettings,
        state: Path,
        clock: Clock,
        environment: Mapping[str, str] | None = None,
    ) -> None:
        self.settings = settings
        self.mirror = Mirror(settings, state, clock, os.environ if environment is None else environment)
        self._head: tuple[object, Revision] | None = None

    def fetch(self) -> None:
        """Bring the mirror up to date; when that fails, what was fetched before stays readable."""
        self.mirror.fetch()

    def head(self) -> Revision:
        """The newest revision fetched. Raises PolicyUnverified if its signature is demanded and missing."""
        tip, signers = self.mirror.tip, self._signers()
        if tip and self._head and self._head[0] == (tip, signers):
            return self._head[1]
        found = self.mirror.healed(lambda: self._verified(self._revision(self.mirror.branch)))
        self._head = (found.id, signers), found
        return found

    def head_id(self) -> str:
        """The full id of the head; git is asked for it only where the mirror's files do not tell, or to verify it."""
        tip = self.mirror.tip if self.settings.verify == "none" else None
        return tip or self.head().id

    def revision(self, revision: str) -> Revision:
        """A revision that the mirror holds, by its full id."""
        _refuse_odd_id(revision)
        return self.mirror.healed(lambda: self._revision(revision))

    def tree(self, revision: str) -> Tree:
        """The policy files of a revision, by path relative to the policy's folder, unread."""
        _refuse_odd_id(revision)
        return self.mirror.healed(lambda: self._tree(revision))

    def contents(self, blobs: Iterable[str]) -> dict[str, bytes]:
        """The contents of many blobs by id, read by one process."""
        wanted = list(dict.fromkeys(blobs))
        for blob in wanted:
            _refuse_odd_id(blob)
        return self.mirror.healed(lambda: self._contents(wanted)) if wanted else {}

    def files(self, revision: str) -> PolicyFiles:
        """The policy files of a revision, read."""
        tree = self.tree(revision)
        contents = self.contents(blob.id for blob in tree.blobs.values())
        read = (PolicyFile(path, contents[blob.id], blob.id) for path, blob in tree.blobs.items())
        return PolicyFiles(tuple(read), tree.skipped)

    def is_ancestor(self, old: str, new: str) -> bool:
        """Whether ``new`` was made on top of ``old``; False after a force-push, or if either is unknown."""
        for revision in (old, new):
            _refuse_odd_id(revision)
        return self.mirror.read("merge-base", "--is-ancestor", old, new).status == 0

    def diff_base(self, expression: str) -> str:
        """The full id of what a person names: an id, a branch, ``main~3``; fetched if the mirror lacks it."""
        if not _EXPRESSION.fullmatch(expression):
            raise PolicySourceError(
                f"{expression!r} names no revision", remedy="name a branch, an id, or one like main~1"
            )
        found = self._resolve_here(expression) or self._resolve_there(expression)
        if found is None:
            raise PolicySourceError(
                f"the policy source {self.settings.url} has no revision {expression}",
                remedy="name a branch or an id that it has",
            )
        return found

    def _resolve_here(self, expression: str) -> str | None:
        answer = self.mirror.read(*_parse_revision(expression))
        return answer.text if answer.status == 0 and is_revision_id(answer.text) else None

    def _resolve_there(self, expression: str) -> str | None:
        """A local source is asked what the expression means; a remote can only be asked for a branch."""
        if self.mirror.source:
            named = self.mirror.git(self.mirror.source).run(*_parse_revision(expression)).text
            if not is_revision_id(named):
                return None
        else:
            try:
                named = f"refs/heads/{check_branch(expression)}"
            except ValueError:
                return None
        kept = "refs/bases/" + (named if is_revision_id(named) else expression)
        with self.mirror.lane("fetch a revision"):
            answer = self.mirror.fetch_into(self.mirror.folder, f"+{named}:{kept}")
        return self._resolve_here(kept) if answer.status == 0 else None

    def _revision(self, name: str) -> Revision:
        answer = self.mirror.read("log", "-1", "--encoding=UTF-8", f"--format={_FORMAT}", name, "--")
        if answer.status:
            raise MirrorDamaged(answer.complaint)
        try:
            found, seconds, author, subject = answer.text.split("\0")
            return Revision(found, datetime.fromtimestamp(int(seconds), UTC), author, subject)
        except (ValueError, OverflowError, OSError):
            raise MirrorDamaged(f"revision {name} cannot be read") from None

    def _signers(self) -> bytes | None:
        """Whose signatures count; None when none is demanded, or when their file cannot be read."""
        named = self.settings.allowed_signers
        if self.settings.verify == "none" or named is None:
            return None
        try:
            return Path(named).read_bytes()
        except OSError:
            return None

    def _verified(self, revision: Revision) -> Revision:
        """git says "Good signature" of unknown signers too: only its exit code counts."""
        signers = self.settings.allowed_signers
        if self.settings.verify == "none" or signers is None:
            return revision
        if not Path(signers).is_file():
            raise PolicyUnverified(f"there is no file {signers}", remedy="correct policy.allowedSigners")
        options = {"gpg.ssh.allowedSignersFile": signers, "gpg.ssh.program": "ssh-keygen"}
        answer = self.mirror.read("verify-commit", revision.id, options=options)
        if answer.status:
            raise PolicyUnverified(
                f"revision {revision.id[:12]} by {revision.author} is not signed by an allowed signer"
                f" ({last_line(answer.complaint)})",
                remedy=f"sign it with a key of {signers}; the enforced policy stays until then",
            )
        signer = self.mirror.read("log", "-1", "--format=%GS", revision.id, "--", options=options).text
        return Revision(revision.id, revision.committed_at, revision.author, revision.subject, signer)

    def _tree(self, revision: str) -> Tree:
        folder = self.settings.folder
        place = revision if folder == "." else f"{revision}:{folder}"
        answer = self.mirror.read("ls-tree", "-r", "-z", "-l", "--full-tree", place)
        if answer.status:
            if folder != "." and self.mirror.read("cat-file", "-e", f"{revision}^{{tree}}").status == 0:
                raise PolicySourceError(
                    f"revision {revision[:12]} has no folder {folder}",
                    remedy="correct policy.folder, or commit the policy there",
                )
            raise MirrorDamaged(answer.complaint)
        tree = parse_tree(answer.output)
        size = sum(blob.size for blob in tree.blobs.values())
        if len(tree.blobs) > MAXIMUM_FILES or size > MAXIMUM_BYTES:
            raise PolicySourceError(
                f"revision {revision[:12]} holds {len(tree.blobs)} policy files of {size} bytes: too many",
                remedy="name the policy's own folder with policy.folder",
            )
        return tree

    def _contents(self, blobs: list[str]) -> dict[str, bytes]:
        answer = self.mirror.read("cat-file", "--batch", "--buffer", given="\n".join(blobs).encode() + b"\n")
        try:
            found = parse_contents(answer.output)
        except (KeyError, ValueError) as damage:
            raise MirrorDamaged(answer.complaint or f"object {damage.args[0]} is missing") from None
        if answer.status or len(found) != len(blobs):
            raise MirrorDamaged(answer.complaint)
        return found


def _parse_revision(expression: str) -> tuple[str, ...]:
    return "rev-parse", "--verify", "--quiet", "--end-of-options", f"{expression}^{{commit}}"


def _refuse_odd_id(value: str) -> None:
    if not is_revision_id(value):
        raise PolicySourceError(f"{value[:80]!r} is no full id of a revision", remedy="name all of it")
