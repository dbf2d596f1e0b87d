"""Certificates for tests: an authority of one's own, and servers' certificates of it."""

import datetime
import ipaddress
import os

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

DAY = datetime.timedelta(days=1)


def _name(text):
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, text)])


def _key():
    return ec.generate_private_key(ec.SECP256R1())


def _builder(subject, issuer, public, begins, ends):
    now = datetime.datetime.now(datetime.UTC)
    return (
        x509.CertificateBuilder().subject_name(_name(subject)).issuer_name(_name(issuer)).public_key(public)
        .serial_number(x509.random_serial_number()).not_valid_before(now + begins * DAY).not_valid_after(now + ends * DAY))


class Authority:
    """A company's own authority; `file` is what its clients trust."""

    def __init__(self, folder, name="Test Authority"):
        self.folder, self.name, self.key = folder, name, _key()
        public = self.key.public_key()
        certificate = (
            _builder(name, name, public, -2, 400).add_extension(x509.BasicConstraints(True, None), critical=True)
            .add_extension(x509.SubjectKeyIdentifier.from_public_key(public), critical=False)
            .add_extension(
                x509.KeyUsage(False, False, False, False, False, True, True, False, False), critical=True)
            .sign(self.key, hashes.SHA256()))
        self.file = folder / f"{name.replace(' ', '-')}.pem"
        self.file.write_bytes(certificate.public_bytes(serialization.Encoding.PEM))

    def issue(self, names=("localhost", "127.0.0.1"), begins=-1, ends=90):
        """A server's certificate and key as PEM, good from so many days from now to so many."""
        key = _key()
        addresses = [name for name in names if name[0].isdigit()]
        alternatives = [x509.IPAddress(ipaddress.ip_address(name)) for name in addresses]
        alternatives += [x509.DNSName(name) for name in names if name not in addresses]
        certificate = (
            _builder(names[0], self.name, key.public_key(), begins, ends)
            .add_extension(x509.BasicConstraints(False, None), critical=True)
            .add_extension(x509.SubjectAlternativeName(alternatives), critical=False)
            .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(self.key.public_key()), critical=False)
            .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
            .sign(self.key, hashes.SHA256()))
        private = key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
        return certificate.public_bytes(serialization.Encoding.PEM), private


class Pair:
    """The files that a server reads its certificate and key from."""

    def __init__(self, folder, authority, **about):
        self.certificate, self.key = folder / "server.pem", folder / "server.key"
        self.put(*authority.issue(**about))

    @property
    def options(self):
        return ["--tls-certificate", str(self.certificate), "--tls-key", str(self.key)]

    def put(self, certificate=None, key=None):
        """Puts other ones in their place, as tools that renew certificates do: written aside, then renamed."""
        for path, text in [(self.certificate, certificate), (self.key, key)]:
            if text is not None:
                aside = path.with_suffix(".new")
                aside.touch(mode=0o600)
                aside.write_bytes(text)
                os.replace(aside, path)


def sealed(key):
    """The same key under a password."""
    return serialization.load_pem_private_key(key, None).private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.BestAvailableEncryption(b"secret"))
