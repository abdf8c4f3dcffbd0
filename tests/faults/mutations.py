"""Policies as accidents and enemies would leave them: pieces of a document's tree, its lines or its bytes changed."""

from __future__ import annotations

import re
from random import Random

from reconciler.policy.documents import PolicyFile
from tests.faults.trees import Pairs, Raw, Tree, parsed, written

MARKERS = b"<<<<<<< HEAD\n", b"=======\n", b">>>>>>> other\n"
ODD = (
    "\x00", "\u202e", "\ufeff", "\u200b", "\u2028", "\x85", "\x1b[31m", "é", "e\u0301", "\U0001f4be", "ＡＢ", "١٢",
    "\ud800", "ß", "İ", "a" * 300, "\t", "\r\n", "'", '"', "${HOME}", "$(id)", "../..", "-rf", "{{ 7*7 }}", "|", "`",
)  # fmt: skip
NUMBERS = ("0", "-1", "1", "7", "1e9", "0x10", "1_000", ".inf", ".nan", "9" * 19, "9" * 400, "1.5", "007", "٣")
# fmt: off
SPANS = ("1s", "1h", "24h", "1d", "92d", "99999999d", "0h", "-1h", "1.5h", "1h30m", "P1D", "1", "")
OTHERS = ("", "~", "null", "true", "no", "12:30", "2026-02-30", "2027-06-30", "0 4 * * *", "@daily", "* * * * *",
          "*", "Europe/Madrid", "UTC", "Mars/Olympus", "local", "nas", "cold", "documentation", "etc", "tier-1")
JUNK = (b"[", b"{", b"}", b"]", b"&a ", b"*a", b"!!str ", b"? ", b": ", b"- ", b"|\n", b">\n", b"%YAML 9\n", b"---\n",
        b"...\n", b"\n", b"\t", b"#", b"'", b'"', b"\x00", b"\xff", b"\xed\xa0\x80", b"\xef\xbb\xbf", b"<<: *a\n")
# fmt: on


def mutated_policy(files: list[PolicyFile], choose: Random) -> list[PolicyFile]:
    """The policy with one to three things changed in its files: mostly in their trees, at times in their text."""
    changed = list(files)
    for _ in range(choose.choice((1, 1, 1, 2, 3))):
        index = choose.randrange(len(changed))
        content = changed[index].content
        change = choose.choices((_tree_changed, _line_changed, mutated_bytes), (8, 1, 1))[0]
        content = change(content, choose) if change is not _tree_changed else _tree_changed(content, choose, files)
        changed[index] = PolicyFile(changed[index].path, content)
    if choose.random() < 0.05:
        del changed[choose.randrange(len(changed))]
    return changed


def mutated_bytes(content: bytes, choose: Random, others: tuple[bytes, ...] = ()) -> bytes:
    """One to four changes of bytes: flipped, inserted, deleted, spliced with another text, cut off, repeated."""
    for _ in range(choose.randint(1, 4)):
        begin = choose.randint(0, len(content))
        end = min(len(content), begin + choose.choice((1, 1, 3, 12, 60)))
        match choose.randrange(8):
            case 0 if content:
                at = min(begin, len(content) - 1)
                content = content[:at] + bytes([content[at] ^ (1 << choose.randrange(8))]) + content[at + 1 :]
            case 1:
                content = content[:begin] + choose.choice(JUNK) + content[begin:]
            case 2:
                content = content[:begin] + choose.randbytes(choose.randint(1, 8)) + content[begin:]
            case 3:
                content = content[:begin] + content[end:]
            case 4 if others:
                other = choose.choice(others)
                content = content[:begin] + other[choose.randint(0, len(other)) :]
            case 5:
                content = content[:begin]
            case 6:
                content = content[:end] + content[begin:end] * choose.choice((1, 2, 30, 2000)) + content[end:]
            case _:
                content = content[:begin] + choose.choice(JUNK) * choose.choice((1, 2, 30, 2000)) + content[end:]
    return content[:200_000]


