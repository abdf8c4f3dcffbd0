"""A place that holds bash, coreutils, the named tools and what is lent to it; nothing of this project, no Python.

A folder with copies of the programs and their libraries, entered with chroot in a mount namespace of its own: what is
mounted there goes with the last process, also when a test fails or is killed.
"""

from __future__ import annotations

import os
import pty
import re
import select
import shlex
import shutil
import subprocess
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from tests.lab.require import require

COREUTILS = (
    *("basename", "cat", "chmod", "cp", "cut", "date", "dirname", "echo", "env", "expr", "false", "head", "id", "ln"),
    *("ls", "mkdir", "mktemp", "mv", "printf", "pwd", "readlink", "realpath", "rm", "rmdir", "seq", "sleep", "sort"),
    *("stat", "tail", "tee", "test", "touch", "tr", "true", "uname", "uniq", "wc"),
)
FILES = {
    "etc/passwd": "root:x:0:0:root:/root:/bin/bash\n",
    "etc/group": "root:x:0:\n",
    "etc/hosts": "127.0.0.1 localhost\n",
    "etc/nsswitch.conf": "passwd: files\nhosts: files dns\n",
}
DEVICES = ("null", "zero", "urandom", "random", "tty")


@dataclass(frozen=True, slots=True)
class Bare:
    """The folder of the programs. ``run`` enters it with folders lent under the same or another path."""

    root: Path

    def run(
        self,
        blocks: Sequence[str],
        environment: Mapping[str, str],
        lent: Mapping[str, Path],
        *,
        stand: Path,
    ) -> subprocess.CompletedProcess[str]:
        """Run each block in one bash, in ``stand`` (there ``/stand``), up to the first that fails."""
        scripts = stand / ".blocks"
        shutil.rmtree(scripts, ignore_errors=True)
        scripts.mkdir()
        lines = ["cd /stand"]
        for number, block in enumerate(blocks, 1):
            (scripts / f"{number}.sh").write_text(block)
            lines.append(f'. /stand/.blocks/{number}.sh || {{ echo "block {number} failed" >&2; exit {number}; }}')
        (scripts / "all.sh").write_text("\n".join(lines) + "\n")
        command = self._command(["/bin/bash", "--norc", "/stand/.blocks/all.sh"], environment, lent, stand)
        return subprocess.run(
            command, stdin=subprocess.DEVNULL, capture_output=True, text=True, errors="replace", timeout=240
        )

    def paste(self, text: str, environment: Mapping[str, str], lent: Mapping[str, Path], *, stand: Path) -> str:
        """Paste text into an interactive bash on a terminal; returns what the terminal showed, once bash ended."""
        command = self._command(["/bin/bash", "--norc", "-i"], {**environment, "PS1": "$ "}, lent, stand)
        leader, follower = pty.openpty()
        with subprocess.Popen(
            command, stdin=follower, stdout=follower, stderr=follower, start_new_session=True
        ) as bash:
            os.close(follower)
            try:
                shown = _talk(leader, f"cd /stand\n{text}\necho still-$((40 + 2))-here\nexit 7\n".encode())
                bash.wait(timeout=30)
            finally:
                bash.kill()
                os.close(leader)
        return shown.decode(errors="replace")

    def _command(
        self, inner: Sequence[str], environment: Mapping[str, str], lent: Mapping[str, Path], stand: Path
    ) -> list[str]:
        root = shlex.quote(str(self.root))
        lines = ["set -e", f"mount --rbind /proc {root}/proc"]
        lines += [f"mount --bind /dev/{name} {root}/dev/{name}" for name in DEVICES]
        for inside, outside in {**lent, "/stand": stand}.items():
            place = self.root / inside.lstrip("/")
            place.mkdir(parents=True, exist_ok=True)
            lines.append(f"mount --bind {shlex.quote(str(outside))} {shlex.quote(str(place))}")
        words = {"PATH": "/bin", "HOME": "/root", "LANG": "C.UTF-8"} | dict(environment)
        entered = ["chroot", str(self.root), "/bin/env", "-i", *(f"{k}={v}" for k, v in words.items()), *inner]
        lines.append(f"exec {shlex.join(entered)}")
        own = [] if os.geteuid() == 0 else ["--map-root-user"]
        return [require("unshare"), *own, "--mount", "--propagation", "private", "sh", "-c", "\n".join(lines)]


def make_bare(root: Path, tools: Sequence[str]) -> Bare:
    """Copy bash, coreutils and the tools with their libraries below ``root``."""
    for folder in ("bin", "dev", "proc", "tmp", "root", "etc", "stand"):
        (root / folder).mkdir(parents=True)
    (root / "tmp").chmod(0o1777)
    for name, text in FILES.items():
        (root / name).write_text(text)
    for name in DEVICES:
        (root / "dev" / name).touch()
    programs = [Path(require(name)).resolve() for name in ("bash", *COREUTILS, *tools)]
    for name, program in zip(("bash", *COREUTILS, *tools), programs, strict=True):
        shutil.copy(program, root / "bin" / name)
    (root / "bin" / "sh").symlink_to("bash")
    for library in _libraries(programs):
        place = root / str(library).lstrip("/")
        place.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(library, place)
    return Bare(root)


def _libraries(programs: Sequence[Path]) -> set[Path]:
    told = subprocess.run([require("ldd"), *map(str, programs)], capture_output=True, text=True).stdout
    return {Path(found) for found in re.findall(r"(?:=> |^\s+)(/\S+) \(0x", told, re.MULTILINE)}


def _talk(leader: int, typed: bytes) -> bytes:
    """Type slowly enough for the terminal's small buffer, and read until the other side closes."""
    shown, rest, ends = b"", typed, time.monotonic() + 120
    while time.monotonic() < ends:
        readable, writable, _ = select.select([leader], [leader] if rest else [], [], 1)
        if readable:
            try:
                part = os.read(leader, 4096)
            except OSError:  # the terminal has no other side any more
                break
            if not part:
                break
            shown += part
        if writable and rest:
            line, newline, rest = rest.partition(b"\n")
            os.write(leader, line + newline)
    return shown
