"""Work that is not what was ordered: less of it, other work, or work that is undone again."""

from __future__ import annotations

import json
import shutil
from dataclasses import replace
from pathlib import Path

from tests.faults.lying.shim import Answer, Call, lie, lines_of
from tests.faults.lying.streams import SOUND, plausible

NUMBERS: dict[str, object] = {
    "nan": float("nan"),
    "infinite": float("inf"),
    "negative": -7,
    "text": "5016",
    "null": None,
    "half": 0.5,
    "huge": 10**30,
    "larger than a table holds": 2**63,
    "true": True,
    "list": [5016],
}


@lie("a summary that lacks a field")
def lacks(call: Call) -> Answer:
    return lines_of(call.honest(), lambda told: {k: v for k, v in told.items() if k != call.text("field")})


@lie("a summary with a value that is none")
def odd_value(call: Call) -> Answer:
    return _in_summary(call.honest(), {call.text("field"): NUMBERS[call.text("value")]})


@lie("a summary with wrong numbers")
def wrong_number(call: Call) -> Answer:
    return _in_summary(call.honest(), {call.text("field"): call.number("value")})


@lie("a summary that says it twice, each time otherwise")
def twice(call: Call) -> Answer:
    honest = call.honest()
    field, value = call.text("field"), call.how["value"]
    if call.text("order") == "first":
        return replace(honest, out=honest.out.replace(b'{"message_type":"summary"', _both(field, value)))
    more = f', "{field}": {json.dumps(value)}}}\n'
    return replace(honest, out=honest.out.rstrip().removesuffix(b"}") + more.encode())


def _both(field: str, value: object) -> bytes:
    return f'{{"{field}": {json.dumps(value)}, "message_type":"summary"'.encode()


@lie("the id of another backup in the summary")
def another_id(call: Call) -> Answer:
    wrong = call.known(call.text("known"))
    if call.text("done") == "no":
        return Answer(plausible(call, wrong))
    return _in_summary(call.honest(), {"snapshot_id": wrong})


@lie("an id that is none in the summary")
def no_id(call: Call) -> Answer:
    def change(told: dict[str, object]) -> dict[str, object]:
        if told.get("message_type") != "summary":
            return told
        real = str(told["snapshot_id"])
        shapes = {
            "short": real[:8],
            "upper": real.upper(),
            "spaced": f" {real}",
            "longer": real + "0",
            "latest": "latest",
            "reversed": real[::-1],
            "digits": "٣" * 64,
            "one off": real[:-1] + ("0" if real[-1] != "0" else "1"),
            "two": f"{real}\n{real}",
        }
        return {**told, "snapshot_id": shapes[call.text("shape")]}

    return lines_of(call.honest(), change)


@lie("a backup with other tags")
def other_tags(call: Call) -> Answer:
    kept = [word for word in call.words if not word.startswith(f"--tag={call.text('without')}")]
    added = [f"--tag={call.text('with')}"] if "with" in call.how else []
    return call.honest([*kept, *added])


@lie("a backup of another host")
def other_host(call: Call) -> Answer:
    host = f"--host={call.text('host')}"
    return call.honest([host if word.startswith("--host=") else word for word in call.words])


@lie("a backup of other paths")
def other_paths(call: Call) -> Answer:
    kept = [word for word in call.words if not word.startswith("--files-from-raw")]
    return call.honest([*kept, str(call.folder / "data" / call.text("path"))])


@lie("a backup of another time")
def other_time(call: Call) -> Answer:
    return call.honest([f"--time={call.text('time')}" if word.startswith("--time=") else word for word in call.words])


@lie("a backup that is saved and lost again")
def saved_and_lost(call: Call) -> Answer:
    snapshots = call.repository() / "snapshots"
    before = {path.name for path in snapshots.iterdir()}
    honest = call.honest()
    for path in snapshots.iterdir():
        if path.name not in before:
            _lose(path, call.text("how"))
    return honest


