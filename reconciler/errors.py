"""The errors a person can meet: each type says what happens next, each maps to one exit code."""

from __future__ import annotations

from enum import IntEnum, StrEnum


class ExitCode(IntEnum):
    """The documented exit codes; when several apply: 1 before 3 before 4 before 2."""

    OK = 0
    ERROR = 1
    CHANGES = 2
    BLOCKED = 3
    BREACHED = 4
    USAGE = 64


class Next(StrEnum):
    """What the loop does after an error."""

    RETRY = "retry"
    ASK = "ask"
    NEVER = "never"


class ReconcilerError(Exception):
    """Anything that went wrong and can be told in one line.

    ``what`` says what happened and why, ``remedy`` what to do next, ``subject`` which asset or
    repository it concerns. ``code`` is stable and machine-readable; alerts deduplicate by it.
    """

    code = "error"
    next = Next.ASK
    exit_code = ExitCode.ERROR

    def __init__(self, what: str, *, remedy: str = "", subject: str = "") -> None:
        super().__init__(what)
        self.what = what
        self.remedy = remedy
        self.subject = subject

    def __str__(self) -> str:
        """One line: subject, what happened and why, what to do next."""
        head = f"{self.subject}: {self.what}" if self.subject else self.what
        line = f"{head}. Next: {self.remedy}" if self.remedy else head
        return " ".join(line.split())

    def about(self, subject: str) -> ReconcilerError:
        """The same error, naming its asset or repository if it does not yet."""
        self.subject = self.subject or subject
        return self

    def told_of(self, asset: str, doing: str) -> ReconcilerError:
        """The same error, told of an asset, whoever it named so far: what was being done, then what went wrong."""
        self.subject, self.what = asset, f"{doing}: {self.what}"
        return self


class UsageError(ReconcilerError):
    """The command was called with words that make no sense together."""

    code = "usage"
    exit_code = ExitCode.USAGE


class SettingsError(ReconcilerError):
    """The host settings cannot be read or are wrong."""

    code = "settings"


class PolicyInvalid(ReconcilerError):
    """The policy has errors; the enforced policy stays as it is."""

    code = "policy-invalid"


class PolicySourceError(ReconcilerError):
    """The policy source cannot be read; the enforced policy stays as it is."""

    code = "policy-source"
    next = Next.RETRY


class SecretMissing(ReconcilerError):
    """A secret that the settings or the policy refer to cannot be read."""

    code = "secret-missing"


class SecretExposed(ReconcilerError):
    """A secret's file can be read by others; it is refused until its mode is mended."""

    code = "secret-exposed"


class ToolMissing(ReconcilerError):
    """A program that is needed is missing or has a version that is refused."""

    code = "tool-missing"


class EngineFailed(ReconcilerError):
    """The engine failed in a way that has no name of its own; unknown exit codes land here."""

    code = "engine-failed"
    next = Next.RETRY


class EngineStalled(EngineFailed):
    """No byte moved for the stall deadline; the engine's process group was ended."""

    code = "engine-stalled"


class EngineInterrupted(EngineFailed):
    """The engine was interrupted before it finished (a drain, or a signal)."""

    code = "engine-interrupted"


class EngineLied(EngineFailed):
    """The engine said success, but the proof is missing (no summary, an id that is not listed, …)."""

    code = "engine-unproven"


class RepositoryMissing(ReconcilerError):
    """There is no repository at that place; one that has been seen before is never initialised again."""

    code = "repository-missing"


class RepositoryExists(ReconcilerError):
    """There is a repository at that place already; it is not made anew."""

    code = "repository-exists"


class RepositoryUnreachable(ReconcilerError):
    """The place of the repository does not answer."""

    code = "repository-unreachable"
    next = Next.RETRY


class RepositoryLocked(ReconcilerError):
    """Another process holds the repository's lock."""

    code = "repository-locked"
    next = Next.RETRY


class RepositoryChanged(ReconcilerError):
    """The repository has another id than the one pinned: it was swapped or made anew."""

    code = "repository-changed"


class RepositoryFull(ReconcilerError):
    """The repository has no room for this attempt."""

    code = "repository-full"


class WrongPassword(ReconcilerError):
    """The passphrase does not open the repository; trying again cannot help."""

    code = "wrong-password"
    next = Next.NEVER


class SourceMissing(ReconcilerError):
    """What should be captured is not there, or holds nothing."""

    code = "source-missing"
    next = Next.RETRY


class SourceUnsupported(ReconcilerError):
    """The policy names a source that this version cannot capture yet."""

    code = "source-unsupported"
    next = Next.NEVER


class CatalogError(ReconcilerError):
    """The catalog cannot be opened, read or written."""

    code = "catalog"
    next = Next.RETRY


class LeaderElsewhere(ReconcilerError):
    """Another reconciler leads on this state folder."""

    code = "not-leader"
    next = Next.RETRY


class PlanRefused(ReconcilerError):
    """A plan file is stale, altered, or signed by another host."""

    code = "plan-refused"
    exit_code = ExitCode.BLOCKED


class RestoreRefused(ReconcilerError):
    """The target of a restore is not safe to write into."""

    code = "restore-refused"


class RestoreUnproven(ReconcilerError):
    """What came back is not what the backup holds."""

    code = "restore-unproven"


class ApprovalUnknown(ReconcilerError):
    """No change or deletion with that checksum was shown in the last seven days."""

    code = "approval-unknown"
    exit_code = ExitCode.BLOCKED


class NotifyFailed(ReconcilerError):
    """An alert could not be delivered."""

    code = "notify-failed"
    next = Next.RETRY
