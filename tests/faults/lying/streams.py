"""Lies about how it ended, and answers that are cut, filled or garbled: told of any command."""

from __future__ import annotations

import json
import os
import time
from dataclasses import replace

from tests.faults.lying.shim import Answer, Call, lie

NOWHERE = "c0ffee" * 10 + "beef"
"""An id that nothing has."""

SUMMARY = {
    "message_type": "summary",
    "files_new": 2,
    "dirs_new": 1,
    "data_added": 5300,
    "data_added_packed": 900,
    "total_files_processed": 2,
    "total_bytes_processed": 5016,
    "total_duration": 0.2,
    "snapshot_id": NOWHERE,
}
SOUND = (
    "load indexes\ncheck all packs\ncheck snapshots, trees and blobs\n"
    "[0:00] 100.00%  {count} / {count} snapshots\nno errors were found\n"
)


def plausible(call: Call, backup: str = NOWHERE) -> bytes:
    """What restic would say of a success, with nothing done for it."""
    match call.command:
        case "backup":
            return json.dumps({**SUMMARY, "snapshot_id": backup}).encode() + b"\n"
        case "copy":
            return f"snapshot {NOWHERE[:8]} saved, copied from source snapshot {NOWHERE[:8]}\n".encode()
        case "check":
            return SOUND.format(count=call.number("count")).encode()
        case "restore":
            told = {"message_type": "summary", "total_files": 2, "files_restored": 2, "bytes_restored": 5016}
            return json.dumps(told).encode() + b"\n"
        case "list snapshots":
            return b""
        case "cat config":
            return json.dumps({"version": 2, "id": NOWHERE, "chunker_polynomial": "25b468838dcb75"}).encode()
        case _:
            return b"[]\n"


@lie("an exit code that nobody knows")
def unknown_code(call: Call) -> Answer:
    return replace(call.honest(), code=call.number("code"))


@lie("a known exit code that is not true")
def other_code(call: Call) -> Answer:
    return replace(call.honest(), code=call.number("code"))


@lie("success, and not a word")
def nothing_said(_call: Call) -> Answer:
    return Answer()


@lie("success in plausible words, and nothing done")
def nothing_done(call: Call) -> Answer:
    return Answer(plausible(call, call.text("id", NOWHERE)), code=call.number("code"))


@lie("plausible words, and then a signal")
def dead_after_success(call: Call) -> Answer:
    return Answer(plausible(call), code=-call.number("signal"))


@lie("all was done, and then a signal")
def dead_after_work(call: Call) -> Answer:
    return replace(call.honest(), code=-call.number("signal"))


@lie("an error is told, and success as well")
def contradicts_itself(call: Call) -> Answer:
    return Answer(plausible(call), call.text("error").encode() + b"\n")


@lie("the work fails, and success is told")
def hides_failure(call: Call) -> Answer:
    wrong = [word for word in call.words if not word.startswith("--password-file")]
    failed = call.honest([*wrong, "--password-command=echo wrong"])
    return Answer(plausible(call), failed.err)


@lie("an answer that breaks off")
def cut(call: Call) -> Answer:
    honest = call.honest()
    if "bytes" in call.how:
        return replace(honest, out=honest.out[: call.number("bytes")])
    return replace(honest, out=honest.out[: len(honest.out) * call.number("percent") // 100])


@lie("an answer that lacks its beginning")
def beheaded(call: Call) -> Answer:
    honest = call.honest()
    return replace(honest, out=honest.out[max(1, len(honest.out) * call.number("percent") // 100) :])


@lie("junk in the place of an answer")
def junk(call: Call) -> Answer:
    kinds = {
        "binary": os.urandom(call.number("bytes")),
        "zeros": bytes(call.number("bytes")),
        "lines": b"all is well\n" * (call.number("bytes") // 12),
        "brackets": b"[" * call.number("bytes"),
        "braces": b'{"a":' * (call.number("bytes") // 5),
        "html": b"<html><body>502 Bad Gateway</body></html>\n",
        "blanks": b" \n\t\r\n",
        "null": b"null\n",
        "number": b"9" * call.number("bytes"),
        "mark": b"\xef\xbb\xbf",
        "text": b'"no errors were found"\n',
        "wide": "ño hay errores\n".encode("utf-16"),
    }
    return Answer(kinds[call.text("kind")])


@lie("the answer to another question")
def another_answer(call: Call) -> Answer:
    said = {
        "version": b"restic 0.18.0 compiled with go1.24.1 on linux/amd64\n",
        "check": SOUND.format(count=3).encode(),
        "backup": plausible(replace(call, words=("backup",))),
        "locks": (NOWHERE + "\n").encode(),
        "empty": b"[]\n",
        "object": b"{}\n",
        "usage": b"restic is a backup program which allows saving multiple revisions of files\n",
    }
    return Answer(said[call.text("of")])


@lie("a flood before the answer")
@lie("a flood after the answer")
def flood(call: Call) -> Answer:
    honest = call.honest()
    junk = b'{"message_type":"status","percent_done":0.5}\nworking {\n\xff\x00\n' * (call.number("bytes") // 64)
    return replace(honest, out=junk + honest.out if call.text("side") == "before" else honest.out + junk)


@lie("the truth, a little late")
def late(call: Call) -> Answer:
    time.sleep(call.number("milliseconds") / 1000)
    honest = call.honest()
    time.sleep(call.number("milliseconds") / 1000)
    return honest


@lie("the truth, with strange words beside it")
def chatter(call: Call) -> Answer:
    honest = call.honest()
    return replace(honest, err=call.text("words").encode() + b"\n" + honest.err)
