"""Frames as bytes and as tuples, and data packets sealed and opened (sections 6, 7 and 12 of the
protocol). Nothing here has a clock or a socket.
"""

import struct
from collections.abc import Iterator
from typing import NamedTuple

from crypto import TAG_BYTES, Forged, hmac_sha256, open_sealed, seal

REPLAY_WINDOW = 1024
RANGES_MAX = 32
VARINT_MAX = 2**53 - 1


class Refused(Exception):
    """The peer broke a rule; the argument is the name of the code to close with."""

    CODES = {"TYPE": 0x302, "FLAGS": 0x303, "SEQUENCE": 0x304, "FRAGMENT": 0x305, "FRAME": 0x30A}
    CODES |= {"FLOW_CONTROL": 0x401, "CHANNEL": 0x402, "MESSAGE_SIZE": 0x403, "KEY_UPDATE": 0x406}

    @property
    def code(self) -> int:
        return self.CODES[self.args[0]]


class Padding(NamedTuple):
    pass


class Ping(NamedTuple):
    pass


class Ack(NamedTuple):
    ranges: tuple[tuple[int, int], ...]
    """(lowest, highest) of each run of received packets, the newest run first."""
    delay: int
    """In units of 8 microseconds."""
    receive_time_us: int | None = None


class Window(NamedTuple):
    channel: int | None
    """None: the connection."""
    credit_bytes: int


class PathChallenge(NamedTuple):
    data: bytes


class PathResponse(NamedTuple):
    data: bytes


class Time(NamedTuple):
    epoch_us: int


class Close(NamedTuple):
    code: int
    reason: str


class Message(NamedTuple):
    channel: int
    message_id: int
    data: bytes
    compressed: bool = False


class Fragment(NamedTuple):
    channel: int
    message_id: int
    total_bytes: int
    count: int
    index: int
    data: bytes
    compressed: bool = False


Frame = (
    Padding | Ping | Ack | Window | PathChallenge | PathResponse | Time | Close | Message | Fragment
)


def asks_for_ack(frame: Frame) -> bool:
    return not isinstance(frame, Padding | Ack | Close)


def varint(value: int) -> bytes:
    """The shortest form of RFC 9000 section 16."""
    for prefix, size in enumerate((1, 2, 4, 8)):
        if value < 1 << 8 * size - 2:
            return (value | prefix << 8 * size - 2).to_bytes(size, "big")
    raise ValueError(value)


class Reader:
    """Reads fields off the front of a packet; what is not there or out of range is FRAME."""

    def __init__(self, data: bytes) -> None:
        self._data = data
        self._at = 0

    def has_more(self) -> bool:
        return self._at < len(self._data)

    def take(self, count: int) -> bytes:
        if count > len(self._data) - self._at:
            raise Refused("FRAME")
        self._at += count
        return self._data[self._at - count : self._at]

    def varint(self, most: int = VARINT_MAX) -> int:
        first = self.take(1)[0]
        size = 1 << (first >> 6)
        value = int.from_bytes(bytes([first & 63]) + self.take(size - 1), "big")
        if value > most or len(varint(value)) != size:
            raise Refused("FRAME")
        return value


def decode_frames(data: bytes) -> Iterator[Frame]:
    reader = Reader(data)
    acks = 0
    while reader.has_more():
        frame = _decode_frame(reader.take(1)[0], reader)
        acks += isinstance(frame, Ack)
        if acks > 1:
            raise Refused("FRAME")
        yield frame


def _decode_frame(kind: int, reader: Reader) -> Frame:
    match kind:
        case 0x00:
            return Padding()
        case 0x01:
            return Ping()
        case 0x02 | 0x03:
            return _decode_ack(reader, reader.varint() if kind == 0x03 else None)
        case 0x04:
            return Window(None, reader.varint())
        case 0x05:
            return Window(reader.varint(), reader.varint())
        case 0x06:
            return PathChallenge(reader.take(8))
        case 0x07:
            return PathResponse(reader.take(8))
        case 0x08:
            return Time(reader.varint())
        case 0x09:
            return Close(reader.varint(0xFFFF), _decode_reason(reader.take(reader.varint(200))))
        case 0x10 | 0x12:
            channel, message_id = reader.varint(), reader.varint()
            return Message(channel, message_id, reader.take(reader.varint()), kind == 0x12)
        case 0x11 | 0x13:
            return _decode_fragment(reader, kind == 0x13)
    raise Refused("TYPE")


def _decode_ack(reader: Reader, receive_time_us: int | None) -> Ack:
    highest, delay = reader.varint(), reader.varint(2**24 - 1)
    more = reader.varint(RANGES_MAX - 1)
    ranges = [(highest - reader.varint(highest), highest)]
    for _ in range(more):
        highest = ranges[-1][0] - reader.varint() - 2
        lowest = highest - reader.varint()
        if lowest < 0:
            raise Refused("FRAME")
        ranges.append((lowest, highest))
    return Ack(tuple(ranges), delay, receive_time_us)


def _decode_reason(data: bytes) -> str:
    try:
        return data.decode()
    except UnicodeDecodeError:
        raise Refused("FRAME") from None


