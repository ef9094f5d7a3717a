"""The primitives of Paperclip 1, in plain Python: X25519 (RFC 7748), ChaCha20-Poly1305 (RFC 8439),
and the HMAC-SHA256 shapes that Noise and the protocol use.

Written to be read and compared, not to guard secrets: nothing here runs in constant time.
"""

import hashlib
import hmac
import os
import struct

TAG_BYTES = 16
_PRIME = 2**255 - 19
_BASE_POINT = (9).to_bytes(32, "little")
_WORD = 0xFFFFFFFF


class Forged(Exception):
    """A tag did not verify: the bytes are not from whoever holds the key."""


def x25519(secret_key: bytes, public_key: bytes) -> bytes:
    """The shared secret of two keys: the Montgomery ladder of RFC 7748 section 5."""
    scalar = int.from_bytes(secret_key, "little") & ~7 & (2**254 - 1) | 2**254
    u = int.from_bytes(public_key, "little") & (2**255 - 1)
    x2, z2, x3, z3 = 1, 0, u, 1
    for bit in range(254, -1, -1):
        is_set = scalar >> bit & 1
        if is_set:
            x2, z2, x3, z3 = x3, z3, x2, z2
        total, difference = x2 + z2, x2 - z2
        cross_a, cross_b = (x3 - z3) * total, (x3 + z3) * difference
        x3, z3 = (cross_a + cross_b) ** 2 % _PRIME, u * (cross_a - cross_b) ** 2 % _PRIME
        total, difference = total**2 % _PRIME, difference**2 % _PRIME
        gap = total - difference
        x2, z2 = total * difference % _PRIME, gap * (total + 121665 * gap) % _PRIME
        if is_set:
            x2, z2, x3, z3 = x3, z3, x2, z2
    return (x2 * pow(z2, _PRIME - 2, _PRIME) % _PRIME).to_bytes(32, "little")


def public_key_of(secret_key: bytes) -> bytes:
    return x25519(secret_key, _BASE_POINT)


def new_secret_key() -> bytes:
    return os.urandom(32)


def sha256(data: bytes) -> bytes:
    return hashlib.sha256(data).digest()


def hmac_sha256(key: bytes, data: bytes) -> bytes:
    return hmac.digest(key, data, "sha256")


def noise_hkdf(chaining_key: bytes, material: bytes) -> tuple[bytes, bytes]:
    """HKDF of Noise, with two outputs."""
    secret = hmac_sha256(chaining_key, material)
    first = hmac_sha256(secret, b"\x01")
    return first, hmac_sha256(secret, first + b"\x02")


def _quarter_round(s: list[int], a: int, b: int, c: int, d: int) -> None:
    s[a] = s[a] + s[b] & _WORD
    s[d] = _rotated(s[d] ^ s[a], 16)
    s[c] = s[c] + s[d] & _WORD
    s[b] = _rotated(s[b] ^ s[c], 12)
    s[a] = s[a] + s[b] & _WORD
    s[d] = _rotated(s[d] ^ s[a], 8)
    s[c] = s[c] + s[d] & _WORD
    s[b] = _rotated(s[b] ^ s[c], 7)


def _rotated(word: int, bits: int) -> int:
    return (word << bits | word >> 32 - bits) & _WORD


def _chacha20_block(key: bytes, block: int, nonce: bytes) -> bytes:
    start = struct.unpack("<16I", b"expand 32-byte k" + key + struct.pack("<I", block) + nonce)
    s = list(start)
    for _ in range(10):
        for column in range(4):
            _quarter_round(s, column, column + 4, column + 8, column + 12)
        for diagonal in range(4):
            b, c, d = (diagonal + 1) % 4, (diagonal + 2) % 4, (diagonal + 3) % 4
            _quarter_round(s, diagonal, b + 4, c + 8, d + 12)
    return struct.pack("<16I", *(a + b & _WORD for a, b in zip(s, start)))


def _chacha20(key: bytes, nonce: bytes, data: bytes) -> bytes:
    blocks = range(1, (len(data) + 63) // 64 + 1)
    stream = b"".join(_chacha20_block(key, block, nonce) for block in blocks)
    return bytes(a ^ b for a, b in zip(data, stream))


def _poly1305(key: bytes, data: bytes) -> bytes:
    r = int.from_bytes(key[:16], "little") & 0x0FFFFFFC0FFFFFFC0FFFFFFC0FFFFFFF
    total = 0
    for at in range(0, len(data), 16):
        total = (total + int.from_bytes(data[at : at + 16] + b"\x01", "little")) * r
        total %= 2**130 - 5
    return (total + int.from_bytes(key[16:], "little") & 2**128 - 1).to_bytes(16, "little")


def _tag(key: bytes, nonce: bytes, associated: bytes, sealed: bytes) -> bytes:
    one_time_key = _chacha20_block(key, 0, nonce)[:32]
    padded = associated + bytes(-len(associated) % 16) + sealed + bytes(-len(sealed) % 16)
    return _poly1305(one_time_key, padded + struct.pack("<QQ", len(associated), len(sealed)))


def _nonce(counter: int) -> bytes:
    """As Noise has it: four zero bytes and the counter, little-endian."""
    return struct.pack("<IQ", 0, counter)


def seal(key: bytes, counter: int, associated: bytes, plaintext: bytes) -> bytes:
    """ChaCha20-Poly1305: the sealed bytes with their tag behind them."""
    nonce = _nonce(counter)
    sealed = _chacha20(key, nonce, plaintext)
    return sealed + _tag(key, nonce, associated, sealed)


def open_sealed(key: bytes, counter: int, associated: bytes, data: bytes) -> bytes:
    """The plaintext of what `seal` made; raises Forged."""
    nonce, sealed = _nonce(counter), data[:-TAG_BYTES]
    if not hmac.compare_digest(_tag(key, nonce, associated, sealed), data[-TAG_BYTES:]):
        raise Forged
    return _chacha20(key, nonce, sealed)
