"""A world whose alerts go to real servers: passes are made, messages come, and are read."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import timedelta

from reconciler.engines.registry import make_engine
from reconciler.operations.alerting import after_pass
from reconciler.operations.desk import restic_settings
from reconciler.operations.passing import Pass, PassResult
from tests.e2e.world import World
from tests.lab.smtp import SmtpServer

LEAD = """\
---
apiVersion: backup/v1
kind: Contact
metadata: {name: lead}
spec: {email: lead@example.org, phone: "+34 600 111 222"}
"""
MAIL = """\
---
apiVersion: backup/v1
kind: Alert
metadata: {{name: mail}}
spec:
  events: [breached, blocked, approval, unknown, failing, storage, policy, resolved]
  provider: {{smtp: {{host: 127.0.0.1, port: {port}, tls: none, sender: backup@example.org}}}}
  to: [platform]
"""
HOOK = """\
---
apiVersion: backup/v1
kind: Alert
metadata: {name: channel}
spec:
  events: [breached, blocked, approval, unknown, failing, storage, policy, resolved]
  provider: {webhook: {format: slack, urlFrom: {env: HOOK}}}
"""


def mailed(server: SmtpServer) -> str:
    """The document of an alert that mails to this server."""
    return MAIL.format(port=server.port)


@dataclass(slots=True)
class Listener:
    """Passes with everything that follows them, and the mails that came since the last look.

    ``patience`` is how long restic waits for somebody else's lock.
    """

    world: World
    server: SmtpServer
    patience: timedelta = timedelta(seconds=1)
    read: int = 0
    results: list[PassResult] = field(default_factory=list)

    def pass_(self, after: timedelta = timedelta(0)) -> list[str]:
        """One pass so much later; the texts of the mails that it sent."""
        self.world.shift += after
        with self.world.desk() as desk:
            settings = replace(restic_settings(desk.settings), lock=self.patience)
            desk.engine = make_engine("restic", settings, desk.interrupt)
            result = Pass(desk).run()
            after_pass(desk, result)
        self.results.append(result)
        return self.news()

    def news(self) -> list[str]:
        """The texts of the mails that came since the last look."""
        fresh = self.server.mails[self.read :]
        self.read = len(self.server.mails)
        return [f"{mail.message['Subject']}\n{mail.message.get_content()}".replace("\r\n", "\n") for mail in fresh]

    def reached(self) -> list[str]:
        """To whom the newest mail went."""
        return list(self.server.mails[-1].recipients)
