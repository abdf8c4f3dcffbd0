"""The first commit of a new policy repository."""

from __future__ import annotations

from pathlib import Path

from git import Actor, GitCommandError, Repo

from reconciler.errors import PolicySourceError

AUTHOR = Actor("reconciler init", "reconciler@localhost")


def first_commit(folder: Path, message: str) -> str:
    """Make ``folder`` a git repository on branch main that holds all its files; gives the revision."""
    try:
        with Repo.init(folder, initial_branch="main") as repository:
            files = [
                str(f.relative_to(folder)) for f in sorted(folder.rglob("*")) if f.is_file() and ".git" not in f.parts
            ]
            repository.index.add(files)
            return str(repository.index.commit(message, author=AUTHOR, committer=AUTHOR, skip_hooks=True).hexsha)
    except (GitCommandError, OSError) as error:
        raise PolicySourceError(
            f"{folder} cannot become a git repository ({error})", remedy="is git installed?"
        ) from None
