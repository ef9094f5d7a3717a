"""Holds this client to the bytes in docs/protocol/vectors: `python3 check_vectors.py`. Prints how
many checks there were as JSON; each that fails is told on stderr, and then the exit code is 1.
"""

import json
import random
import sys
from pathlib import Path
from typing import Any

from crypto import public_key_of
from handshake import (
    Channel,
    Handshake,
    Host,
    Parameters,
    channel_plan_hash,
    gate_key_without_platform,
)
from messages import Incoming, pieces_of
from packets import (
    Ack,
    Close,
    Fragment,
    Frame,
    Message,
    PacketCipher,
    Padding,
    PathChallenge,
    PathResponse,
    Ping,
    Refused,
    Time,
    Window,
    decode_frames,
    encode_frame,
    next_key,
)

VECTORS = Path(__file__).parents[2] / "docs" / "protocol" / "vectors"
UNITS_PER_MS = 125
Json = dict[str, Any]


class Checks:
    def __init__(self) -> None:
        self.count = 0
        self.failed = 0

    def equal(self, name: str, actual: object, expected: object) -> None:
        self.count += 1
        if actual != expected:
            self.failed += 1
            print(f"{name}:\n  is        {actual!r}\n  should be {expected!r}", file=sys.stderr)


def vectors(name: str) -> Json:
    return json.loads((VECTORS / f"{name}.json").read_text())


def handshake_of(v: Json) -> Handshake:
    channels = [
        Channel(c["name"], c["mode"], c["messageBytesMax"], c["compress"]) for c in v["channels"]
    ]
    gate_key = bytes.fromhex(v["gateKey"])
    p = v["parameters"]
    parameters = Parameters(
        p["idleTimeoutMs"],
        p["ackDelayMaxMs"],
        p["datagramBytesMax"],
        p["connectionWindowBytes"],
        p["channelWindowBytes"],
        channel_plan_hash(channels),
    )
    return Handshake(
        Host(bytes.fromhex(v["hostPublicKey"]), v["gateId"], gate_key, v["protocolName"]),
        bytes.fromhex(v["clientSecretKey"]),
        parameters,
        bytes.fromhex(v["ticket"]),
        ephemeral=bytes.fromhex(v["clientEphemeralSecretKey"]),
        connection_id=v["clientConnectionId"],
    )


def check_handshake(checks: Checks) -> None:
    v = vectors("handshake")
    public_key = bytes.fromhex(v["hostPublicKey"])
    checks.equal("public key", public_key_of(bytes.fromhex(v["hostSecretKey"])), public_key)
    checks.equal("gate key", gate_key_without_platform(public_key).hex(), v["gateKey"])
    handshake = handshake_of(v)
    checks.equal("AUTH 1", handshake.auth1.hex(), v["auth1"])
    auth2 = bytes.fromhex(v["auth2"])
    checks.equal("a damaged AUTH 2", handshake.take_auth2(damaged(auth2)), None)
    keys = handshake.take_auth2(auth2)
    checks.equal("handshake hash", handshake.handshake_hash.hex(), v["handshakeHash"])
    checks.equal("client to host", keys.send_key.hex(), v["clientToHostKey"])
    checks.equal("host to client", keys.receive_key.hex(), v["hostToClientKey"])
    checks.equal("host connection id", keys.host_connection_id, v["hostConnectionId"])
    checks.equal("host time", keys.host_time_ms, v["hostTimeMs"])
    checks.equal("plan hash", keys.host_parameters.channel_plan_hash.hex(), v["channelPlanHash"])


def check_retry(checks: Checks) -> None:
    v = vectors("retry")
    handshake = handshake_of(vectors("handshake"))
    retry = bytes.fromhex(v["retry"])
    checks.equal("a damaged RETRY", handshake.take_retry(damaged(retry)), False)
    checks.equal("RETRY", handshake.take_retry(retry), True)
    checks.equal("AUTH 1 with a cookie", handshake.auth1.hex(), v["auth1WithCookie"])


def damaged(datagram: bytes) -> bytes:
    return datagram[:-1] + bytes([datagram[-1] ^ 1])