def _line_changed(content: bytes, choose: Random) -> bytes:
    lines = content.splitlines(keepends=True) or [b"\n"]
    first, second = choose.randrange(len(lines)), choose.randrange(len(lines))
    match choose.randrange(6):
        case 0:
            del lines[first]
        case 1:
            lines[first], lines[second] = lines[second], lines[first]
        case 2:
            lines.insert(first, lines[second])
        case 3:
            lines[first] = choose.choice((b" ", b"  ", b"\t", b"- ")) + lines[first]
        case 4:
            lines[first] = lines[first].removeprefix(b"# ").removeprefix(b"  ")
        case _:
            begin, middle, end = sorted((first, second, choose.randrange(len(lines))))
            parts = (lines[:begin], lines[begin:middle], lines[middle:end], lines[end:])
            return b"".join(b"".join(part) + mark for part, mark in zip(parts, (*MARKERS, b""), strict=True))
    return b"".join(lines)


def _tree_changed(content: bytes, choose: Random, files: list[PolicyFile]) -> bytes:
    """One to two changes of the trees of a file; a file that is none is changed by its bytes."""
    documents = parsed(content)
    if not documents:
        return mutated_bytes(content, choose)
    for _ in range(choose.choice((1, 1, 2))):
        holders = [found for document in documents for found in _holders(document) if found]
        if holders:
            holder = choose.choice(holders)
            if isinstance(holder, Pairs):
                _pair_changed(holder, holders, choose, files)
            else:
                _item_changed(holder, choose)
    return written(documents, choose)


def _holders(tree: Tree) -> list[Pairs | list[Tree]]:
    """Every mapping and list in the tree."""
    match tree:
        case Pairs():
            return [tree, *(found for _, value in tree for found in _holders(value))]
        case list():
            return [tree, *(found for value in tree for found in _holders(value))]
        case _:
            return []


def _pair_changed(holder: Pairs, holders: list[Pairs | list[Tree]], choose: Random, files: list[PolicyFile]) -> None:
    index = choose.randrange(len(holder))
    key, value = holder[index]
    match choose.randrange(12):
        case 0:
            del holder[index]
        case 1:
            holder.append((key, value))
        case 2:
            target = choose.choice([one for one in holders if isinstance(one, Pairs)])
            del holder[index]
            target.append((key, value))
        case 3:
            new = choose.choice((key.upper(), key[:-1], key + choose.choice(ODD), choose.choice(_keys(files)), ""))
            holder[index] = (new, value)
        case 4:
            holder.append(("<<", Raw("*a")))
        case 5 | 6 | 7:
            known = [found for file in files for found in _values(parsed(file.content), key)]
            holder[index] = (key, choose.choice(known or [value]))
        case _:
            holder[index] = (key, _other(value, choose))


def _item_changed(holder: list[Tree], choose: Random) -> None:
    index = choose.randrange(len(holder))
    match choose.randrange(5):
        case 0:
            del holder[index]
        case 1:
            holder.append(holder[index])
        case 2:
            choose.shuffle(holder)
        case _:
            holder[index] = _other(holder[index], choose)


def _other(value: Tree, choose: Random) -> Tree:
    """Another value: near the old one, or of another type, or nothing that anybody would write."""
    match choose.randrange(10):
        case 0 | 1 | 2 if isinstance(value, str):
            return re.sub(r"\d+", lambda found: _near(found.group(), choose), value)
        case 3:
            return choose.choice(SPANS)
        case 4:
            return Raw(choose.choice(NUMBERS))
        case 5:
            return (value if isinstance(value, str) else "") + choose.choice(ODD)
        case 6:
            return choose.choice(([], Pairs(), [value], Pairs([("name", value)]), Raw("[]"), Raw("")))
        case 7:
            deep = choose.choice((3, 20, 30, 3000))
            return Raw("[" * deep + "]" * deep)
        case 8:
            return Raw(choose.choice(("&a x", "*a", "!!binary x", "!x {}", "? ", "@x", "%x", "'", "[a, b", "{a: b")))
        case _:
            return choose.choice(OTHERS)


def _near(number: str, choose: Random) -> str:
    value = int(number)
    return str(choose.choice((value + 1, max(value - 1, 0), value * 2, value * 10, value // 2, 0)))


def _keys(files: list[PolicyFile]) -> list[str]:
    holders = (found for file in files for document in parsed(file.content) for found in _holders(document))
    return [key for holder in holders if isinstance(holder, Pairs) for key, _ in holder]


def _values(documents: list[Tree], key: str) -> list[Tree]:
    holders = (found for document in documents for found in _holders(document))
    return [value for holder in holders if isinstance(holder, Pairs) for name, value in holder if name == key]
