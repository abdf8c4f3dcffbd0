"""How one restic process gets into its repositories: everything secret in memory behind inherited descriptors."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field

from reconciler.engines.protocol import OpenRepository
from reconciler.engines.restic import location
from reconciler.errors import EngineFailed, SecretMissing
from reconciler.kit.secrets import Secret, secret_file

_LOG_READ = 64 * 1024


@dataclass(frozen=True, slots=True)
class Opening:
    """What a process needs to get in: flags, its environment besides the usual, descriptors to inherit.

    ``ssh_log`` is where its ssh complains: restic often ends before it has passed that on.
    """

    flags: tuple[str, ...]
    environment: Mapping[str, str]
    pass_fds: tuple[int, ...]
    ssh_log: int | None = None

    def said_by_ssh(self) -> tuple[str, ...]:
        """ssh's lines as restic would pass them on, once the process has ended."""
        if self.ssh_log is None:
            return ()
        text = os.pread(self.ssh_log, _LOG_READ, 0).decode("utf-8", "replace")
        return tuple(f"subprocess ssh: {line.strip()}" for line in text.splitlines() if line.strip())


@contextmanager
def opened(
    repository: OpenRepository, origin: OpenRepository | None = None, files: Mapping[str, Secret] | None = None
) -> Iterator[Opening]:
    """Open a repository, and the one copied from; ``files`` are further flags that each take a file."""
    with ExitStack() as stack:
        door = _Door(stack)
        door.admit(repository, "--")
        if origin is not None:
            door.admit(origin, "--from-")
        places = (repository,) if origin is None else (repository, origin)
        door.reach_over_ssh(places)
        door.sign_for_s3(places)
        for flag, content in (files or {}).items():
            door.flags.append(f"{flag}={door.file(content)}")
        yield Opening(tuple(door.flags), door.environment, tuple(door.descriptors), door.ssh_log)


@dataclass(slots=True)
class _Door:
    stack: ExitStack
    flags: list[str] = field(default_factory=list)
    environment: dict[str, str] = field(default_factory=dict)
    descriptors: list[int] = field(default_factory=list)
    ssh_log: int | None = None

    def file(self, content: Secret) -> str:
        """A path that restic can open."""
        opened_file = self.stack.enter_context(secret_file(content))
        self.descriptors.append(opened_file.descriptor)
        return opened_file.path

    def file_for_ssh(self, content: Secret) -> str:
        """A path that restic's ssh can open: it closes what it inherits, but may look into our own process."""
        opened_file = self.stack.enter_context(secret_file(content, ending="\n"))
        return f"/proc/{os.getpid()}/fd/{opened_file.descriptor}"

    def admit(self, repository: OpenRepository, prefix: str) -> None:
        place = repository.location
        password = repository.credentials.get("password")
        url = location.url(place, password.reveal() if password else None)
        self.flags.append(f"{prefix}repository-file={self.file(Secret(url, 'the URL'))}")
        self.flags.append(f"{prefix}password-file={self.file(repository.passphrase)}")
        for option in location.options(place):
            self.flags += ["-o", option]
        authority = location.authority_file(place)
        if authority is not None:
            self.flags.append(f"--cacert={_one_of_a_list(authority)}")

    def reach_over_ssh(self, places: tuple[OpenRepository, ...]) -> None:
        accesses = [self._ssh_access(one) for one in places if one.location.sftp]
        if accesses:
            text = location.ssh_configuration([access for access in accesses if access])
            configuration = self.file_for_ssh(Secret(text, "ssh's configuration"))
            self.ssh_log = os.memfd_create("ssh-log", os.MFD_CLOEXEC)
            self.stack.callback(os.close, self.ssh_log)
            log = f"/proc/{os.getpid()}/fd/{self.ssh_log}"
            self.flags += ["-o", f"sftp.args=-F {configuration} -E {log}"]

    def sign_for_s3(self, places: tuple[OpenRepository, ...]) -> None:
        pairs = {_key_pair(one) for one in places if one.location.s3}
        if len(pairs) > 1:
            # restic reads one pair of keys for the place copied from and the place copied to.
            raise EngineFailed(
                "restic cannot copy between two S3 places with different keys",
                remedy="give both places the same keys, or copy by way of another repository",
            )
        for access_key, secret_key in pairs:
            text = location.credentials_file(access_key.reveal(), secret_key.reveal())
            self.environment["AWS_SHARED_CREDENTIALS_FILE"] = self.file(Secret(text, "S3 keys"))

    def _ssh_access(self, repository: OpenRepository) -> location.SshAccess | None:
        place = repository.location.sftp
        if place is None:
            return None
        pinned = location.known_hosts(place)
        identity = repository.credentials.get("identity")
        return location.SshAccess(
            place,
            known_hosts=self.file_for_ssh(Secret(pinned, "a host key")) if pinned else None,
            identity=self.file_for_ssh(identity) if identity else None,
        )


def _key_pair(repository: OpenRepository) -> tuple[Secret, Secret]:
    try:
        return repository.credentials["access_key"], repository.credentials["secret_key"]
    except KeyError as missing:
        raise SecretMissing(
            f"the S3 repository {repository.name} came without its {missing.args[0]}", subject=repository.name
        ) from None


def _one_of_a_list(path: str) -> str:
    # The flag takes a CSV list.
    return '"' + path.replace('"', '""') + '"' if any(mark in path for mark in ',"') else path
