"""From text to documents of plain strings, lists and mappings, in one pass over the parser's events.

PyYAML's own composer recurses in C and crashes at depth; this one stops at the first event too deep.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from yaml.cyaml import CBaseLoader
from yaml.error import MarkedYAMLError, YAMLError
from yaml.events import (
    AliasEvent,
    CollectionStartEvent,
    DocumentStartEvent,
    Event,
    MappingEndEvent,
    MappingStartEvent,
    ScalarEvent,
    SequenceEndEvent,
    StreamEndEvent,
)

from reconciler.policy.yamltext.characters import hidden_character, hidden_in
from reconciler.policy.yamltext.faults import Fault, Refused
from reconciler.policy.yamltext.spots import Inside, Spot

DEEPEST = 24
_TOO_DEEP = f"nested deeper than {DEEPEST} levels"
_TOO_DEEP_FOR_LIBYAML = "exceeded maximum nesting depth"  # from 0.2.6 on it reads ahead, and gives up at a thousand
MOST_NODES = 50_000
MOST_FAULTS = 100

Tree = str | None | list["Tree"] | dict[str, "Tree"]
_NOTHING = frozenset({"", "~", "null", "Null", "NULL"})


@dataclass(frozen=True, slots=True)
class Text:
    """One document of a text: its tree (every scalar a string, None where there is no value), and where."""

    tree: Tree
    spot: Spot
    faults: tuple[Fault, ...] = ()


@dataclass(frozen=True, slots=True)
class Composition:
    """The documents of a text, and the fault that stopped its reading, if one did."""

    texts: tuple[Text, ...] = ()
    refused: Fault | None = None


@dataclass(slots=True)
class _Composer:
    """The state of one pass: the parser, how many nodes were seen, and the document's faults so far."""

    parser: CBaseLoader
    nodes: int = 0
    faults: list[Fault] = field(default_factory=list)

    def next(self) -> Event:
        event = self.parser.get_event()
        return StreamEndEvent() if event is None else event

    def fault(self, rule: str, message: str, line: int, column: int) -> None:
        self.faults.append(Fault(rule, message, line, column))
        if len(self.faults) > MOST_FAULTS:
            raise Refused(Fault(rule, "too many faults; the rest of the file was not read", line, column))

    def value(self, event: Event, depth: int) -> tuple[Tree, Inside]:
        """The tree that begins with this event, and the places inside it."""
        self.nodes += 1
        if self.nodes > MOST_NODES:
            message = f"more than {MOST_NODES} values in one file; split it"
            raise Refused(Fault("yaml-too-large", message, *_mark(event)))
        kind = type(event)
        if kind is ScalarEvent:
            assert isinstance(event, ScalarEvent)
            if event.anchor or event.tag:
                self.refuse_marks(event.anchor, event.tag, event)
            return self.scalar(event), None
        if kind is AliasEvent:
            self.fault("yaml-alias", "aliases (*name) are not read; write the value out", *_mark(event))
            return None, None
        if depth >= DEEPEST:
            raise Refused(Fault("yaml-too-deep", _TOO_DEEP, *_mark(event)))
        assert isinstance(event, CollectionStartEvent)
        if event.anchor or event.tag:
            self.refuse_marks(event.anchor, event.tag, event)
        return self.mapping(depth + 1) if kind is MappingStartEvent else self.sequence(depth + 1)

    def scalar(self, event: ScalarEvent) -> str | None:
        """A scalar's text; None when it is plain and says nothing."""
        value = event.value
        if event.style is None or event.style == "":
            return None if value in _NOTHING else value
        # Only escapes in double quotes can bring back what the gate refused in the raw text.
        if event.style == '"':
            hidden = hidden_in(value)
            if hidden:
                self.fault("hidden-character", hidden_character(hidden), *_mark(event))
                return None
        return value

    def sequence(self, depth: int) -> tuple[Tree, Inside]:
        items: list[Tree] = []
        spots: list[Spot] = []
        while True:
            event = self.next()
            if type(event) is SequenceEndEvent:
                return items, spots
            line, column = _mark(event)
            item, inside = self.value(event, depth)
            items.append(item)
            spots.append(Spot(line, column, line, column, inside))

    def mapping(self, depth: int) -> tuple[Tree, Inside]:
        pairs: dict[str, Tree] = {}
        spots: dict[str, Spot] = {}
        while True:
            event = self.next()
            if type(event) is MappingEndEvent:
                return pairs, spots
            line, column = _mark(event)
            key, _ = self.value(event, depth)
            following = self.next()
            value_line, value_column = _mark(following)
            value, inside = self.value(following, depth)
            if not isinstance(key, str):
                self.fault("yaml-key", "a key must be plain text", line, column)
                continue
            first = spots.get(key)
            if first:
                message = f"the key {shown(key)} is here twice; first on line {first.line}"
                self.fault("yaml-duplicate-key", message, line, column)
                continue
            pairs[key] = value
            spots[key] = Spot(line, column, value_line, value_column, inside)

    def refuse_marks(self, anchor: str | None, tag: str | None, event: Event) -> None:
        """Anchors hide what a reader cannot see in place, tags make objects: neither is read."""
        if anchor:
            message = f"anchors (&{shown(anchor)}) are not read; write the value out where it is used"
            self.fault("yaml-alias", message, *_mark(event))
        if tag:
            self.fault("yaml-tag", f"tags ({shown(tag)}) are not read; remove it", *_mark(event))


