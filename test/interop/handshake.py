"""The handshake of Paperclip 1, client side, without a socket: Noise_IK_25519_ChaChaPoly_SHA256 and
the datagrams AUTH 1, AUTH 2 and RETRY around it (sections 2 to 5 of the protocol).

A `Handshake` makes `auth1`, takes each datagram that arrives, and ends with `Keys`.
"""

import copy
import struct
from dataclasses import dataclass
from typing import NamedTuple

from crypto import (
    TAG_BYTES,
    Forged,
    hmac_sha256,
    new_secret_key,
    noise_hkdf,
    open_sealed,
    public_key_of,
    seal,
    sha256,
    x25519,
)

AUTH, RETRY, SUITE = 0x12, 0x15, 1
AUTH1_BYTES, RETRY_BYTES, MAC_BYTES = 1200, 53, 16
NOISE_NAME = b"Noise_IK_25519_ChaChaPoly_SHA256"


class HandshakeFailed(Exception):
    """The host, and it was the true one, refused or said something that cannot be."""


class Channel(NamedTuple):
    name: str
    mode: str
    message_bytes_max: int
    compress: bool


class Parameters(NamedTuple):
    """Transport parameters, in the order in which they stand on the wire."""

    idle_timeout_ms: int
    ack_delay_ms: int
    datagram_bytes_max: int
    connection_window: int
    channel_window: int
    channel_plan_hash: bytes


PARAMETERS = struct.Struct(">IHHII8s")
PARAMETER_RANGES = (
    (1_000, 600_000),
    (0, 1_000),
    (1_200, 65_507),
    (1_200, 2**32 - 1),
    (1_200, 2**32 - 1),
)


class Host(NamedTuple):
    """What a client knows of its host before the first datagram."""

    public_key: bytes
    gate_id: int
    gate_key: bytes
    application: str


class Keys(NamedTuple):
    """What a finished handshake leaves."""

    send_key: bytes
    receive_key: bytes
    client_connection_id: int
    host_connection_id: int
    host_parameters: Parameters
    host_time_ms: int


def channel_plan_hash(channels: list[Channel]) -> bytes:
    lines = (
        f"{c.name}\0{c.mode}\0{c.message_bytes_max}\0{int(c.compress)}\n".encode()
        for c in sorted(channels, key=lambda c: c.name.encode("utf-16-be"))
    )
    return sha256(b"".join(lines))[:8]


def gate_key_without_platform(host_public_key: bytes) -> bytes:
    return hmac_sha256(b"paperclip gate 1", host_public_key)


def connection_id_of(data: bytes) -> int:
    (value,) = struct.unpack(">I", data)
    if not 0 < value < 2**31:
        raise HandshakeFailed("a connection id out of range")
    return value


@dataclass
class NoiseState:
    """The symmetric state of Noise: `ck` chains keys, `h` hashes all that was said, `k` seals."""

    ck: bytes
    h: bytes
    k: bytes = b""

    def mix_hash(self, data: bytes) -> None:
        self.h = sha256(self.h + data)

    def mix_key(self, material: bytes) -> None:
        self.ck, self.k = noise_hkdf(self.ck, material)

    def seal(self, plaintext: bytes) -> bytes:
        sealed = seal(self.k, 0, self.h, plaintext)
        self.mix_hash(sealed)
        return sealed

    def open(self, sealed: bytes) -> bytes:
        plaintext = open_sealed(self.k, 0, self.h, sealed)
        self.mix_hash(sealed)
        return plaintext


