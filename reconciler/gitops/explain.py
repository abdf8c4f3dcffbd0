"""From git's complaints to one line that says what happened and what to do."""

from __future__ import annotations

import re

from reconciler.errors import Next, PolicySourceError

_KNOWN = (
    (
        r"dubious ownership",
        "{url} belongs to another user, and git refuses it",
        "run the reconciler as its owner, or give the folder to the user who runs it",
    ),
    (
        r"Permission denied|Authentication failed|could not read (Username|Password)|error: 40[13]\b"
        r"|terminal prompts disabled|invalid credentials|HTTP Basic: Access denied",
        "{url} refuses us ({said})",
        "give access: policy.identityFile for ssh, policy.tokenFrom for https",
    ),
    (
        r"Host key verification failed|No .* host key is known",
        "the host key of {url} is not known ({said})",
        "check the key, then add it to the file that policy.knownHostsFile names (ssh-keyscan shows it)",
    ),
    (
        r"shallow",
        "{url} is a shallow clone: its history is missing",
        "run git fetch --unshallow there",
    ),
    (
        r"transport '.*' not allowed",
        "git may not use that protocol for {url}",
        "write policy.url as an absolute path, https://… or ssh://…",
    ),
    (
        r"fsck error|: (error|fatal) in (tree|commit|blob)|malformed|badTree|badDate|hasDotgit|unterminatedHeader",
        "{url} holds an object that git's checks refuse ({said})",
        "run git fsck there and remove what it names",
    ),
    (
        r"[Cc]ould not resolve host|Couldn't resolve|Connection (refused|reset|timed out|closed)"
        r"|timed out|Network is unreachable|No route to host|Could not connect|Failed to connect"
        r"|unable to access|hung up|early EOF|Timeout: the command|Operation too slow|kex_exchange",
        "{url} does not answer ({said})",
        "check the network and policy.url; the next pass tries again",
    ),
    (
        r"not appear to be a git repo|not a git repo|repository .*not found",
        "there is no git repository at {url}",
        "correct policy.url, or make one there: git init",
    ),
    (
        r"mismatched algorithms|unsupported hash|unknown repository extension",
        "{url} uses a kind of git repository that cannot be mirrored ({said})",
        "use a repository of git's usual (SHA-1) object format",
    ),
)
_BRANCH_MISSING = re.compile(r"couldn't find remote ref|no such ref was fetched")


class PolicyUnverified(PolicySourceError):
    """The newest revision carries no signature of an allowed signer; the enforced policy stays."""

    code = "policy-unverified"
    next = Next.ASK


def explained(complaint: str, url: str) -> PolicySourceError | None:
    """The error for a complaint that names a cause outside our mirror, or None."""
    for pattern, what, remedy in _KNOWN:
        if found := re.search(pattern, complaint):
            said = _tidy(complaint[found.start() :].splitlines()[0], complaint[: found.start()])
            return PolicySourceError(what.format(url=url, said=said), remedy=remedy)
    return None


def misses_branch(complaint: str) -> bool:
    """Whether the other side answered, but has no branch of that name."""
    return bool(_BRANCH_MISSING.search(complaint))


def no_such_branch(url: str, branch: str, heads: list[str]) -> PolicySourceError:
    """The branch is missing: name those that exist."""
    if not heads:
        return PolicySourceError(f"the policy source {url} is empty", remedy=f"commit a policy to its branch {branch}")
    known = ", ".join(heads[:5]) + (", …" if len(heads) > 5 else "")
    return PolicySourceError(
        f"the policy source {url} has no branch {branch} (it has {known})",
        remedy="set policy.branch to the branch of the policy, or push that branch",
    )


def unexplained(complaint: str, url: str) -> PolicySourceError:
    """git failed in a way that has no name of its own."""
    return PolicySourceError(
        f"git failed on {url}: {last_line(complaint)}", remedy="look at the policy source with git itself"
    )


def last_line(complaint: str) -> str:
    """The line of git's complaint that says most: the first fatal one, else the last."""
    lines = [line.strip() for line in complaint.splitlines() if line.strip()] or ["git said nothing"]
    fatal = [line for line in lines if line.startswith(("fatal:", "error:", "Timeout:"))]
    return _tidy((fatal or lines[-1:])[0])


def _tidy(line: str, before: str = "") -> str:
    """One line of the complaint, whole, without git's own prefix; ``before`` is the text up to its middle."""
    whole = (before.splitlines() or [""])[-1] + line if before and not before.endswith("\n") else line
    return re.sub(r"^(remote: )?(fatal|error): ", "", whole.strip())[:300]
