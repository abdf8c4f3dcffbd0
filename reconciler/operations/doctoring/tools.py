"""The programs that are needed, in versions that can be trusted."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

from reconciler.errors import ToolMissing
from reconciler.gitops.place import protocol_of
from reconciler.kit.tools import BEST_RESTIC, find_restic, find_tool, read_version
from reconciler.operations.doctoring.finding import Finding, error, ok, warning
from reconciler.operations.doctoring.scene import Scene
from reconciler.settings import HostSettings


def restic_findings(restic: Path | None) -> Iterator[Finding]:
    """restic, where the settings say or, without any, on PATH. Raises ToolMissing."""
    tool = find_restic(restic)
    if tool.version < BEST_RESTIC:
        best = ".".join(str(part) for part in BEST_RESTIC)
        what = f"{tool.path} {tool.spelled} works, {best} or newer is best"
        yield warning("restic", what, "no hurry: take it when your system has it, or from restic.net")
    else:
        yield ok("restic", f"{tool.path} {tool.spelled}")


def git_findings() -> Iterator[Finding]:
    """git. Raises ToolMissing."""
    git = find_tool("git")
    yield ok("git", f"{git} {'.'.join(str(part) for part in read_version(git, '--version'))}")


def command_findings(settings: HostSettings) -> Iterator[Finding]:
    """The programs that the host declares for its sources."""
    for name, words in settings.commands.items():
        if os.access(words[0], os.X_OK) and Path(words[0]).is_file():
            yield ok(f"command {name}", words[0])
        else:
            yield error(
                f"command {name}", f"{words[0]} is no program that can be run", "correct commands in the settings"
            )


def needed_findings(scene: Scene) -> Iterator[Finding]:
    """What only some need: ssh for sftp repositories and ssh policy sources, ssh-keygen for signatures."""
    policy = scene.desk.settings.policy
    wanted = [f"repository {name}" for name, spec in scene.repositories.items() if spec.location.sftp]
    if protocol_of(policy.url) == "ssh":
        wanted.append("the policy source")
    if wanted:
        yield _needed("ssh", ", ".join(wanted))
    if policy.verify == "commits":
        yield _needed("ssh-keygen", "policy.verify: commits")


def _needed(tool: str, wanted_by: str) -> Finding:
    try:
        return ok(tool, f"{find_tool(tool)}, needed by {wanted_by}")
    except ToolMissing as missing:
        return error(tool, f"{missing.what}, needed by {wanted_by}", "apt-get install openssh-client")
