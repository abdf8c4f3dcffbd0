"""The commands by name: what the help says of each, and where its code is, so that nothing else is imported."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Entry:
    """One command: the section of the help it stands in, its line there, its module and object."""

    section: str
    summary: str
    module: str
    name: str = "command"


POLICY = "Policy"
LOOP = "Loop"
LOOK = "Look"
DATA = "Backups and recovery"
HOST = "Host"

COMMANDS: dict[str, Entry] = {
    "init": Entry(POLICY, "make a policy repository, host settings and a passphrase", "init"),
    "validate": Entry(POLICY, "say everything that is wrong with a policy, with its place", "validate"),
    "schema": Entry(POLICY, "print the JSON Schema of a kind", "schema"),
    "plan": Entry(LOOP, "show what would be done, and do nothing", "plan"),
    "apply": Entry(LOOP, "do what the plan, or a plan file, says", "apply"),
    "reconcile": Entry(LOOP, "make one whole pass", "reconcile"),
    "run": Entry(LOOP, "reconcile for ever (the service)", "run"),
    "approve": Entry(LOOP, "let a lowering of the policy, or a blocked deletion, happen", "approve"),
    "suspend": Entry(LOOP, "stop actions for a while; promises still breach", "suspend"),
    "resume": Entry(LOOP, "end a suspension made on this host", "suspend", "resume"),
    "status": Entry(LOOK, "how every promise stands", "status"),
    "get": Entry(LOOK, "list assets, repositories, backups, attempts or holds", "get"),
    "describe": Entry(LOOK, "everything about one asset or repository", "describe"),
    "events": Entry(LOOK, "what happened, newest last", "events"),
    "backup": Entry(DATA, "back up one asset now", "backup"),
    "restore": Entry(DATA, "bring an asset back into an empty folder", "restore"),
    "runbook": Entry(DATA, "write the pages that people recover with", "runbook"),
    "doctor": Entry(HOST, "look for what is wrong with this host, and say how to mend it", "doctor"),
}