def _lose(path: Path, how: str) -> None:
    path.chmod(0o600)
    content = path.read_bytes()
    match how:
        case "deleted":
            path.unlink()
        case "emptied":
            path.write_bytes(b"")
        case "cut":
            path.write_bytes(content[: len(content) // 2])
        case "flipped":
            path.write_bytes(bytes([content[0] ^ 1]) + content[1:])
        case "renamed":
            path.rename(path.with_name("0" * 64))
        case _:
            path.rename(path.with_name(f"{path.name}.tmp"))


@lie("a part is left out, with success")
def left_out(call: Call) -> Answer:
    """Run as if one file could not be read; the complaint is kept, the exit code is not."""
    honest = call.honest([*call.words, "--exclude=b"])
    complaint = call.text("complaint").replace("PATH", str(call.folder / "data" / "docs" / "b"))
    return Answer(honest.out, honest.err + complaint.encode() + b"\n", call.number("code"))


@lie("a partial backup")
def partial(call: Call) -> Answer:
    """No lie: what restic says of a file that it cannot read, for the worlds to begin with."""
    honest = call.honest([*call.words, "--exclude=b"])
    complaint = {"message_type": "error", "error": {"message": "permission denied"}, "during": "archival", "item": "/b"}
    return Answer(honest.out, json.dumps(complaint).encode() + b"\n", 3)


@lie("a copy of something else")
def another_copy(call: Call) -> Answer:
    ids = [word for word in call.words if len(word) == 64]
    return call.honest([call.known(call.text("known")) if word in ids else word for word in call.words])


@lie("a copy that keeps a part")
def part_of_copy(call: Call) -> Answer:
    """Copied, and then rewritten without some files: origin, tags and time of it are the right ones."""
    snapshots = call.repository() / "snapshots"
    before = {path.name for path in snapshots.iterdir()}
    honest = call.honest()
    for path in list(snapshots.iterdir()):
        if path.name not in before:
            # Its summary is rewritten by restic as well, or is not: neither is proof.
            call.aside("rewrite", "--forget", f"--exclude={call.text('without')}", path.name)
    return honest


@lie("a check that looked at less")
def checked_less(call: Call) -> Answer:
    return Answer(SOUND.format(count=call.number("count")).encode())


@lie("a check that says nothing of what it looked at")
def checked_nothing(call: Call) -> Answer:
    said = {
        "verdict": "no errors were found\n",
        "steps": "load indexes\ncheck all packs\ncheck snapshots, trees and blobs\nno errors were found\n",
        "half": "load indexes\ncheck all packs\n[0:00] 100.00%  3 / 3 packs\nno errors were found\n",
        "unfinished": SOUND.format(count=5).replace("100.00%  5 /", "40.00%  2 /"),
        "json": json.dumps({"message_type": "summary", "num_errors": 0, "broken_packs": None}) + "\n",
        "twice": "no errors were found\n" * 2,
    }
    return Answer(said[call.text("said")].encode())


@lie("a check that finds damage and hides every word of it")
@lie("a check that finds damage and calls it sound")
def damage_called_sound(call: Call) -> Answer:
    honest = call.honest()
    if "said" in call.how:
        # restic's own verdict is thrown away, and another one stands in its place.
        kept = honest.out.replace(b"\n\nThe repository is damaged", b"")
        return Answer(kept + call.text("said").encode() + b"\n", honest.err if call.text("stderr") else b"")
    return replace(honest, code=call.number("code"))


@lie("a check with complaints and a good verdict")
def check_complains(call: Call) -> Answer:
    honest = call.honest()
    complaint = call.text("complaint").encode() + b"\n"
    if call.text("stream") == "stdout":
        return replace(honest, out=complaint + honest.out)
    return replace(honest, err=complaint)


@lie("a restore that brings back nothing")
def restored_nothing(call: Call) -> Answer:
    target = _target(call)
    if call.text("left") == "folders":
        call.honest()
        for path in target.rglob("*"):
            if path.is_file():
                path.unlink()
    elif call.text("left") == "folder":
        target.mkdir(exist_ok=True)
    return Answer(plausible(call))


@lie("a restore that brings back something else")
def restored_otherwise(call: Call) -> Answer:
    honest, target = call.honest(), _target(call)
    first, second = (next(target.rglob(name)) for name in ("a", "b"))
    match call.text("what"):
        case "without a":
            first.unlink()
        case "without b":
            second.unlink()
        case "b is cut":
            second.write_bytes(second.read_bytes()[: call.number("bytes")])
        case "b is empty":
            second.write_bytes(b"")
        case "b is longer":
            second.write_bytes(second.read_bytes() + b"x")
        case "other names":
            first.rename(first.with_name("c"))
        case "names change places":
            first.rename(first.with_name("c"))
            second.rename(first)
            first.with_name("c").rename(second)
        case "one more":
            first.with_name("c").write_bytes(b"")
        case "a folder more":
            first.with_name("c").mkdir()
        case "bytes move":
            first.write_bytes(first.read_bytes() + b"x")
            second.write_bytes(second.read_bytes()[:-1])
        case "a link":
            first.unlink()
            first.symlink_to(second)
        case "elsewhere":
            first.parent.rename(first.parent.with_name("other"))
        case "flat":
            first.rename(target / "a")
        case "a folder for a file":
            first.unlink()
            first.mkdir()
        case what:
            raise ValueError(what)
    return honest


@lie("a restore of another backup")
def restored_another(call: Call) -> Answer:
    ids = [word for word in call.words if len(word) == 64]
    return call.honest([call.known(call.text("known")) if word in ids else word for word in call.words])


@lie("a restore into another folder")
def restored_elsewhere(call: Call) -> Answer:
    away = call.folder / "elsewhere"
    shutil.rmtree(away, ignore_errors=True)
    return call.honest([f"--target={away}" if word.startswith("--target=") else word for word in call.words])


def _target(call: Call) -> Path:
    [target] = (Path(word.partition("=")[2]) for word in call.words if word.startswith("--target="))
    return target


def _in_summary(answer: Answer, fields: dict[str, object]) -> Answer:
    return lines_of(answer, lambda told: {**told, **fields} if told.get("message_type") == "summary" else told)
