"""Certificates as servers show them: right, run out, not yet valid, of somebody else."""

from __future__ import annotations

import ssl
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

DAY = timedelta(days=1)


@dataclass
class Authority:
    """Signs for others. `name` is shown as the issuer."""

    name: str

    def __post_init__(self):
        self.key = ec.generate_private_key(ec.SECP256R1())
        self.certificate = _sign(self.name, self.key, self.name, self.key, (), -DAY, DAY, ca=True)

    def write(self, folder):
        """Write the file that a laptop is enrolled with; return its path."""
        path = folder / f"{self.name}.pem"
        path.write_bytes(_pem(self.certificate))
        return path

    def shows(self, folder, *hosts, since=-DAY, until=DAY):
        """Return a server's TLS context with a certificate for `hosts`."""
        key = ec.generate_private_key(ec.SECP256R1())
        made = _sign("server", key, self.name, self.key, hosts, since, until)
        self.last = made
        return _context(folder, made, key)

    def write_last(self, folder):
        """Write the certificate that was shown last, to be pinned; return its path."""
        path = folder / "pinned.pem"
        path.write_bytes(_pem(self.last))
        return path


def shows_itself(folder, *hosts):
    """Return a server's TLS context with a certificate that signs itself."""
    key = ec.generate_private_key(ec.SECP256R1())
    return _context(folder, _sign("server", key, "server", key, hosts, -DAY, DAY), key)


def _sign(subject, key, issuer, issuer_key, hosts, since, until, ca=False):
    now = datetime.now(UTC)
    names = [
        x509.DNSName(h) if not h[0].isdigit() else x509.IPAddress(ip_address(h)) for h in hosts
    ]
    builder = (
        x509.CertificateBuilder()
        .subject_name(_name(subject))
        .issuer_name(_name(issuer))
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now + since)
        .not_valid_after(now + until)
        .add_extension(x509.BasicConstraints(ca=ca, path_length=None), True)
    )
    if names:
        builder = builder.add_extension(x509.SubjectAlternativeName(names), False)
    return builder.sign(issuer_key, hashes.SHA256())


def _name(common):
    return x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, common)])


def _pem(certificate):
    return certificate.public_bytes(serialization.Encoding.PEM)


def _context(folder, certificate, key):
    public, private = folder / "shown.pem", folder / "shown.key"
    public.write_bytes(_pem(certificate))
    private.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(public, private)
    return context
