"""The commands by name: what the help says of each, and where its code is, so that nothing else is imported."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Entry:
    """One command: the section of the help it stands in, its line there, its module and object, how it is typed."""

    section: str
    summary: str
    module: str
    name: str = "command"
    examples: tuple[str, ...] = ()

    @property
    def epilog(self) -> str:
        """The end of its help; the first line keeps click from wrapping the others."""
        return "\n".join(("\b", "For example:", *(f"  reconciler {example}" for example in self.examples)))


POLICY = "Policy"
LOOP = "Loop"
LOOK = "Look"
DATA = "Backups and recovery"
HOST = "Host"

COMMANDS: dict[str, Entry] = {
    "init": Entry(
        POLICY,
        "make a policy source, host settings and a passphrase",
        "init",
        examples=("init ~/backups", 'init /srv/backups --host infra1 --escrow "the safe in Madrid"'),
    ),
    "validate": Entry(
        POLICY,
        "say everything that is wrong with a policy, with its place",
        "validate",
        examples=("validate", "validate ~/backups/policy --strict"),
    ),
    "schema": Entry(POLICY, "print the JSON Schema of a kind", "schema", examples=("schema asset", "schema plan")),
    "plan": Entry(
        LOOP,
        "show what would be done, and do nothing",
        "plan",
        examples=("plan", "plan --at 2027-01-01", "plan --policy . --base origin/main --format markdown"),
    ),
    "apply": Entry(
        LOOP,
        "do what the plan, or a plan file, says",
        "apply",
        examples=("plan --out tonight.plan", "apply tonight.plan"),
    ),
    "reconcile": Entry(LOOP, "make one whole pass", "reconcile", examples=("reconcile",)),
    "run": Entry(LOOP, "reconcile for ever (the service)", "run", examples=("run", "--log json run")),
    "approve": Entry(
        LOOP,
        "let a lowering of the policy, or a blocked deletion, happen",
        "approve",
        examples=("plan", 'approve 0123456789ab --reason "two days are enough"'),
    ),
    "suspend": Entry(
        LOOP,
        "stop actions for a while; promises still breach",
        "suspend",
        examples=('suspend move --for 2h --repository nas --reason "the rack moves"',),
    ),
    "resume": Entry(
        LOOP, "end a suspension made on this host", "suspend", "resume", examples=("status", "resume move")
    ),
    "status": Entry(LOOK, "how every promise stands", "status", examples=("status", "status --check -o json")),
    "get": Entry(
        LOOK,
        "list assets, repositories, backups, attempts or holds",
        "get",
        examples=("get assets", "get backups --asset wiki-db --repository nas -o wide"),
    ),
    "describe": Entry(
        LOOK,
        "everything about one asset or repository",
        "describe",
        examples=("describe asset/wiki-db", "describe repository/nas"),
    ),
    "events": Entry(
        LOOK, "what happened, newest last", "events", examples=("events", "events --asset wiki-db --limit 200")
    ),
    "backup": Entry(
        DATA,
        "back up one asset now",
        "backup",
        examples=("backup wiki-db", 'backup wiki-db --reason "before the move" --keep-until 2027-03-01'),
    ),
    "restore": Entry(
        DATA,
        "bring an asset back into an empty folder",
        "restore",
        examples=('restore wiki-db --target /srv/recover --reason "the disk died"',),
    ),
    "runbook": Entry(
        DATA, "write the pages that people recover with", "runbook", examples=("runbook", "runbook wiki-db | less")
    ),
    "doctor": Entry(
        HOST,
        "look for what is wrong with this host, and say how to mend it",
        "doctor",
        examples=("doctor", 'doctor --confirm-escrow nas --place "the safe in Madrid"'),
    ),
}
