"""restic's exit codes and complaints as error types, each in one helpful line."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from reconciler.engines.restic.fields import Garbage, decode_line
from reconciler.errors import (
    EngineFailed,
    EngineInterrupted,
    EngineLied,
    ReconcilerError,
    RepositoryExists,
    RepositoryFull,
    RepositoryLocked,
    RepositoryMissing,
    RepositoryUnreachable,
    SourceMissing,
    WrongPassword,
)

# Source: restic manual, "Exit codes".
_INTERRUPTED = 130
_LONGEST = 300
_FATAL = re.compile(r"Fatal: |panic: |error: |Warning: at least one source file could not be read")
_ONLY_A_COUNT = re.compile(r"There were [0-9]+ errors$")
# Go's stack, which restic shows after some errors: a function, then its place behind a tab.
_FRAME = re.compile(r"\t\S+:[0-9]+$")


@dataclass(frozen=True, slots=True)
class Kind:
    """An error type with the remedy that goes with it."""

    error: type[ReconcilerError]
    remedy: str


_FULL = Kind(RepositoryFull, "make room there, or let prune reclaim space")
_UNREACHABLE = Kind(RepositoryUnreachable, "see that the server runs and the network reaches it")
_REFUSED = Kind(RepositoryUnreachable, "see that the keys or the password of the server are right")
_FORBIDDEN = Kind(RepositoryUnreachable, "give this user the right to read and write there")
_UNKNOWN_HOST = Kind(RepositoryUnreachable, "compare the server's key and pin it as hostKey, or add it to known_hosts")
_BY_CODE = {
    10: Kind(RepositoryMissing, "see that the place is right and mounted; it is never made anew on its own"),
    11: Kind(RepositoryLocked, "wait for the other process, or let unlock clear a dead one's lock"),
    12: Kind(WrongPassword, "give the passphrase with which this repository was made"),
    _INTERRUPTED: Kind(EngineInterrupted, "it is tried again at the next pass"),
}
_SEE_WHO_ENDED_IT = "see who ended it, the kernel's log tells whether memory ran out; it is tried again"
_TEMPORARY_FULL = Kind(EngineFailed, "make room in TMPDIR")
_DAMAGED = Kind(EngineFailed, "put back what is damaged there, or repair it as restic's guide says")
_OTHERWISE = "the next pass tries again; if it goes on, run 'reconciler doctor', and restic check on it by hand"
_BY_WORDS = (
    (r"config file already exists|repository .*already (exists|initialized)", Kind(RepositoryExists, "")),
    (r"restic-temp-pack.*no space left", _TEMPORARY_FULL),
    (r"no space left on device|disk quota exceeded|insufficient storage|quotaexceeded", _FULL),
    (r"all (source|target) directories/files do not exist", Kind(SourceMissing, "see that the paths exist")),
    (r"host key verification failed|no .* host key is known", _UNKNOWN_HOST),
    (
        r"permission denied \((publickey|password|keyboard)|http response \(40[13]|40[13] (forbidden|unauth)"
        r"|accessdenied|access denied|invalidaccesskeyid|access key id you provided|signature we calculated",
        _REFUSED,
    ),
    (
        r"connection refused|connection reset|connection timed out|no such host|no route to host"
        r"|network is unreachable|i/o timeout|tls handshake|x509: |temporary failure in name resolution"
        r"|could not resolve|server unexpectedly closed connection|unable to start the sftp session"
        r"|bucket does not exist|transport endpoint|stale file handle|input/output error",
        _UNREACHABLE,
    ),
    (r"permission denied|read-only file system|operation not permitted", _FORBIDDEN),
    (
        r"ciphertext verification failed|invalid data returned|packs from index missing|pack size does not match"
        r"|not found in repository|is damaged|could be damaged|repair index",
        _DAMAGED,
    ),
)
_PATTERNS = tuple((re.compile(words, re.IGNORECASE), kind) for words, kind in _BY_WORDS)


def explain(code: int, stderr: Sequence[str], what: str) -> ReconcilerError:
    """The error that an exit code other than success stands for; ``what`` was being done."""
    said, message = _last_word(stderr), complaint(stderr)
    if code < 0:
        return EngineInterrupted(f"{what}: restic was ended by signal {-code}", remedy=_SEE_WHO_ENDED_IT)
    kind = _BY_CODE.get(code) or kind_of([said]) or kind_of(filter(_of_the_storage, reversed(stderr)))
    told = f": {message}" if message else ", without a word"
    if kind is None:
        return EngineFailed(f"{what}: restic failed with exit code {code}{told}", remedy=_OTHERWISE)
    return kind.error(f"{what}{told}", remedy=kind.remedy)


def denied(code: int, stderr: Sequence[str], what: str) -> EngineLied | None:
    """What its errors say against an exit code that stands for success; None when they bear it out."""
    announced = next((found for line in stderr if (found := announced_code(line)) is not None), code)
    fatal = code == 0 and any(_FATAL.match(_text_of(line)) for line in stderr)
    if announced == code and not fatal:
        return None
    return EngineLied(f"{what}: restic exited {code}, and said: {complaint(stderr)}", remedy=_OTHERWISE)


def announced_code(line: str) -> int | None:
    """The exit code that a line announces; None when it announces none."""
    fields = decode_line(line)
    if fields is None:
        return None
    try:
        return fields.number("code") if fields.text("message_type") == "exit_error" else None
    except Garbage:
        return None


def complaint(stderr: Sequence[str]) -> str:
    """The one line that says why: restic's last word, else the last plain line that says something."""
    return _tidy(_last_word(stderr))


