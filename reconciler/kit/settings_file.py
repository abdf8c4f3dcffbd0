"""Reads the host settings: one YAML file, then single values from RECONCILER_* variables."""

from __future__ import annotations

import os
import socket
import stat
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import yaml
from pydantic import ValidationError

from reconciler.errors import SettingsError
from reconciler.settings import HostSettings, default_state, override_variables, settings_places

MAXIMUM_BYTES = 256 * 1024
_MAXIMUM_DEPTH = 12
_NULLS = ("", "~", "null")
# Paths may be written relative to the settings file, so that its folder can be moved as a whole.
_PATHS = (
    ("policy", "url"),
    ("policy", "allowedSigners"),
    ("policy", "identityFile"),
    ("policy", "knownHostsFile"),
    ("policy", "tokenFrom", "file"),
    ("state",),
    ("runbooks", "folder"),
    ("restic",),
    ("heartbeat", "urlFrom", "file"),
    ("keyFile",),
)
_SQLITE = "sqlite:///"

Tree = dict[str, object]
Keys = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Written:
    """What a file says, each value a string, a list or a mapping, and the line on which each one stands."""

    values: Tree
    lines: Mapping[Keys, int]


def read_settings(
    explicit: Path | None,
    environment: Mapping[str, str],
    *,
    uid: int | None = None,
    hostname: str | None = None,
) -> HostSettings:
    """The settings from the named file, or from the first place that has one, with overrides and defaults.

    Raises SettingsError, one line that names every error with file and line.
    """
    file = _find(explicit, environment)
    written = _read(file) if file else _Written({}, {})
    values = _with_overrides(written.values, environment)
    if file:
        _anchor(values, file.absolute().parent)
    values.setdefault("state", default_state(os.geteuid() if uid is None else uid, environment))
    values.setdefault("host", hostname or socket.gethostname())
    try:
        return HostSettings.model_validate(values)
    except ValidationError as error:
        raise _explained(error, file, written.lines, environment) from None


def _find(explicit: Path | None, environment: Mapping[str, str]) -> Path | None:
    if explicit:
        return explicit
    places = settings_places(environment)
    for place in places:
        if Path(place).exists() or len(places) == 1:
            return Path(place)
    if "RECONCILER_POLICY_URL" in environment:
        return None
    raise SettingsError(
        f"no host settings found at {' or '.join(places)}",
        remedy="write them there, or name the file with --config or RECONCILER_CONFIG",
    )


def _read(file: Path) -> _Written:
    try:
        with file.open("rb") as stream:
            found = os.fstat(stream.fileno())
            raw = stream.read(MAXIMUM_BYTES + 1)
    except OSError as error:
        raise SettingsError(f"{file}: {error.strerror}", remedy="check the path and its permissions") from None
    if found.st_mode & stat.S_IWOTH and stat.S_ISREG(found.st_mode):
        raise SettingsError(f"{file} can be changed by anybody", remedy=f"chmod o-w {file}")
    if len(raw) > MAXIMUM_BYTES:
        raise SettingsError(f"{file} is larger than {MAXIMUM_BYTES // 1024} KiB", remedy="name the settings file")
    try:
        return _parse(raw.decode("utf-8-sig"), file)
    except UnicodeDecodeError:
        raise SettingsError(f"{file} is not UTF-8 text", remedy="save it as UTF-8") from None


def _parse(text: str, file: Path) -> _Written:
    try:
        _gate(text, file)
        root = yaml.compose(text, Loader=yaml.BaseLoader)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line = mark.line + 1 if mark else 1
        raise _at(file, line, f"not YAML: {error.problem or error.context}") from None
    except (yaml.YAMLError, ValueError) as error:
        raise SettingsError(f"{file} is not YAML: {error}"[:300], remedy="correct the file") from None
    lines: dict[Keys, int] = {}
    values = _value(root, (), lines, file) if root else {}
    if not isinstance(values, dict):
        raise _at(file, 1, "settings are a mapping of names to values")
    return _Written(values, lines)


