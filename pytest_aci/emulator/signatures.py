"""The signed query that operation URLs carry since 2024: `t`, `c`, `s` and `h`, as long as Azure's."""

from __future__ import annotations

import base64
import hashlib
import hmac
import secrets
from typing import TYPE_CHECKING

from .timestamps import tick_count

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

CERTIFICATE_BYTES = 1500
SIGNATURE_BYTES = 256


class Signatures:
    """Signs paths with a key of this emulator's life."""

    def __init__(self) -> None:
        self._key = secrets.token_bytes(32)
        self._certificate = _text(secrets.token_bytes(CERTIFICATE_BYTES))

    def query(self, path: str, moment: datetime) -> str:
        """What to append to the URL of *path*."""
        ticks = str(tick_count(moment))
        return f"&t={ticks}&c={self._certificate}&s={self._signature(path, ticks)}&h={_hash(path, ticks)}"

    def holds(self, path: str, query: Mapping[str, str]) -> bool:
        """Whether a signed URL came back verbatim. An unsigned one does, as it did before 2024."""
        if "s" not in query:
            return True
        expected = self._signature(path, query.get("t", ""))
        return hmac.compare_digest(expected.encode(), query["s"].encode()) and query.get("c") == self._certificate

    def _signature(self, path: str, ticks: str) -> str:
        block = hmac.digest(self._key, f"{path.lower()}\n{ticks}".encode(), "sha256")
        return _text(block * (SIGNATURE_BYTES // len(block)))


def _hash(path: str, ticks: str) -> str:
    return _text(hashlib.sha256(f"{path}\n{ticks}".encode()).digest())


def _text(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()
