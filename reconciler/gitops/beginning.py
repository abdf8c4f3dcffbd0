"""The first commit of a new policy repository, by the same hardened git that reads it later."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path

from reconciler.errors import PolicySourceError
from reconciler.gitops.command import GitCommand
from reconciler.gitops.explain import last_line

BRANCH = "main"
_NOBODY = ("reconciler init", "reconciler@localhost")
_NO_CONFIGURATION = Path("/dev/null")


def first_commit(folder: Path, message: str, environment: Mapping[str, str]) -> str:
    """Make ``folder`` a git repository whose branch main holds all its files; gives the revision.

    The author is whom the user's own git would name. Raises PolicySourceError, ToolMissing.
    """
    git = GitCommand(folder, _NO_CONFIGURATION)
    name, email = _author(git, environment)
    who = {"user.name": name, "user.email": email}
    _run(git, "init", "--quiet", "--template=", f"--initial-branch={BRANCH}", ".")
    _run(git, "add", "--all", "--", ".")
    _run(git, "commit", "--quiet", "--no-verify", "--message", message, options=who)
    return _run(git, "rev-parse", "HEAD")


def use_hooks(folder: Path, hooks: str) -> None:
    """Let git run the hooks in a folder of the repository itself."""
    _run(GitCommand(folder, _NO_CONFIGURATION), "config", "--local", "core.hooksPath", hooks)


def _author(git: GitCommand, environment: Mapping[str, str]) -> tuple[str, str]:
    """From git's variables or the user's configuration; both or neither, so that no half-made address appears."""
    name = environment.get("GIT_AUTHOR_NAME") or _configured(git, environment, "user.name")
    email = environment.get("GIT_AUTHOR_EMAIL") or _configured(git, environment, "user.email")
    return (name, email) if name and email else _NOBODY


def _configured(git: GitCommand, environment: Mapping[str, str], key: str) -> str:
    answers = (git.run("config", "--file", str(file), "--includes", "--get", key) for file in _files(environment))
    return next((answer.text for answer in answers if answer.status == 0 and answer.text), "")


def _files(environment: Mapping[str, str]) -> Iterator[Path]:
    """Where git looks for a user's configuration, the one that counts first."""
    if named := environment.get("GIT_CONFIG_GLOBAL"):
        yield Path(named)
        return
    if home := environment.get("HOME"):
        yield Path(home) / ".gitconfig"
        yield Path(environment.get("XDG_CONFIG_HOME") or f"{home}/.config") / "git" / "config"


def _run(git: GitCommand, *arguments: str, options: Mapping[str, str] | None = None) -> str:
    answer = git.run(*arguments, options=options)
    if answer.status:
        raise PolicySourceError(
            f"{git.folder} cannot become a git repository: git {arguments[0]}: {last_line(answer.complaint)}",
            remedy="mend that, remove the folder that was begun, and run init again",
        )
    return answer.text
