"""The step that opens a repository with plain restic: variables first, secrets by reference only."""

from __future__ import annotations

import shlex

from reconciler.kinds.step import Part, Step, Variable
from reconciler.policy.models.location import Location, RestLocation, S3Location, SftpLocation
from reconciler.policy.models.repository import RepositorySpec

KEY_FILE = "RESTIC_PASSWORD_FILE"


def opening_step(name: str, spec: RepositorySpec) -> Step:
    """Set the variables and open the repository."""
    variables, lines = _by_location(spec.location)
    wanted = (
        Variable(KEY_FILE, f"a file with the passphrase of repository {name} ({spec.password_from.described})"),
        *variables,
    )
    return Step(
        part=Part.PREPARE,
        title=f"Open repository {name}",
        command="\n".join((f"export {KEY_FILE}", *lines, "restic cat config --no-lock > /dev/null")),
        proves="the repository is there and the passphrase opens it",
        variables=wanted,
        tools=("restic", "bash", *(("ssh",) if spec.location.sftp else ())),
    )


def _by_location(place: Location) -> tuple[tuple[Variable, ...], tuple[str, ...]]:
    if place.local:
        return (), (f"export RESTIC_REPOSITORY={shlex.quote(place.local.path)}",)
    if place.sftp:
        return _sftp(place.sftp)
    if place.rest:
        return _rest(place.rest)
    if place.s3:
        return _s3(place.s3)
    raise ValueError("a location of no kind")


def _sftp(place: SftpLocation) -> tuple[tuple[Variable, ...], tuple[str, ...]]:
    host = f"[{place.host}]" if ":" in place.host else place.host
    url = f"sftp://{place.user}@{host}:{place.port}/{place.path}"
    variables: tuple[Variable, ...] = ()
    options = ["-o BatchMode=yes", "-o StrictHostKeyChecking=yes"]
    lines = [f"export RESTIC_REPOSITORY={shlex.quote(url)}"]
    if place.identity_from:
        why = f"a file with the private ssh key for {place.user}@{place.host} ({place.identity_from.described})"
        variables = (Variable("SSH_IDENTITY", why),)
        options.append("-o IdentitiesOnly=yes -i '$SSH_IDENTITY'")
    if place.host_key:
        known = (
            f"[{place.host}]:{place.port} {place.host_key}" if place.port != 22 else f"{place.host} {place.host_key}"
        )
        lines.append("SSH_KNOWN_HOSTS=$(mktemp)")
        lines.append(f"printf '%s\\n' {shlex.quote(known)} > \"$SSH_KNOWN_HOSTS\"")
        options.append("-o 'UserKnownHostsFile=$SSH_KNOWN_HOSTS'")
    lines.append(f'restic() {{ command restic -o sftp.args="{" ".join(options)}" "$@"; }}')
    return variables, tuple(lines)


def _rest(place: RestLocation) -> tuple[tuple[Variable, ...], tuple[str, ...]]:
    scheme = "https" if place.tls else "http"
    url = f"rest:{scheme}://{place.host}:{place.port}/{(place.path or '').strip('/')}"
    lines = [f"export RESTIC_REPOSITORY={shlex.quote(url.rstrip('/') + '/')}"]
    variables: tuple[Variable, ...] = ()
    if place.user:
        lines.append(f"export RESTIC_REST_USERNAME={shlex.quote(place.user)}")
    if place.password_from:
        why = f"a file with the password of {place.user or 'the user'} ({place.password_from.described})"
        variables = (Variable("REST_PASSWORD_FILE", why),)
        lines.append('RESTIC_REST_PASSWORD=$(cat -- "$REST_PASSWORD_FILE"); export RESTIC_REST_PASSWORD')
    lines += _authority(place.authority_file)
    return variables, tuple(lines)


def _s3(place: S3Location) -> tuple[tuple[Variable, ...], tuple[str, ...]]:
    scheme = "https" if place.tls else "http"
    port = f":{place.port}" if place.port else ""
    url = f"s3:{scheme}://{place.host}{port}/{place.bucket}/{(place.prefix or '').strip('/')}"
    lines = [f"export RESTIC_REPOSITORY={shlex.quote(url.rstrip('/'))}"]
    if place.region:
        lines.append(f"export AWS_DEFAULT_REGION={shlex.quote(place.region)}")
    lines.append("export AWS_ACCESS_KEY_ID AWS_SECRET_ACCESS_KEY")
    lines += _authority(place.authority_file)
    access = f"the access key of bucket {place.bucket} ({place.access_key_from.described})"
    secret = f"the secret key of bucket {place.bucket} ({place.secret_key_from.described})"
    variables = (Variable("AWS_ACCESS_KEY_ID", access), Variable("AWS_SECRET_ACCESS_KEY", secret))
    return variables, tuple(lines)


def _authority(file: str | None) -> list[str]:
    return [f"export RESTIC_CACERT={shlex.quote(file)}"] if file else []
