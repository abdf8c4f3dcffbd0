"""What the numbers were measured on: cores, processor, system, and the versions of all that took part."""

from __future__ import annotations

import os
import platform
import subprocess
from importlib.metadata import version
from pathlib import Path

from bench.peers import peer_versions


def machine() -> str:
    """One line, without any name or place of the machine itself."""
    system = platform.freedesktop_os_release().get("PRETTY_NAME", "Linux")
    kernel = platform.release().partition("-")[0]
    memory = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE") / 2**30
    return f"{os.cpu_count()} cores ({_processor()}), {memory:.0f} GiB, {system}, Linux {kernel}"


def versions() -> str:
    """One line."""
    told = subprocess.run(["restic", "version"], capture_output=True, text=True, check=True).stdout
    ours = [f"backup-reconciler {version('backup-reconciler')}", f"Python {platform.python_version()}"]
    return ", ".join([*ours, " ".join(told.split()[:2]), *peer_versions()])


def _processor() -> str:
    for line in Path("/proc/cpuinfo").read_text().splitlines():
        if line.startswith("model name"):
            return " ".join(line.partition(":")[2].split())
    return platform.machine()