class Handshake:
    """One try to connect. `auth1` is what to send, and changes when the host asks for a cookie."""

    def __init__(
        self,
        host: Host,
        secret_key: bytes,
        parameters: Parameters,
        ticket: bytes = b"",
        *,
        ephemeral: bytes | None = None,
        connection_id: int | None = None,
    ) -> None:
        self._host = host
        self._secret_key = secret_key
        self._ephemeral = ephemeral or new_secret_key()
        self._plan_hash = parameters.channel_plan_hash
        self.handshake_hash = b""
        self.connection_id = connection_id or int.from_bytes(new_secret_key()[:4], "big") >> 1 | 1
        header = struct.pack(
            ">BBBB8sI",
            *(AUTH, 1, SUITE, host.gate_id),
            sha256(host.application.encode())[:8],
            self.connection_id,
        )
        packed = PARAMETERS.pack(*parameters)
        payload = bytes([len(packed)]) + packed + struct.pack(">H", len(ticket)) + ticket
        self._noise, message = self._first_message(b"paperclip" + header, payload)
        start = header + struct.pack(">H", len(message)) + message
        start += bytes(AUTH1_BYTES - 2 * MAC_BYTES - len(start))
        self._gate_mac = hmac_sha256(host.gate_key, start)[:MAC_BYTES]
        self.auth1 = start + self._gate_mac + bytes(MAC_BYTES)

    def _first_message(self, prologue: bytes, payload: bytes) -> tuple[NoiseState, bytes]:
        """Noise IK, message 1: e, es, s, ss."""
        noise = NoiseState(NOISE_NAME, NOISE_NAME)
        noise.mix_hash(prologue)
        noise.mix_hash(self._host.public_key)
        e = public_key_of(self._ephemeral)
        noise.mix_hash(e)
        noise.mix_key(x25519(self._ephemeral, self._host.public_key))
        s = noise.seal(public_key_of(self._secret_key))
        noise.mix_key(x25519(self._secret_key, self._host.public_key))
        return noise, e + s + noise.seal(payload)

    def take_retry(self, datagram: bytes) -> bool:
        """Puts the cookie of a RETRY into `auth1`; False: it is none, or not the host's."""
        if len(datagram) != RETRY_BYTES or datagram[0] != RETRY:
            return False
        head, nonce, sealed = datagram[:5], datagram[5:21], datagram[21:]
        key = hmac_sha256(self._host.gate_key, b"paperclip 1 retry" + nonce)
        try:
            cookie = open_sealed(key, 0, head + self._gate_mac, sealed)
        except Forged:
            return False
        covered = self.auth1[:-MAC_BYTES]
        self.auth1 = covered + hmac_sha256(cookie, covered)[:MAC_BYTES]
        return True

    def take_auth2(self, datagram: bytes) -> Keys | None:
        """The keys of an AUTH 2; None: not one for us, and nothing changed."""
        head = struct.pack(">BBBBI", AUTH, 2, SUITE, 0, self.connection_id)
        length = struct.pack(">H", max(0, len(datagram) - 10))
        if datagram[:10] != head + length or len(datagram) < 10 + 32 + TAG_BYTES:
            return None
        noise = copy.copy(self._noise)
        try:
            payload = self._second_payload(noise, datagram[10:])
        except Forged:
            return None
        self.handshake_hash = noise.h
        return self._accepted(payload, *noise_hkdf(noise.ck, b""))

    def _second_payload(self, noise: NoiseState, message: bytes) -> bytes:
        """Noise IK, message 2: e, ee, se."""
        e, sealed = message[:32], message[32:]
        noise.mix_hash(e)
        noise.mix_key(x25519(self._ephemeral, e))
        noise.mix_key(x25519(self._secret_key, e))
        return noise.open(sealed)

    def _accepted(self, payload: bytes, send_key: bytes, receive_key: bytes) -> Keys:
        if payload[:1] == b"\x01" and len(payload) == 3:
            raise HandshakeFailed(f"refused with code {payload[1]}.{payload[2]}")
        if payload[:2] != bytes([0, PARAMETERS.size]) or len(payload) != 2 + PARAMETERS.size + 10:
            raise HandshakeFailed("a malformed payload")
        theirs = Parameters(*PARAMETERS.unpack_from(payload, 2))
        if any(not low <= value <= high for value, (low, high) in zip(theirs, PARAMETER_RANGES)):
            raise HandshakeFailed(f"parameters out of range: {theirs}")
        if theirs.channel_plan_hash != self._plan_hash:
            raise HandshakeFailed("the host has other channels")
        host_id, time_ms = connection_id_of(payload[-10:-6]), int.from_bytes(payload[-6:], "big")
        return Keys(send_key, receive_key, self.connection_id, host_id, theirs, time_ms)