def _gate(text: str, file: Path) -> None:
    """Look at the events first: composing deep or aliased YAML can exhaust the process."""
    depth = documents = 0
    for event in yaml.parse(text, Loader=yaml.SafeLoader):
        depth += isinstance(event, yaml.CollectionStartEvent)
        depth -= isinstance(event, yaml.CollectionEndEvent)
        documents += isinstance(event, yaml.DocumentStartEvent)
        marked = isinstance(event, yaml.AliasEvent) or getattr(event, "anchor", None) or _tagged(event)
        if depth > _MAXIMUM_DEPTH or documents > 1 or marked:
            why = "one document of plain mappings is expected: no anchors, aliases, tags or deep nesting"
            raise _at(file, event.start_mark.line + 1 if event.start_mark else 1, why)


def _tagged(event: yaml.Event) -> bool:
    return getattr(event, "tag", None) not in (None, "!")


def _value(node: yaml.Node, keys: Keys, lines: dict[Keys, int], file: Path) -> object:
    """Every scalar stays a string, so that the strict units decide what it means; a bare null is None."""
    lines[keys] = node.start_mark.line + 1
    if isinstance(node, yaml.ScalarNode):
        text = str(node.value)
        return None if text in _NULLS and not node.style else text
    if isinstance(node, yaml.SequenceNode):
        return [_value(item, (*keys, str(place)), lines, file) for place, item in enumerate(node.value)]
    found: Tree = {}
    for key, item in node.value:
        line = key.start_mark.line + 1
        if not isinstance(key, yaml.ScalarNode):
            raise _at(file, line, "a name is a plain word")
        name = str(key.value)
        if name in found:
            raise _at(file, line, f"{'.'.join((*keys, name))} is written twice")
        found[name] = _value(item, (*keys, name), lines, file)
    return found


def _with_overrides(values: Tree, environment: Mapping[str, str]) -> Tree:
    """A copy in which RECONCILER_* variables replace single values; an empty one clears its value."""
    for variable, keys in override_variables().items():
        if (text := environment.get(variable)) is not None:
            values = _replaced(values, keys, text or None)
    return dict(values)


def _replaced(values: Tree, keys: Keys, text: str | None) -> Tree:
    head, *rest = keys
    if not rest:
        return {**values, head: text}
    inner = values.get(head)
    return {**values, head: _replaced(inner if isinstance(inner, dict) else {}, tuple(rest), text)}


def _anchor(values: Tree, folder: Path) -> None:
    for *above, name in _PATHS:
        place: object = values
        for key in above:
            place = place.get(key) if isinstance(place, dict) else None
        if isinstance(place, dict) and isinstance(text := place.get(name), str) and _is_relative(text):
            place[name] = os.path.normpath(folder / text)
    if isinstance(catalog := values.get("catalog"), str) and catalog.startswith(_SQLITE):
        place_on_disk = catalog.removeprefix(_SQLITE)
        values["catalog"] = _SQLITE + os.path.normpath(folder / place_on_disk)


def _is_relative(text: str) -> bool:
    """``policy``, ``./policy`` and ``../policy``, but no URL and no ``host:path``."""
    return not text.startswith(("/", "-")) and ":" not in text


def _explained(
    error: ValidationError, file: Path | None, lines: Mapping[Keys, int], environment: Mapping[str, str]
) -> SettingsError:
    variables = {keys: name for name, keys in override_variables().items() if name in environment}
    told = []
    for problem in error.errors(include_url=False, include_context=False, include_input=False):
        if problem["type"] == "default_factory_not_called":  # it only follows from another error
            continue
        keys = tuple(str(part) for part in problem["loc"])
        message = problem["msg"].removeprefix("Value error, ")
        where = variables.get(keys) or (f"{file}:{_line(keys, lines)}" if file else "RECONCILER_*")
        told.append(f"{where}: {'.'.join(keys) or 'settings'}: {message}")
    return SettingsError("; ".join(dict.fromkeys(told)), remedy="correct the host settings")


def _line(keys: Keys, lines: Mapping[Keys, int]) -> int:
    while keys and keys not in lines:
        keys = keys[:-1]
    return lines.get(keys, 1)


def _at(file: Path, line: int, what: str) -> SettingsError:
    return SettingsError(f"{file}:{line}: {what}", remedy="correct the host settings")
