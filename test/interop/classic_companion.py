"""The HTTP companion of Paperclip 0 as an older client in Python meets it: it registers, opens its key
with the password, signs its own certificate, and asks for friends and lobbies.

    python3 test/interop/classic_companion.py http://localhost:5000

Needs the package `cryptography`. Prints what every step answered as one line of JSON.
"""

import base64
import datetime
import json
import sys
import urllib.error
import urllib.request

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.x509.oid import NameOID

PASSWORD = "correct horse"
TIMEOUT_S = 20


class Companion:
    """Requests as the older clients send them: JSON in the body of any method."""

    def __init__(self, url: str):
        self.url = url

    def ask(self, method: str, path: str, body=None, login: str | None = None):
        """The status, and the answer as JSON or text."""
        headers = {"Content-Type": "application/json"}
        if login is not None:
            headers["Authorization"] = "Basic " + base64.b64encode(login.encode()).decode()
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(self.url + path, data, headers, method=method)
        try:
            with urllib.request.urlopen(request, timeout=TIMEOUT_S) as response:
                status, text = response.status, response.read().decode()
        except urllib.error.HTTPError as refusal:
            status, text = refusal.code, refusal.read().decode()
        try:
            return status, json.loads(text)
        except ValueError:
            return status, text


def certificate_of(key, account_id: int, name: str) -> bytes:
    """Good for a day from now, in DER."""
    subject = x509.Name(
        [
            x509.NameAttribute(NameOID.ORGANIZATION_NAME, "Paperclip"),
            x509.NameAttribute(NameOID.COMMON_NAME, "127.0.0.1"),
            x509.NameAttribute(NameOID.USER_ID, str(account_id)),
            x509.NameAttribute(NameOID.PSEUDONYM, name),
        ]
    )
    now = datetime.datetime.now(datetime.timezone.utc)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now)
        .not_valid_after(now + datetime.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
        .sign(key, hashes.SHA256())
    )
    return certificate.public_bytes(serialization.Encoding.DER)


def main(url: str) -> None:
    companion = Companion(url)
    mario = {"username": "Mario", "password": PASSWORD}
    registered = companion.ask("POST", "/auth/register", mario)
    account_id = registered[1]["account-id"]
    token = companion.ask("GET", "/auth/token", login=f"Mario:{PASSWORD}")[1]["token"]
    login = f"{token}:"
    held = companion.ask("GET", "/auth/key", login=login)[1]["key"]
    key = serialization.load_der_private_key(base64.decodebytes(held.encode()), PASSWORD.encode())

    def is_valid(der: bytes):
        certificate = {"certificate": base64.encodebytes(der).decode()}
        return companion.ask("GET", "/auth/certificate/validate", certificate)

    certificate = certificate_of(key, account_id, "Mario")
    server = companion.ask("GET", "/auth/certificate", login=login)[1]["certificate"]
    server_der = base64.decodebytes(server.encode())
    parsed = x509.load_der_x509_certificate(server_der)
    parsed.verify_directly_issued_by(parsed)
    lifetime = parsed.not_valid_after_utc - parsed.not_valid_before_utc
    friend = {"username": "Nobody"}
    game = {"game-name": "RPS"}
    not_found = companion.ask("GET", "/lobby/find", game, login)
    lobby = companion.ask("POST", "/lobby/create", game, login)
    found = companion.ask("GET", "/lobby/find", game, login)
    print(
        json.dumps(
            {
                "registered": registered,
                "keyBits": key.key_size,
                "validated": is_valid(certificate),
                "ofAnother": is_valid(certificate_of(key, account_id + 1, "Luigi")),
                "server": is_valid(server_der),
                "serverSubject": parsed.subject.rfc4514_string(),
                "serverLifetimeS": lifetime.total_seconds(),
                "games": companion.ask("GET", "/games/", login=login),
                "notFound": not_found[0],
                "lobby": lobby,
                "found": found,
                "members": companion.ask("GET", "/lobby/members", login=login),
                "added": companion.ask("POST", "/friends/add", friend, login)[0],
                "removed": companion.ask("DELETE", "/friend/remove", friend, login)[0],
                "wrong": companion.ask("GET", "/auth/test", login="Mario:wrong horse"),
            }
        )
    )


if __name__ == "__main__":
    main(sys.argv[1])