def _decode_fragment(reader: Reader, compressed: bool) -> Fragment:
    channel, message_id, total, count, index = (reader.varint() for _ in range(5))
    if not (2 <= count <= 16_384 and index < count):
        raise Refused("FRAME")
    piece = -(-total // count)
    last = total - piece * (count - 1)
    if last < 1:
        raise Refused("FRAME")
    data = reader.take(last if index == count - 1 else piece)
    return Fragment(channel, message_id, total, count, index, data, compressed)


def encode_frame(frame: Frame) -> bytes:
    def fields(kind: int, *values: int) -> bytes:
        return bytes([kind]) + b"".join(map(varint, values))

    match frame:
        case Padding():
            return b"\x00"
        case Ping():
            return b"\x01"
        case Ack(ranges, delay, receive_time_us):
            timed = () if receive_time_us is None else (receive_time_us,)
            numbers = [ranges[0][1], delay, len(ranges) - 1, ranges[0][1] - ranges[0][0]]
            for (above, _), (lowest, highest) in zip(ranges, ranges[1:]):
                numbers += [above - highest - 2, highest - lowest]
            return fields(0x03 if timed else 0x02, *timed, *numbers)
        case Window(None, credit):
            return fields(0x04, credit)
        case Window(channel, credit):
            return fields(0x05, channel, credit)
        case PathChallenge(data):
            return b"\x06" + data
        case PathResponse(data):
            return b"\x07" + data
        case Time(epoch):
            return fields(0x08, epoch)
        case Close(code, reason):
            return fields(0x09, code, len(reason.encode())) + reason.encode()
        case Message(channel, message_id, data, compressed):
            return fields(0x12 if compressed else 0x10, channel, message_id, len(data)) + data
        case Fragment(channel, message_id, total, count, index, data, compressed):
            kind = 0x13 if compressed else 0x11
            return fields(kind, channel, message_id, total, count, index) + data


class Received:
    """Which packet numbers came: tells replays, and what an ACK says."""

    def __init__(self) -> None:
        self.largest = -1
        self._recent: set[int] = set()

    def is_replay(self, number: int) -> bool:
        return number <= self.largest - REPLAY_WINDOW or number in self._recent

    def add(self, number: int) -> None:
        self.largest = max(self.largest, number)
        self._recent.add(number)
        self._recent = {n for n in self._recent if n > self.largest - REPLAY_WINDOW}

    def ranges(self) -> tuple[tuple[int, int], ...]:
        runs: list[tuple[int, int]] = []
        for number in sorted(self._recent, reverse=True):
            if runs and runs[-1][0] == number + 1:
                runs[-1] = (number, runs[-1][1])
            else:
                runs.append((number, number))
        return tuple(runs[:RANGES_MAX])


def next_key(key: bytes) -> bytes:
    return hmac_sha256(key, b"paperclip 1 key update")


def expand_number(low: int, size: int, largest: int) -> int:
    """The number nearest to `largest` + 1 that ends in these bytes (RFC 9000 appendix A.3)."""
    expected, span = largest + 1, 1 << 8 * size
    number = expected & -span | low
    if number <= expected - span // 2:
        return number + span
    if number > expected + span // 2 and number >= span:
        return number - span
    return number


class PacketCipher:
    """Seals and opens the data packets of one connection, and follows the peer's key updates."""

    def __init__(self, send_key: bytes, receive_key: bytes, local_id: int, peer_id: int) -> None:
        self._send_key = send_key
        self._receive_key = receive_key
        self._old_key: bytes | None = None
        """For late packets; kept until the next change, as there is no clock here."""
        self._next_key = next_key(receive_key)
        self._phase = 0
        self._phase_first: int | None = None
        """The lowest number received in the present phase; None: nothing yet."""
        self._phase_acknowledged = False
        self._local_id = struct.pack(">I", local_id)
        self._peer_id = struct.pack(">I", peer_id)
        self.received = Received()

    def seal(self, number: int, largest_acknowledged: int, frames: bytes) -> bytes:
        ahead = number - largest_acknowledged
        size = next((i for i in (1, 2, 3) if ahead <= 1 << 8 * i - 1), 4)
        first = 0x18 | self._phase << 2 | size - 1
        low_bytes = number.to_bytes(8, "big")[-size:]
        header = bytes([first]) + self._peer_id + low_bytes
        return header + seal(self._send_key, number, header, frames)

    def open(self, datagram: bytes) -> bytes | None:
        """The frames of a data packet; None when it is to be dropped."""
        size = (datagram[0] & 3) + 1 if datagram else 0
        is_ours = datagram[1:5] == self._local_id and datagram[0] & 0xF8 == 0x18
        if not is_ours or len(datagram) < 5 + size + 1 + TAG_BYTES:
            return None
        header, sealed = datagram[: 5 + size], datagram[5 + size :]
        number = expand_number(int.from_bytes(header[5:], "big"), size, self.received.largest)
        if self.received.is_replay(number):
            return None
        key = self._key_for(header[0] >> 2 & 1, number)
        if key is None:
            return None
        try:
            frames = open_sealed(key, number, header, sealed)
        except Forged:
            return None
        if key == self._next_key:
            self._turn_keys(number)
        elif key == self._receive_key and (self._phase_first is None or number < self._phase_first):
            self._phase_first = number
        self.received.add(number)
        return frames

    def _key_for(self, phase: int, number: int) -> bytes | None:
        if phase == self._phase:
            return self._receive_key
        if self._phase_first is None:
            return None
        return self._next_key if number > self._phase_first else self._old_key

    def _turn_keys(self, number: int) -> None:
        is_too_early = not self._phase_acknowledged
        self._old_key, self._receive_key = self._receive_key, self._next_key
        self._next_key = next_key(self._receive_key)
        self._send_key = next_key(self._send_key)
        self._phase ^= 1
        self._phase_first = number
        self._phase_acknowledged = False
        if is_too_early:
            raise Refused("KEY_UPDATE")

    def acknowledgement(self, delay: int) -> Ack:
        """An ACK of everything; from now on the peer may change its key."""
        self._phase_acknowledged = self._phase_first is not None
        return Ack(self.received.ranges(), delay)
