"""Everything that comes from a policy is escaped before it stands in a page or a command."""

from __future__ import annotations

import re

_MARKDOWN = re.compile(r"([\\`*\[\]|#~])")
_UNDERSCORE = re.compile(r"(?<![A-Za-z0-9])_|_(?![A-Za-z0-9])")


class Raw(str):
    """Text that stands in a page as it is: a command that was quoted already."""

    __slots__ = ()


def markdown(value: object) -> str:
    """Text that Markdown shows as it is, whatever it holds; a line must not begin with it, or ``1.`` were a list."""
    text = " ".join(str(value).split())
    text = text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return _UNDERSCORE.sub(r"\\_", _MARKDOWN.sub(r"\\\1", text))


def finalize(value: object) -> str:
    """Jinja's last step for every expression: escaped unless it is ``Raw``."""
    if value is None:
        return ""
    return str(value) if isinstance(value, Raw) else markdown(value)


def fenced(command: str, language: str = "bash") -> Raw:
    """A fenced block that its content cannot close."""
    longest = max((len(run) for run in re.findall(r"`{3,}", command)), default=2)
    fence = "`" * (longest + 1)
    return Raw(f"{fence}{language}\n{command}\n{fence}")


def code(value: object) -> Raw:
    """Inline code that its content cannot close."""
    text = " ".join(str(value).split())
    ticks = "`" * (max((len(run) for run in re.findall(r"`+", text)), default=0) + 1)
    space = " " if text.startswith("`") or text.endswith("`") else ""
    return Raw(f"{ticks}{space}{text}{space}{ticks}")


def code_cell(value: object) -> Raw:
    """Inline code in a table, where even code must not hold a bare ``|``."""
    return Raw(code(value).replace("|", "\\|"))


def shell_message(text: str) -> str:
    """Text inside ``"${NAME:?…}"``: quotes count even there, and an interactive shell takes ``!`` for its history."""
    return re.sub(r"""([\\$`"'}!])""", r"\\\1", " ".join(text.split()))
