"""The lies of listings: which are told, and with which parameters."""

from __future__ import annotations

from tests.faults.lying.case import Lie, each

_FIELDS = ("total_files_processed", "total_bytes_processed")
_WHICH = ("newest", "oldest", "half", "all but one", "all")
_LIST_FIELDS = ("id", "time", "tags", "paths", "hostname", "tree")
LISTINGS = (
    Lie("a stale listing", {"list": ({}, {"where": "local"}, {"where": "second"})}, quick="list"),
    Lie(
        "a listing without some",
        {"list": tuple({"which": which, "of": of} for which in _WHICH for of in ("ids", "contents", "both"))},
    ),
    Lie(
        "a listing with one that is not there",
        {
            "list": (
                *each("of", "ids", "contents", "both"),
                *each("like", "newest of docs", "oldest of docs", "good of mail", of="both", where="second"),
                {"of": "both", "time": "2099-01-01T00:00:00Z"},
            )
        },
        quick="list",
    ),
    Lie("ids that are none", {"list": each("shape", "short", "upper", "numbered", "one line", "json", "junk between")}),
    Lie("entries that lack a field", {"list": each("field", *_LIST_FIELDS)}),
    Lie(
        "entries with a value that is none",
        {
            "list": tuple(
                {"field": field, "value": value}
                for field in (*_LIST_FIELDS, *_FIELDS, "original")
                for value in ("nan", "negative", "null", "half", "huge", "list", "larger than a table holds")
                if not (field == "original" and value == "null")
            )
        },
    ),
    Lie(
        "entries with another time",
        {
            "list": (
                *each("minutes", 10, 600, 60 * 24 * 365 * 70, -600),
                *each("text", "0000-00-00T00:00:00Z", "yesterday", "2026-11-25", "9999-12-31T23:59:59-14:00"),
            )
        },
    ),
    Lie(
        "entries with other words",
        {
            "list": tuple(
                {"field": field, "value": value}
                for field, value in (
                    ("hostname", "elsewhere"),
                    ("hostname", ""),
                    ("paths", "/etc"),
                    ("paths", ""),
                    ("tags", ""),
                    ("tags", "asset=test/mail"),
                    ("tags", "asset=test/docs"),
                    ("tree", "0" * 64),
                    ("tree", ""),
                )
            )
        },
    ),
    Lie(
        "entries with other sizes",
        {"list": tuple({"field": field, "value": value} for field in _FIELDS for value in (0, 1, 10**9))},
    ),
    Lie(
        "entries that say it twice, each time otherwise",
        {
            "list": (
                *each("order", "first", "last", field="time", value="2026-11-25T12:00:00Z"),
                *each("order", "first", "last", field="original", known="oldest of docs"),
                *each("order", "first", "last", field="tree", value="0" * 64),
            )
        },
    ),
    Lie("entries under each other's ids", {"list": each("of", "asset", "before")}),
    Lie(
        "entries that claim another original",
        {
            "list": (
                *each("known", "oldest of docs", "good of mail", "degraded of mail"),
                *each("known", "oldest of docs", "good of mail", "degraded of mail", where="second"),
                *each("id", "0" * 64, "short", "-"),
            )
        },
    ),
    Lie(
        "another repository's id",
        {"list": each("shape", "other", "short", "upper", "null", "number", "empty", "neighbour")},
    ),
)
