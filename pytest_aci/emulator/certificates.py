"""The emulator's own certificate authority and the certificate of its https address. Keys never stay on disk."""

from __future__ import annotations

import contextlib
import ipaddress
import os
import ssl
import tempfile
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from .timestamps import now

if TYPE_CHECKING:
    from collections.abc import Sequence

VALID_DAYS = 30
LOOPBACK_NAMES = ("localhost",)
LOOPBACK_ADDRESSES = ("127.0.0.1", "::1")


class Certificates:
    """A fresh authority and a leaf for loopback and *names*.

    Attributes:
        authority: The authority's certificate in PEM, which clients must trust.
    """

    def __init__(self, names: Sequence[str] = ()) -> None:
        self._names = (*LOOPBACK_NAMES, *names)
        key = ec.generate_private_key(ec.SECP256R1())
        subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "pytest-aci emulator authority")])
        usage = x509.KeyUsage(
            digital_signature=False,
            content_commitment=False,
            key_encipherment=False,
            data_encipherment=False,
            key_agreement=False,
            key_cert_sign=True,
            crl_sign=True,
            encipher_only=False,
            decipher_only=False,
        )
        authority = (
            _builder(subject, subject, key.public_key())
            .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
            .add_extension(usage, critical=True)
            .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
            # Whoever trusts it trusts it for these names only, should its key ever get out.
            .add_extension(_constraints(self._names), critical=True)
            .sign(key, hashes.SHA256())
        )
        self.authority = authority.public_bytes(serialization.Encoding.PEM)
        self._leaf_key = ec.generate_private_key(ec.SECP256R1())
        self._leaf = self._sign_leaf(subject, key)

    def server_context(self) -> ssl.SSLContext:
        """What the https listener speaks with."""
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.minimum_version = ssl.TLSVersion.TLSv1_2
        private = self._leaf_key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
        # The ssl module reads keys from files only; this one is readable by its owner and gone in a moment.
        descriptor, path = tempfile.mkstemp(suffix=".pem")
        try:
            with os.fdopen(descriptor, "wb") as file:
                file.write(private + self._leaf)
            context.load_cert_chain(path)
        finally:
            Path(path).unlink()
        return context

    def write_bundle(self, path: Path) -> None:
        """Write what `REQUESTS_CA_BUNDLE` should point to: this authority, and the public ones if certifi is there."""
        public = b""
        with contextlib.suppress(ImportError, OSError):
            import certifi  # noqa: PLC0415 # comes with requests, which only clients need

            public = Path(certifi.where()).read_bytes()
        path.write_bytes(self.authority + public)

    def _sign_leaf(self, issuer: x509.Name, key: ec.EllipticCurvePrivateKey) -> bytes:
        subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "pytest-aci emulator")])
        alternatives: list[x509.GeneralName] = [x509.DNSName(each) for each in self._names]
        alternatives += [x509.IPAddress(ipaddress.ip_address(each)) for each in LOOPBACK_ADDRESSES]
        leaf = (
            _builder(subject, issuer, self._leaf_key.public_key())
            .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
            .add_extension(x509.SubjectAlternativeName(alternatives), critical=False)
            .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
            .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(key.public_key()), critical=False)
            .sign(key, hashes.SHA256())
        )
        return leaf.public_bytes(serialization.Encoding.PEM)


def _builder(subject: x509.Name, issuer: x509.Name, key: ec.EllipticCurvePublicKey) -> x509.CertificateBuilder:
    begin = now() - timedelta(hours=1)
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key)
        .serial_number(x509.random_serial_number())
        .not_valid_before(begin)
        .not_valid_after(begin + timedelta(days=VALID_DAYS))
    )


def _constraints(names: Sequence[str]) -> x509.NameConstraints:
    permitted: list[x509.GeneralName] = [x509.DNSName(each) for each in names]
    permitted += [
        x509.IPAddress(ipaddress.ip_network("127.0.0.0/8")),
        x509.IPAddress(ipaddress.ip_network("::1/128")),
    ]
    return x509.NameConstraints(permitted_subtrees=permitted, excluded_subtrees=None)
