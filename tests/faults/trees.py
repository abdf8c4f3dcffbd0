"""Policy documents as trees that can also hold what is wrong: doubled keys, raw text. Written in flow style."""

from __future__ import annotations

import json
import re
from functools import cache
from random import Random
from typing import Union

import yaml


class Pairs(list[tuple[str, "Tree"]]):
    """A mapping, which may hold a key twice."""


class Raw(str):
    """Text that is written as it is."""

    __slots__ = ()


Tree = Union[str, Raw, Pairs, "list[Tree]"]
_PLAIN = re.compile(r"[A-Za-z0-9/][A-Za-z0-9/._+@*-]*")


def parsed(content: bytes) -> list[Tree]:
    """The trees of a text's documents, new ones each time; none when it is no YAML, or empty."""
    return [_copied(tree) for tree in _parsed(content)]


@cache
def _parsed(content: bytes) -> tuple[Tree, ...]:
    try:
        return tuple(_tree(node) for node in yaml.compose_all(content, Loader=yaml.CBaseLoader) if node is not None)
    except (yaml.YAMLError, ValueError, RecursionError):
        return ()


def _tree(node: yaml.Node) -> Tree:
    match node:
        case yaml.MappingNode():
            return Pairs((str(key.value), _tree(value)) for key, value in node.value)
        case yaml.SequenceNode():
            return [_tree(item) for item in node.value]
        case _:
            return str(node.value)


def _copied(tree: Tree) -> Tree:
    match tree:
        case Pairs():
            return Pairs((key, _copied(value)) for key, value in tree)
        case list():
            return [_copied(item) for item in tree]
        case _:
            return tree


def written(documents: list[Tree], choose: Random) -> bytes:
    """The documents as text; scalars plain or quoted, characters as they are or escaped."""
    escaped = choose.random() < 0.2
    texts = (_written(document, escaped) for document in documents)
    return "---\n".join(f"{text}\n" for text in texts).encode("utf-8", "surrogatepass")


def _written(tree: Tree, escaped: bool) -> str:
    match tree:
        case Raw():
            return str(tree)
        case str():
            return tree if _PLAIN.fullmatch(tree) else json.dumps(tree, ensure_ascii=escaped)
        case Pairs():
            inner = ", ".join(f"{_written(key, escaped)}: {_written(value, escaped)}" for key, value in tree)
            return "{" + inner + "}"
        case _:
            return "[" + ", ".join(_written(item, escaped) for item in tree) + "]"
