"""Hostile and broken policy folders, and a child process that loads each of them in a fork of its own.

Run as a program it prints one JSON line a case: what was told, and what it cost. A crash of the interpreter
ends only the fork.
"""

from __future__ import annotations

import json
import os
import random
import resource
import sys
import time
from collections.abc import Callable, Iterable
from datetime import date
from pathlib import Path

from reconciler.policy.documents import PolicyFile
from reconciler.policy.load import load_policy

EXAMPLE = Path(__file__).parents[2] / "policies"
RETENTION = b"apiVersion: backup/v1\nkind: Retention\nmetadata: {name: %s}\nspec: {daily: %s}\n"
Files = Iterable[PolicyFile]


def one(content: bytes, path: str = "a.yaml") -> Files:
    return [PolicyFile(path, content)]


def alias_bomb() -> Files:
    lines = [b"a0: &a0 [lol, lol, lol, lol, lol, lol, lol, lol, lol]"]
    lines += [b"a%d: &a%d [%s]" % (n, n, b", ".join([b"*a%d" % (n - 1)] * 9)) for n in range(1, 30)]
    return one(b"\n".join(lines))


def retention(name: bytes = b"a", daily: bytes = b"7") -> bytes:
    return RETENTION % (name, daily)


def brackets(seed: int) -> Files:
    choose = random.Random(seed)
    return one("".join(choose.choices("[]{}:,-?& *!|>'\"\n\t #%@`ab", k=200_000)).encode())


def asset_bomb() -> Files:
    """Many mistakes, each with a search for the key that was meant."""
    keys = b", ".join(b"dail%dy: 7" % n for n in range(20_000))
    return one(retention()[:-2] + b", " + keys + b"}\n")


def everything_unknown() -> Files:
    """A thousand assets that name what is not there, each with a search for what was meant."""
    text = (
        b"apiVersion: backup/v1\nkind: Asset\nmetadata: {name: a%d}\nspec: {owner: o%d, tier: t%d, "
        b"source: {files: {include: [/a]}}, repositories: [{name: r%d}]}\n"
    )
    return [PolicyFile(f"{n}.yaml", text % (n, n, n, n)) for n in range(1000)]


# name → the files, and a rule that must be told. Each content is made only where it is needed.
CASES: dict[str, tuple[Callable[[], Files], str]] = {
    "alias bomb": (alias_bomb, "yaml-alias"),
    "a million levels of lists": (lambda: one(b"[" * 1_000_000), "yaml-too-deep"),
    "a million levels of mappings": (lambda: one(b"{a: " * 250_000), "yaml-too-deep"),
    "a million levels of keys": (lambda: one(b"? " * 500_000), "yaml-too-deep"),
    "a million levels of dashes": (lambda: one(b"- " * 500_000), "yaml-too-deep"),
    "a million levels closed": (lambda: one(b"[" * 500_000 + b"]" * 500_000), "yaml-too-deep"),
    "a number of five thousand digits": (lambda: one(retention(daily=b"9" * 5000)), "invalid-value"),
    "a name of a million letters": (lambda: one(retention(name=b"a" * 1_000_000)), "invalid-value"),
    "a key of a million letters": (lambda: one(retention()[:-2] + b", " + b"a" * 900 + b": 1}"), "unknown-key"),
    "duplicate keys": (lambda: one(retention(daily=b"7, daily: 1")), "yaml-duplicate-key"),
    "duplicate names": (lambda: one(retention() + b"---\n" + retention()), "name-twice"),
    "NUL": (lambda: one(retention(name=b"a\x00b")), "hidden-character"),
    "an escaped NUL": (lambda: one(retention(name=b'"a\\0b"')), "hidden-character"),
    "lone surrogate": (lambda: one(retention(name=b"\xed\xa0\x80")), "file-encoding"),
    "an escaped lone surrogate": (lambda: one(retention(name=b'"\\ud800"')), "yaml-syntax"),
    "bidi": (lambda: one(retention() + "# safe \u202e efas".encode()), "hidden-character"),
    "BOM in the middle": (lambda: one(retention() + b"---\n" + b"\xef\xbb\xbf" + retention()), "hidden-character"),
    "BOM of UTF-16": (lambda: one(retention().decode().encode("utf-16")), "file-encoding"),
    "100 MB": (lambda: one(b"a: b\n" * 20_000_000), "file-too-large"),
    "100 MB in many files": (
        lambda: (PolicyFile(f"{n}.yaml", b"#" * 1_000_000) for n in range(300)),
        "policy-too-large",
    ),
    "100 000 files and one": (lambda: (PolicyFile(f"{n}.yaml", b"") for n in range(100_001)), "policy-too-large"),
    "merge-conflict markers": (
        lambda: one(b"<<<<<<< HEAD\n" + retention() + b"=======\n" + retention(daily=b"1") + b">>>>>>> other\n"),
        "merge-conflict",
    ),
    "empty folder": (list, "policy-missing"),
    "empty file": (lambda: one(b""), "policy-missing"),
    "a path that climbs": (lambda: one(retention(), "../../etc/a.yaml"), "file-path"),
    "a path like an option": (lambda: one(retention(), "-rf.yaml"), "file-path"),
    "a name that climbs": (lambda: one(retention(name=b"../a")), "invalid-value"),
    "a name like an option": (lambda: one(retention(name=b"-rf")), "invalid-value"),
    "a name like a command": (lambda: one(retention(name=b'"$(touch /tmp/x)"')), "invalid-value"),
    "an object of Python": (lambda: one(b"!!python/object/apply:os.system ['true']"), "yaml-tag"),
    "twenty thousand misspelt keys": (asset_bomb, "unknown-key"),
    "a thousand unknown references": (everything_unknown, "unknown-tier"),
    "fifty thousand documents": (lambda: one(b"---\na\n" * 50_000), "too-many-problems"),
    "a long comment": (lambda: one(b"#" * 1_000_000), "policy-missing"),
    "a long line of spaces": (lambda: one(b" " * 1_000_000), "policy-missing"),
    "a long quoted text": (lambda: one(retention(name=b'"' + b"\\u0041" * 150_000 + b'"')), "invalid-value"),
    **{f"bracket soup {seed}": (lambda seed=seed: brackets(seed), "") for seed in range(20)},
}


def loaded(files: Files) -> dict[str, object]:
    """What loading told and cost; the cost of making the files is not counted, except when they come one by one."""
    begun = time.process_time()
    found = load_policy(files, today=date(2026, 11, 24), local_host="here")
    spent = time.process_time() - begun
    lines = [str(problem) for problem in found.problems]
    return {
        "rules": sorted({problem.rule for problem in found.problems}),
        "policy": found.policy is not None,
        "lines": [line for line in lines if "\n" in line or len(line) > 600],
        "seconds": spent,
        "mebibytes": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024,
    }


def forked(make: Callable[[], Files]) -> dict[str, object]:
    """Load in a fork; its way of ending is told when it gave no answer."""
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(reading)
        with os.fdopen(writing, "w") as answer:
            json.dump(loaded(make()), answer)
        os._exit(0)
    os.close(writing)
    with os.fdopen(reading) as answer:
        text = answer.read()
    _, status = os.waitpid(child, 0)
    return json.loads(text) if text else {"died": os.waitstatus_to_exitcode(status)}


if __name__ == "__main__":
    for name, (make, _) in CASES.items():
        sys.stdout.write(json.dumps({"name": name, **forked(make)}) + "\n")
        sys.stdout.flush()