def described(frame: Frame) -> Json:
    """A frame as the vectors write it."""
    match frame:
        case Padding():
            return {"frame": "PADDING"}
        case Ping():
            return {"frame": "PING"}
        case Ack(ranges, delay, receive_time_us):
            received = [{"from": low, "to": high} for low, high in ranges]
            fields = {"delayMs": delay / UNITS_PER_MS, "received": received}
            if receive_time_us is None:
                return {"frame": "ACK", **fields}
            return {"frame": "ACK with receive time", "receiveTimeUs": receive_time_us, **fields}
        case Window(None, credit):
            return {"frame": "WINDOW connection", "creditBytes": credit}
        case Window(channel, credit):
            return {"frame": "WINDOW channel", "channel": channel, "creditBytes": credit}
        case PathChallenge(data):
            return {"frame": "PATH_CHALLENGE", "data": data.hex()}
        case PathResponse(data):
            return {"frame": "PATH_RESPONSE", "data": data.hex()}
        case Time(epoch):
            return {"frame": "TIME", "epoch": epoch}
        case Close(code, reason):
            return {"frame": "CLOSE", "code": code, "reason": reason}
        case Message(channel, message_id, data, compressed):
            name = "MESSAGE compressed" if compressed else "MESSAGE"
            fields = {"channel": channel, "messageId": message_id, "data": data.hex()}
            return {"frame": name, **fields}
        case Fragment(channel, message_id, total, count, index, data, compressed):
            name = "MESSAGE fragment compressed" if compressed else "MESSAGE fragment"
            shape = {"totalBytes": total, "count": count, "index": index}
            fields = {"channel": channel, "messageId": message_id, **shape, "data": data.hex()}
            return {"frame": name, **fields}


def check_frames(checks: Checks) -> None:
    v = vectors("frames")
    for case in v["frames"]:
        frames = list(decode_frames(bytes.fromhex(case["bytes"])))
        checks.equal(case["name"], [described(frame) for frame in frames], case["frames"])
        written = b"".join(map(encode_frame, frames)).hex()
        checks.equal(f"{case['name']}, written", written, case["bytes"])
    for case in v["refused"]:
        checks.equal(case["name"], refusal_of(bytes.fromhex(case["bytes"])), case["code"])


def refusal_of(data: bytes) -> str | None:
    try:
        list(decode_frames(data))
    except Refused as refused:
        return str(refused)
    return None


def cipher_at(key: bytes, connection_id: int, number: int) -> PacketCipher:
    """One that has received all packets below this number."""
    cipher = PacketCipher(key, key, connection_id, connection_id)
    if number > 0:
        cipher.received.add(number - 1)
    return cipher


def check_packets(checks: Checks) -> None:
    v = vectors("packets")
    starts = {"received": 0, "fromNumber8388608On": 2**23, "fromNumber4294967291On": 2**32 - 5}
    for group, start in starts.items():
        cipher = cipher_at(bytes.fromhex(v["key"]), v["destinationConnectionId"], start)
        for packet in v[group]:
            datagram, name = bytes.fromhex(packet["datagram"]), packet["name"]
            frames = cipher.open(datagram)
            expected = packet["opened"]["frames"] if "opened" in packet else None
            checks.equal(f"packet: {name}", frames and frames.hex(), expected)
            if frames:
                number = packet["packetNumber"]
                checks.equal(f"{name}, kept", cipher.received.is_replay(number), True)
                sealed = cipher.seal(number, packet["largestAcked"], frames)
                checks.equal(f"{name}, sealed", sealed, datagram)


def check_key_update(checks: Checks) -> None:
    """A host that changes its key with each packet, followed."""
    v = vectors("key-update")
    keys = [bytes.fromhex(key) for key in v["keys"]]
    checks.equal("next keys", [next_key(key) for key in keys[:-1]], keys[1:])
    cipher = cipher_at(keys[0], v["destinationConnectionId"], 0)
    for packet in v["packets"]:
        datagram, number = bytes.fromhex(packet["datagram"]), packet["packetNumber"]
        checks.equal(f"packet {number}, damaged", cipher.open(damaged(datagram)), None)
        frames = cipher.open(datagram)
        checks.equal(f"packet {number}", frames and frames.hex(), packet["frames"])
        checks.equal(f"packet {number}, again", cipher.open(datagram), None)
        checks.equal(f"ACK of packet {number}", cipher.acknowledgement(0).ranges[0][1], number)
        sealed = cipher.seal(number, number - 129, bytes.fromhex(packet["frames"]))
        checks.equal(f"packet {number}, sealed", sealed, datagram)


def check_pieces(checks: Checks) -> None:
    """There are no vectors for a message in many pieces: ours must come together again."""
    data = random.Random(1).randbytes(10_000)
    frames = [frame for number in (0, 1) for frame in pieces_of(0, number, data)]
    random.Random(2).shuffle(frames)
    incoming = Incoming(Channel("moves", "reliable-ordered", 10_000, False))
    read = [next(decode_frames(encode_frame(frame))) for frame in frames * 2]
    checks.equal("pieces", [m for frame in read for m in incoming.take(frame)], [data, data])


def main() -> int:
    checks = Checks()
    check_handshake(checks)
    check_retry(checks)
    check_frames(checks)
    check_packets(checks)
    check_key_update(checks)
    check_pieces(checks)
    print(json.dumps({"checks": checks.count, "failed": checks.failed}))
    return 1 if checks.failed else 0


if __name__ == "__main__":
    sys.exit(main())
