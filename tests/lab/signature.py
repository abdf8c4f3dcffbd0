"""Signs the few requests that tests send to S3 themselves (AWS Signature Version 4, empty bodies only)."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

_REGION, _SERVICE, _ALGORITHM = "us-east-1", "s3", "AWS4-HMAC-SHA256"
_EMPTY = hashlib.sha256(b"").hexdigest()


@dataclass(frozen=True, slots=True)
class Credentials:
    """A key pair of an S3 identity."""

    access_key: str
    secret_key: str


def signed_headers(
    method: str, host: str, path: str, credentials: Credentials, extra: Mapping[str, str]
) -> dict[str, str]:
    """Return the headers, the extra ones included, of a request without query and body."""
    now = datetime.now(UTC).strftime("%Y%m%dT%H%M%SZ")
    headers = {"host": host, "x-amz-content-sha256": _EMPTY, "x-amz-date": now, **extra}
    names = ";".join(sorted(headers))
    listed = "".join(f"{name}:{headers[name]}\n" for name in sorted(headers))
    request = f"{method}\n{path}\n\n{listed}\n{names}\n{_EMPTY}"
    scope = f"{now[:8]}/{_REGION}/{_SERVICE}/aws4_request"
    text = f"{_ALGORITHM}\n{now}\n{scope}\n{hashlib.sha256(request.encode()).hexdigest()}"
    key = f"AWS4{credentials.secret_key}".encode()
    for part in scope.split("/"):
        key = hmac.digest(key, part.encode(), "sha256")
    signature = hmac.digest(key, text.encode(), "sha256").hex()
    authorization = (
        f"{_ALGORITHM} Credential={credentials.access_key}/{scope}, SignedHeaders={names}, Signature={signature}"
    )
    return {**headers, "authorization": authorization}
