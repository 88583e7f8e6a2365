"""TLS: a private authority is a setting, and an untrusted or wrong certificate is told in clear words."""

from __future__ import annotations

import asyncio
import ssl
from datetime import datetime, timedelta
from ipaddress import ip_address
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from instep.errors import Unreachable
from instep.protocols.http import HttpClient, HttpSettings
from peers.standin import Say, serving


@pytest.fixture
def own_authority(tmp_path: Path) -> tuple[ssl.SSLContext, str]:
    """A server context for 127.0.0.1 signed by an authority of its own, and that authority's file."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Instep test authority")])
    today = datetime.now()
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(today - timedelta(days=2))
        .not_valid_after(today + timedelta(days=2))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    authority, both = tmp_path / "authority.pem", tmp_path / "both.pem"
    authority.write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    both.write_bytes(authority.read_bytes() + private)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(both)
    return context, str(authority)


def test_private_authority_is_trusted_only_when_it_is_named(own_authority: tuple[ssl.SSLContext, str]) -> None:
    context, authority = own_authority

    async def work() -> None:
        async with serving(lambda asked: Say(200, "hello"), tls=context) as server:
            async with HttpClient(HttpSettings("anna", "secret", ca_file=authority)) as client:
                client.trust(server.url)
                assert (await client.request("GET", server.url + "/")).body == b"hello"
            async with HttpClient(HttpSettings("anna", "secret")) as client:
                client.trust(server.url)
                with pytest.raises(Unreachable, match="not trusted"):
                    await client.request("GET", server.url + "/")
            assert len(server.asked) == 1

    asyncio.run(work())


def test_certificate_of_another_host_is_not_trusted(own_authority: tuple[ssl.SSLContext, str]) -> None:
    context, authority = own_authority

    async def work() -> None:
        async with serving(lambda asked: Say(200), host="localhost", tls=context) as server:
            async with HttpClient(HttpSettings("anna", "secret", ca_file=authority)) as client:
                with pytest.raises(Unreachable, match="localhost"):
                    await client.request("GET", server.url + "/")
            assert server.asked == []

    asyncio.run(work())


def test_server_of_plain_http_is_said_to_answer_unencrypted() -> None:
    async def hang_up(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read(1)
        writer.write(b"HTTP/1.1 400 Bad Request\r\n\r\n")
        writer.close()

    async def work() -> None:
        server = await asyncio.start_server(hang_up, "127.0.0.1", 0)
        port = server.sockets[0].getsockname()[1]
        async with server, HttpClient(HttpSettings()) as client:
            with pytest.raises(Unreachable, match="does not answer encrypted") as caught:
                await client.request("GET", f"https://127.0.0.1:{port}/")
        assert "plain http" in caught.value.advice

    asyncio.run(work())
