"""Listings that are not what the repository holds: older, shorter, longer, or with other words in them."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta

from tests.faults.lying.shim import Answer, Call, lie
from tests.faults.lying.streams import NOWHERE
from tests.faults.lying.work import NUMBERS

Entry = dict[str, object]


def _entries(answer: Answer, change: Callable[[Entry], Entry]) -> Answer:
    found = json.loads(answer.out)
    return replace(answer, out=json.dumps([change(entry) for entry in found]).encode() + b"\n")


@lie("a stale listing")
def stale(call: Call) -> Answer:
    """What was listed before this pass, in the ids and in the contents."""
    asked = {word for word in call.words if len(word) == 64}
    if call.command == "list snapshots":
        return Answer(call.known(f"ids {call.repository().name}").encode())
    if call.command == "snapshots":
        listed = json.loads(call.known(f"snapshots {call.repository().name}"))
        return Answer(json.dumps([entry for entry in listed if not asked or entry["id"] in asked]).encode())
    return call.honest()


@lie("a listing without some")
def without(call: Call) -> Answer:
    """``newest``, ``oldest`` or ``all`` of the ids are left out; of the contents as well where ``also`` says so."""
    honest = call.honest()
    left_out = _chosen(call)
    if call.command == "list snapshots" and call.text("of") in ("ids", "both"):
        return replace(honest, out=b"".join(i + b"\n" for i in honest.out.split() if i.decode() not in left_out))
    if call.command == "snapshots" and call.text("of") in ("contents", "both"):
        kept = [entry for entry in json.loads(honest.out) if entry["id"] not in left_out]
        return replace(honest, out=json.dumps(kept).encode())
    return honest


def _chosen(call: Call) -> set[str]:
    listed = json.loads(call.aside("snapshots", "--json", "--no-lock").out)
    ids = [str(entry["id"]) for entry in sorted(listed, key=lambda entry: str(entry["time"]))]
    match call.text("which"):
        case "newest":
            return set(ids[-1:])
        case "oldest":
            return set(ids[:1])
        case "half":
            return set(ids[::2])
        case "all but one":
            return set(ids[1:])
        case _:
            return set(ids)


@lie("a listing with one that is not there")
def phantom(call: Call) -> Answer:
    """An entry of the asset, fresh and complete, which the repository does not hold."""
    honest = call.honest()
    if call.command == "list snapshots" and call.text("of") in ("ids", "both"):
        return replace(honest, out=honest.out + f"{NOWHERE}\n".encode())
    if call.command == "snapshots" and call.text("of") in ("contents", "both"):
        made = json.loads(call.known("phantom"))
        made |= {name: value for name, value in call.how.items() if name in ("original", "time")}
        if "like" in call.how:
            made["original"] = call.known(call.text("like"))
        return replace(honest, out=json.dumps([*json.loads(honest.out), made]).encode())
    return honest


@lie("ids that are none")
def no_ids(call: Call) -> Answer:
    honest = call.honest()
    if call.command != "list snapshots":
        return honest
    ids = honest.out.decode().split()
    shapes = {
        "short": "\n".join(one[:8] for one in ids),
        "upper": "\n".join(one.upper() for one in ids),
        "numbered": "\n".join(f"{number}: {one}" for number, one in enumerate(ids)),
        "one line": "".join(ids),
        "json": json.dumps(ids),
        "junk between": "\n".join(f"{one}\nwarning" for one in ids),
        "twice": "\n".join([*ids, *ids]),
    }
    return replace(honest, out=shapes[call.text("shape")].encode() + b"\n")


@lie("entries that lack a field")
def lacking(call: Call) -> Answer:
    if call.command != "snapshots":
        return call.honest()
    return _entries(call.honest(), lambda entry: {k: v for k, v in entry.items() if k != call.text("field")})


@lie("entries with a value that is none")
def odd_entry(call: Call) -> Answer:
    if call.command != "snapshots":
        return call.honest()
    value = NUMBERS[call.text("value")]

    def change(entry: Entry) -> Entry:
        if call.text("field") in ("total_bytes_processed", "total_files_processed"):
            summary = entry.get("summary")
            return {**entry, "summary": {**(summary if isinstance(summary, dict) else {}), call.text("field"): value}}
        return {**entry, call.text("field"): value}

    return _entries(call.honest(), change)


@lie("entries with another time")
def another_time(call: Call) -> Answer:
    def change(entry: Entry) -> Entry:
        if "text" in call.how:
            return {**entry, "time": call.text("text")}
        real = datetime.fromisoformat(str(entry["time"])[:19] + "+00:00")
        return {**entry, "time": (real + timedelta(minutes=call.number("minutes"))).isoformat()}

    return _entries(call.honest(), change) if call.command == "snapshots" else call.honest()


@lie("entries with other words")
def another_word(call: Call) -> Answer:
    """Another host, other paths, other tags, another tree."""

    def change(entry: Entry) -> Entry:
        value: object = call.text("value")
        if call.text("field") in ("tags", "paths"):
            value = [word for word in call.text("value").split(",") if word]
        return {**entry, call.text("field"): value}

    return _entries(call.honest(), change) if call.command == "snapshots" else call.honest()


@lie("entries with other sizes")
def another_size(call: Call) -> Answer:
    def change(entry: Entry) -> Entry:
        summary = entry.get("summary")
        assert isinstance(summary, dict)
        return {**entry, "summary": {**summary, call.text("field"): call.number("value")}}

    return _entries(call.honest(), change) if call.command == "snapshots" else call.honest()


@lie("entries that say it twice, each time otherwise")
def twice(call: Call) -> Answer:
    honest = call.honest()
    if call.command != "snapshots":
        return honest
    value = call.known(call.text("known")) if "known" in call.how else call.text("value")
    more = f'"{call.text("field")}":{json.dumps(value)}'.encode()
    if call.text("order") == "first":
        return replace(honest, out=honest.out.replace(b'{"time":', b"{" + more + b',"time":'))
    return replace(honest, out=honest.out.replace(b'"short_id":', more + b',"short_id":'))


@lie("entries under each other's ids")
def swapped(call: Call) -> Answer:
    """The id that was asked for, with everything else from another entry."""
    honest = call.honest()
    if call.command != "snapshots":
        return honest
    other = json.loads(call.known("entry of another" if call.text("of") == "asset" else "entry of before"))
    return _entries(honest, lambda entry: {**other, "id": entry["id"], "short_id": entry["short_id"]})


@lie("entries that claim another original")
def another_original(call: Call) -> Answer:
    if call.command != "snapshots":
        return call.honest()
    original = call.text("id") or call.known(call.text("known"))
    return _entries(call.honest(), lambda entry: {**entry, "original": original})


@lie("another repository's id")
def another_repository(call: Call) -> Answer:
    honest = call.honest()
    if call.command != "cat config":
        return honest
    told: dict[str, object] = json.loads(honest.out)
    shapes: dict[str, object] = {
        "other": NOWHERE,
        "short": str(told["id"])[:8],
        "upper": str(told["id"]).upper(),
        "null": None,
        "number": 7,
        "empty": "",
        "neighbour": call.known("identity of second"),
    }
    return replace(honest, out=json.dumps({**told, "id": shapes[call.text("shape")]}).encode())
