"""Every lie that an engine is made to tell: of which command, and with which parameters."""

from __future__ import annotations

from tests.faults.lying.case import NONE, Lie, each, everywhere
from tests.faults.lying.listed import LISTINGS
from tests.faults.lying.shim import How

_EXIT_ERROR = '{{"message_type":"exit_error","code":{},"message":"Fatal: {}"}}'
_ERRORS = each(
    "error",
    "Fatal: wrong password or no key found",
    "Fatal: unable to save snapshot: no space left on device",
    _EXIT_ERROR.format(1, "unable to open repository"),
    _EXIT_ERROR.format(12, "wrong password or no key found"),
    "panic: runtime error: index out of range [3] with length 3",
)
_SIGNALS = each("signal", 9, 15, 11, 6, 13)
_JUNK: tuple[How, ...] = (
    *each("kind", "html", "blanks", "null", "mark", "text", "wide"),
    *each("kind", "binary", "zeros", "lines", bytes=3_000_000),
    *each("kind", "brackets", "braces", "number", bytes=100_000),
)
_CUTS: tuple[How, ...] = (*each("bytes", 1, 2, 64, 100), *each("percent", 25, 50, 75, 90, 99))

STREAMS = (
    Lie("an exit code that nobody knows", everywhere(*each("code", 2, 4, 5, 42, 99, 127, 255))),
    Lie("a known exit code that is not true", everywhere(*each("code", 1, 10, 11, 12, 130))),
    Lie("success, and not a word", everywhere(*NONE)),
    Lie("success in plausible words, and nothing done", everywhere(*NONE)),
    Lie("plausible words, and then a signal", everywhere(*_SIGNALS)),
    Lie("all was done, and then a signal", everywhere(*_SIGNALS, but="backup")),
    Lie("an error is told, and success as well", everywhere(*_ERRORS)),
    Lie("the work fails, and success is told", everywhere(*NONE)),
    Lie("an answer that breaks off", {"list": _CUTS, "backup": each("percent", 5, 90, 99), "check": _CUTS[4:]}),
    Lie("an answer that lacks its beginning", {"list": each("percent", 1, 50, 90), "backup": each("percent", 90, 99)}),
    Lie("junk in the place of an answer", everywhere(*_JUNK, but="copy restore") | {"copy": _JUNK[:2]}),
    Lie(
        "the answer to another question",
        {
            "backup": each("of", "version", "check", "locks", "usage"),
            "list": each("of", "version", "check", "backup", "locks", "object", "usage"),
            "check": each("of", "version", "backup", "empty", "usage"),
        },
    ),
    Lie("a flood after the answer", {"backup": each("bytes", 1_000_000, side="after")}),
)
_FIELDS = ("total_files_processed", "total_bytes_processed")
_COMPLAINTS = (
    '{"message_type":"error","error":{"message":"open: permission denied"},"during":"archival","item":"PATH"}',
    '{"message_type":"error","error":{"message":"lstat: input/output error"},"during":"scan","item":"PATH"}',
    '{"message_type":"error","error":{},"during":"archival","item":"PATH"}',
    _EXIT_ERROR.format(3, "at least one source file could not be read"),
    "Warning: at least one source file could not be read",
    "error: open PATH: permission denied",
)
BACKUPS = (
    Lie("a summary that lacks a field", {"backup": each("field", "snapshot_id", "message_type", *_FIELDS)}),
    Lie(
        "a summary with a value that is none",
        {
            "backup": (
                *(
                    {"field": field, "value": value}
                    for field in _FIELDS
                    for value in ("nan", "infinite", "negative", "text", "null", "half", "huge", "true", "list")
                ),
                *each("value", "null", "list", "true", "half", field="snapshot_id"),
                {"field": "data_added_packed", "value": "larger than a table holds"},
            )
        },
    ),
    Lie(
        "a summary with wrong numbers",
        {"backup": tuple({"field": field, "value": value} for field in _FIELDS for value in (0, 1, 10**6, 10**15))},
    ),
    Lie(
        "a summary that says it twice, each time otherwise",
        {
            "backup": tuple(
                {"field": field, "value": value, "order": order}
                for field, value in (("snapshot_id", "0" * 64), *((field, 10**6) for field in _FIELDS))
                for order in ("first", "last")
            )
        },
    ),
    Lie(
        "the id of another backup in the summary",
        {
            "backup": tuple(
                {"known": known, "done": done}
                for known in ("newest of docs", "oldest of docs", "degraded of mail", "good of mail", "copy of docs")
                for done in ("no", "yes")
            )
        },
        quick="backup",
    ),
    Lie(
        "an id that is none in the summary",
        {
            "backup": each(
                "shape", "short", "upper", "spaced", "longer", "latest", "reversed", "digits", "one off", "two"
            )
        },
    ),
    Lie(
        "a backup with other tags",
        {
            "backup": (
                *each("without", "asset=", "attempt=", "tool=", ""),
                {"without": "asset=", "with": "asset=test/mail"},
                {"without": "asset=", "with": "asset=other/docs"},
                {"without": "attempt=", "with": "attempt=00000000000000000000"},
                {"without": "none", "with": "asset=test/mail"},
            )
        },
        quick="backup",
    ),
    Lie("a backup of another host", {"backup": each("host", "elsewhere", "localhost", "HERE")}),
    Lie("a backup of other paths", {"backup": each("path", "mail", "", "docs/a")}),
    Lie(
        "a backup of another time",
        {"backup": each("time", "2020-01-01 00:00:00", "2099-01-01 00:00:00", "2026-11-26 00:00:00")},
    ),
    Lie(
        "a backup that is saved and lost again",
        {verb: each("how", "emptied", "deleted", "cut", "flipped", "renamed", "aside") for verb in ("backup", "copy")},
        quick="copy",
    ),
    Lie(
        "a part is left out, with success",
        {"backup": (*({"complaint": text, "code": 0} for text in _COMPLAINTS), {"complaint": "", "code": 3})},
        quick="backup",
    ),
    Lie(
        "a copy of something else",
        {"copy": each("known", "oldest of docs", "good of mail", "degraded of mail")},
    ),
    Lie("a copy that keeps a part", {"copy": each("without", "a", "b", "*")}, quick="copy"),
)
_CHECK_COMPLAINTS = (
    "error: load <data/0f1e2d3c4b>: does not exist",
    "Fatal: repository contains errors",
    "The repository is damaged and must be repaired to be read.",
    "error for tree 0f1e2d3c4b:",
    '{"message_type":"summary","num_errors":3,"broken_packs":["0f1e2d3c4b"]}',
    '{"message_type":"error","message":"pack 0f1e2d3c4b does not exist"}',
    "The repository contains damaged pack files.",
)
CHECKS = (
    Lie(
        "a check with complaints and a good verdict",
        {
            "check": tuple(
                {"complaint": text, "stream": stream} for text in _CHECK_COMPLAINTS for stream in ("stderr", "stdout")
            )
        },
        quick="check",
    ),
    Lie("a check that looked at less", {"check": each("count", 0, 1)}, quick="check"),
    Lie(
        "a check that says nothing of what it looked at",
        {"check": each("said", "verdict", "steps", "half", "unfinished", "json", "twice")},
    ),
    Lie(
        "a check that finds damage and calls it sound",
        {
            "check": (
                {"code": 0},
                {"said": "no errors were found", "stderr": "yes"},
                {"said": "", "stderr": "yes"},
            )
        },
    ),
    # Nothing in words, exit code or errors betrays it, and what it tells of its work is true: the next one does.
    Lie(
        "a check that finds damage and hides every word of it",
        {"check": ({"said": "no errors were found", "stderr": ""},)},
        harmless=True,
    ),
)
RESTORES = (
    Lie("a restore that brings back nothing", {"restore": each("left", "nothing", "folder", "folders")}),
    Lie(
        "a restore that brings back something else",
        {
            "restore": (
                *each(
                    "what",
                    "without a",
                    "without b",
                    "b is empty",
                    "b is longer",
                    "other names",
                    "names change places",
                    "one more",
                    "a folder more",
                    "bytes move",
                    "a link",
                    "elsewhere",
                    "flat",
                    "a folder for a file",
                ),
                *each("bytes", 0, 1, 100, 4096, 4999, what="b is cut"),
            )
        },
        quick="restore",
    ),
    Lie("a restore of another backup", {"restore": each("known", "oldest of docs", "good of mail")}, quick="restore"),
    Lie("a restore into another folder", {"restore": NONE}),
)
HARMLESS = (
    Lie("the truth, a little late", everywhere(*each("milliseconds", 100)), harmless=True),
    Lie(
        "the truth, with strange words beside it",
        everywhere(*each("words", "warning: {", "\x1b[2K\x07", "using temporary cache in /tmp/x")),
        harmless=True,
    ),
    Lie("a flood before the answer", {"backup": each("bytes", 1_000_000, side="before")}, harmless=True),
)
LIES = (*STREAMS, *BACKUPS, *LISTINGS, *CHECKS, *RESTORES, *HARMLESS)