def compose(text: str) -> Composition:
    """Every document of a text. Never raises: what stops the reading is in ``refused``."""
    composer = _Composer(CBaseLoader(text))
    texts: list[Text] = []
    try:
        while True:
            event = composer.next()
            if type(event) is StreamEndEvent:
                return Composition(tuple(texts))
            if type(event) is DocumentStartEvent:
                texts.append(_document(composer))
    except Refused as refused:
        return Composition((*texts, *_unfinished(composer)), refused.fault)
    except MarkedYAMLError as error:
        return Composition((*texts, *_unfinished(composer)), _syntax_fault(error))
    except (YAMLError, ValueError) as error:
        return Composition(tuple(texts), Fault("yaml-syntax", f"not YAML: {shown(str(error))}"))


def shown(text: str, longest: int = 60) -> str:
    """A text as a message may hold it: on one line, not long, nothing in it unescaped."""
    short = text if len(text) <= longest else text[: longest - 1] + "…"
    return "".join(c if c.isprintable() else f"\\x{ord(c):02x}" for c in short)


def _document(composer: _Composer) -> Text:
    composer.faults = []
    event = composer.next()
    line, column = _mark(event)
    tree, inside = composer.value(event, 0)
    faults, composer.faults = tuple(composer.faults), []
    return Text(tree, Spot(line, column, line, column, inside), faults)


def _unfinished(composer: _Composer) -> tuple[Text, ...]:
    """The faults of a document whose reading was stopped, which would be lost otherwise."""
    return (Text(None, Spot(1, 1, 1, 1, None), tuple(composer.faults)),) if composer.faults else ()


def _syntax_fault(error: MarkedYAMLError) -> Fault:
    mark = error.problem_mark or error.context_mark
    line, column = (mark.line + 1, mark.column + 1) if mark else (1, 1)
    if error.problem == _TOO_DEEP_FOR_LIBYAML:
        return Fault("yaml-too-deep", _TOO_DEEP, line, column)
    said = ", ".join(part for part in (error.context, error.problem) if part)
    return Fault("yaml-syntax", f"not YAML: {shown(said, 200)}", line, column)


def _mark(event: Event) -> tuple[int, int]:
    mark = event.start_mark
    return (mark.line + 1, mark.column + 1) if mark is not None else (1, 1)
