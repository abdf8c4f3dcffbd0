"""The help as click writes it, by width; made by `make generate`."""

HELP = {
    80: """\
Usage: reconciler [OPTIONS] COMMAND [ARGS]...

  GitOps for backups: what should be protected stands in git, and this makes
  it so.

  These options stand before the command; each command has its own, see:
  reconciler COMMAND --help

  Exit codes: 0 ok, 1 error, 2 changes (only with --detailed-exitcode), 3
  something is blocked or waits for approval, 4 a promise is breached (status
  --check), 64 wrong usage.

Options:
  --config FILE      The host settings (default: $RECONCILER_CONFIG, else
                     /etc/reconciler/reconciler.yaml, else
                     ~/.config/reconciler/reconciler.yaml).
  --log [text|json]  What is said while actions run: lines for people, or JSON
                     for programs.
  --no-color         No colour, also on a terminal (NO_COLOR works too).
  --version          Print the version.
  -h, --help         Show this message and exit.

Policy:
  init      make a policy source, host settings and a passphrase
  validate  say everything that is wrong with a policy, with its place
  schema    print the JSON Schema of a kind

Loop:
  plan       show what would be done, and do nothing
  apply      do what the plan, or a plan file, says
  reconcile  make one whole pass
  run        reconcile for ever (the service)
  approve    let a lowering of the policy, or a blocked deletion, happen
  suspend    stop actions for a while; promises still breach
  resume     end a suspension made on this host

Look:
  status    how every promise stands
  get       list assets, repositories, backups, attempts or holds
  describe  everything about one asset or repository
  events    what happened, newest last

Backups and recovery:
  backup   back up one asset now
  restore  bring an asset back into an empty folder
  runbook  write the pages that people recover with

Host:
  doctor  look for what is wrong with this host, and say how to mend it

  For example:
    reconciler init ~/backups
    reconciler --config ~/backups/host/reconciler.yaml status
""",
    100: """\
Usage: reconciler [OPTIONS] COMMAND [ARGS]...

  GitOps for backups: what should be protected stands in git, and this makes it so.

  These options stand before the command; each command has its own, see: reconciler COMMAND --help

  Exit codes: 0 ok, 1 error, 2 changes (only with --detailed-exitcode), 3 something is blocked or
  waits for approval, 4 a promise is breached (status --check), 64 wrong usage.

Options:
  --config FILE      The host settings (default: $RECONCILER_CONFIG, else
                     /etc/reconciler/reconciler.yaml, else ~/.config/reconciler/reconciler.yaml).
  --log [text|json]  What is said while actions run: lines for people, or JSON for programs.
  --no-color         No colour, also on a terminal (NO_COLOR works too).
  --version          Print the version.
  -h, --help         Show this message and exit.

Policy:
  init      make a policy source, host settings and a passphrase
  validate  say everything that is wrong with a policy, with its place
  schema    print the JSON Schema of a kind

Loop:
  plan       show what would be done, and do nothing
  apply      do what the plan, or a plan file, says
  reconcile  make one whole pass
  run        reconcile for ever (the service)
  approve    let a lowering of the policy, or a blocked deletion, happen
  suspend    stop actions for a while; promises still breach
  resume     end a suspension made on this host

Look:
  status    how every promise stands
  get       list assets, repositories, backups, attempts or holds
  describe  everything about one asset or repository
  events    what happened, newest last

Backups and recovery:
  backup   back up one asset now
  restore  bring an asset back into an empty folder
  runbook  write the pages that people recover with

Host:
  doctor  look for what is wrong with this host, and say how to mend it

  For example:
    reconciler init ~/backups
    reconciler --config ~/backups/host/reconciler.yaml status
""",
}