def _last_word(stderr: Sequence[str]) -> str:
    texts = [text for line in _without_stack(stderr) if (text := _text_of(line))]
    fatal = [text for text in texts if text.startswith("Fatal: ")]
    chosen = (fatal or texts or [""])[-1]
    if texts and _ONLY_A_COUNT.search(chosen):
        return f"{chosen}, the first: {texts[0]}"
    # An answer of sftp's is only "unexpected EOF"; what ssh said before it is the cause.
    ssh = [text for text in texts if text.startswith("subprocess ssh: ")]
    if ssh and "sftp" in chosen:
        return ssh[-1]
    return chosen


def _without_stack(lines: Sequence[str]) -> list[str]:
    pairs = zip(lines, (*lines, "")[1:], strict=True)
    return [line for line, after in pairs if not (_FRAME.match(line) or _FRAME.match(after))]


def kind_of(lines: Iterable[str]) -> Kind | None:
    """What the first of these lines that says something known means."""
    for line in lines:
        for pattern, kind in _PATTERNS:
            if pattern.search(line):
                return kind
    return None


def says_full(line: str) -> bool:
    """The storage has no room, and restic will try for more than 25 minutes."""
    return kind_of([line]) is _FULL


def says_retrying(line: str) -> bool:
    """The storage did not answer, and restic tries again."""
    return "returned error, retrying after" in line


def says_recovered(line: str) -> bool:
    """A retry was answered."""
    return "operation successful after" in line


def _of_the_storage(line: str) -> bool:
    # Other lines may speak of the source's files.
    return says_retrying(line) or line.startswith("subprocess ssh: ")


def _text_of(line: str) -> str:
    fields = decode_line(line)
    if fields is None:
        return line.strip()
    try:
        inner = fields.inner("error")
        return (inner or fields).text("message").strip()
    except Garbage:
        return ""


def _tidy(message: str) -> str:
    line = next((part for part in message.splitlines() if part.strip()), "")
    line = re.sub(r"(Fatal|subprocess ssh): ", "", line)
    plain = "".join(character if character.isprintable() else " " for character in line).strip()
    # The cause stands at the end.
    return plain if len(plain) <= _LONGEST else f"{plain[: _LONGEST // 3]} … {plain[-_LONGEST * 2 // 3 :]}"
