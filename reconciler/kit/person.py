"""Who is at the keyboard, as the operating system knows it: for the journal."""

from __future__ import annotations

import os
import pwd
from collections.abc import Mapping


def current_person(environment: Mapping[str, str]) -> str:
    """The login name; behind sudo, the person who called it as well: ``alice (as root)``."""
    try:
        name = pwd.getpwuid(os.geteuid()).pw_name
    except KeyError:
        name = f"uid {os.geteuid()}"
    caller = environment.get("SUDO_USER", "")
    return f"{caller} (as {name})" if caller and caller != name else name
