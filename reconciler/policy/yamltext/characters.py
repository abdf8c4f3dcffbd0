"""From bytes to text: size, encoding, hidden characters and merge-conflict markers."""

from __future__ import annotations

import codecs
import re

from reconciler.policy.yamltext.faults import Fault, Refused

LARGEST_FILE = 1024 * 1024

# Controls, and characters that hide text or change its order: a reviewer must see what is read.
_HIDDEN = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u061c\u200b\u200e\u200f\u2028-\u202e\u2060-\u2069\ufeff\ufff9-\uffff\ud800-\udfff]"
)
_CONFLICT = re.compile(r"^(?:<{7}|>{7})(?: |$)", re.MULTILINE)
_FOREIGN = {
    codecs.BOM_UTF32_LE: "UTF-32",
    codecs.BOM_UTF32_BE: "UTF-32",
    codecs.BOM_UTF16_LE: "UTF-16",
    codecs.BOM_UTF16_BE: "UTF-16",
}


def decoded(content: bytes) -> str:
    """The text of a file, without a byte order mark. Raises Refused with the place of the first fault."""
    if len(content) > LARGEST_FILE:
        size = f"{len(content) / LARGEST_FILE:.1f} MiB"
        raise Refused(Fault("file-too-large", f"the file has {size}, a policy file at most 1 MiB; split it"))
    for mark, encoding in _FOREIGN.items():
        if content.startswith(mark):
            raise Refused(Fault("file-encoding", f"the file is {encoding}; save it as UTF-8"))
    try:
        text = content.removeprefix(codecs.BOM_UTF8).decode("utf-8")
    except UnicodeDecodeError as error:
        before = error.object[: error.start].decode("utf-8", "replace")
        raise Refused(
            _fault_at(before, len(before), "file-encoding", "not UTF-8 from here on; save the file as UTF-8")
        ) from None
    hidden = _HIDDEN.search(text)
    if hidden:
        message = hidden_character(hidden[0])
        raise Refused(_fault_at(text, hidden.start(), "hidden-character", message))
    conflict = _CONFLICT.search(text)
    if conflict:
        message = "a merge conflict was left here; resolve it and commit again"
        raise Refused(_fault_at(text, conflict.start(), "merge-conflict", message))
    return text


def hidden_in(text: str) -> str | None:
    """The first character of a text that hides or reorders what a person reads, or None."""
    found = _HIDDEN.search(text)
    return found[0] if found else None


def hidden_character(character: str) -> str:
    """The sentence about such a character."""
    return f"a control character or one that hides or reorders text (U+{ord(character):04X}); remove it"


def _fault_at(text: str, offset: int, rule: str, message: str) -> Fault:
    line = text.count("\n", 0, offset) + 1
    return Fault(rule, message, line, offset - (text.rfind("\n", 0, offset) + 1) + 1)
