"""A connection of Paperclip 1 as a client holds it: one socket, no thread. All work is done inside
`receive`, which the application calls again and again.

It is the small client that docs/protocol/implementers.md describes. Everything is acknowledged at
once; at most four packets are in flight, which is all the congestion control a turn game needs;
what is not acknowledged is sent again on a timer. It sends on `reliable-ordered` channels, hears
those and `unreliable-sequenced` ones, and leaves out what a client may leave out: the clock,
copies, probes of the path, compression, key updates of its own.
"""

import os
import select
import socket
import time
from collections import deque
from collections.abc import Iterable
from typing import NamedTuple

from handshake import Channel, Handshake, HandshakeFailed, Host, Keys, Parameters, channel_plan_hash
from messages import Credit, Incoming, pieces_of
from packets import (
    Ack,
    Close,
    Fragment,
    Frame,
    Message,
    PacketCipher,
    PathChallenge,
    PathResponse,
    Ping,
    Refused,
    Window,
    asks_for_ack,
    decode_frames,
    encode_frame,
)

DATAGRAM_BYTES, OVERHEAD_BYTES = 1200, 25
IN_FLIGHT_MAX = 4
LOSS_PACKETS = 3
RESEND_S, RESEND_S_MAX = 0.25, 2.0
AUTH1_RESEND_S, AUTH1_RESEND_S_MAX, GIVE_UP_S = 0.25, 0.5, 5.0
CLOSE_REPEATS = 3
WINDOW_BYTES = 1200
"""The least there is: a turn game needs no more, and WINDOW frames leave every few messages."""


class Disconnected(Exception):
    """The connection is over. `code` as in CLOSE; None after silence."""

    def __init__(self, code: int | None, reason: str) -> None:
        super().__init__(f"{code}: {reason}")
        self.code = code


class Wire:
    """A UDP socket with one peer. A test puts a worse network in its place."""

    def __init__(self, address: str, port: int) -> None:
        family, kind, protocol, _, peer = socket.getaddrinfo(
            address, port, type=socket.SOCK_DGRAM
        )[0]
        self._socket = socket.socket(family, kind, protocol)
        self._socket.connect(peer)
        self._socket.setblocking(False)

    def send(self, datagram: bytes) -> None:
        try:
            self._socket.send(datagram)
        except OSError:
            pass  # Lost, as any datagram may be. What ICMP says of it is not authentic.

    def receive(self, until: float) -> bytes | None:
        """The next datagram, waiting for it at most until then; None: there was none."""
        while True:
            wait = max(0.0, until - time.monotonic())
            if not select.select([self._socket], [], [], wait)[0]:
                return None
            try:
                return self._socket.recv(2048)
            except OSError:
                continue

    def close(self) -> None:
        self._socket.close()


class Sent(NamedTuple):
    """A packet that waits for its ACK, and those of its frames that must arrive."""

    at: float
    frames: list[Frame]


def parameters_for(channels: list[Channel]) -> Parameters:
    return Parameters(30_000, 20, 1500, WINDOW_BYTES, WINDOW_BYTES, channel_plan_hash(channels))


def dial(
    wire: Wire, host: Host, channels: list[Channel], secret_key: bytes, ticket: bytes
) -> "Connection":
    """Makes a connection, or raises HandshakeFailed."""
    parameters = parameters_for(channels)
    handshake = Handshake(host, secret_key, parameters, ticket)
    give_up_at = time.monotonic() + GIVE_UP_S
    wait, sent, retries = AUTH1_RESEND_S, 0, 0
    while time.monotonic() < give_up_at:
        wire.send(handshake.auth1)
        sent += 1
        resend_at = min(give_up_at, time.monotonic() + wait)
        wait = min(wait * 2, AUTH1_RESEND_S_MAX)
        while (datagram := wire.receive(resend_at)) is not None:
            if keys := handshake.take_auth2(datagram):
                connection = Connection(wire, keys, channels, parameters)
                connection.counts["retries"] = retries
                return connection
            if retries < sent and handshake.take_retry(datagram):
                retries += 1
                wire.send(handshake.auth1)
    raise HandshakeFailed("no answer")


class Connection:
    """An established connection: `send`, `receive` until it raises Disconnected, `close`."""

    def __init__(
        self, wire: Wire, keys: Keys, channels: list[Channel], mine: Parameters
    ) -> None:
        theirs = keys.host_parameters
        self.counts = {"sent": 0, "received": 0, "lost": 0, "retries": 0}
        self._wire = wire
        self._cipher = PacketCipher(
            keys.send_key, keys.receive_key, keys.client_connection_id, keys.host_connection_id
        )
        self._channels = sorted(channels, key=lambda channel: channel.name.encode("utf-16-be"))
        self._wire_ids = {channel.name: i for i, channel in enumerate(self._channels)}
        self._incoming = [Incoming(channel) for channel in self._channels]
        self._may_send = self._credits(theirs)
        self._may_receive = self._credits(mine)
        self._inbox: deque[tuple[int, bytes]] = deque()
        # The host tells its application of us, and speaks, after our first data packet.
        self._outbox: deque[Frame] = deque([Ping()])
        self._unsent: deque[tuple[int, bytes]] = deque()
        self._next_ids = [0] * len(channels)
        self._in_flight: dict[int, Sent] = {}
        self._next_number = 0
        self._largest_acknowledged = -1
        self._resend_s = RESEND_S
        self._owes_ack = False
        self._largest_at = 0.0
        self._idle_s = min(mine.idle_timeout_ms, theirs.idle_timeout_ms) / 1000
        self._heard_at = self._pinged_at = time.monotonic()
        self._end: Disconnected | None = None

    def _credits(self, parameters: Parameters) -> dict[int | None, Credit]:
        """By wire id, and of the connection under None."""
        reliable = {
            wire_id: channel.message_bytes_max
            for wire_id, channel in enumerate(self._channels)
            if channel.mode == "reliable-ordered"
        }
        credits = {
            wire_id: Credit(wire_id, parameters.channel_window, largest)
            for wire_id, largest in reliable.items()
        }
        connection = Credit(None, parameters.connection_window, max(reliable.values()))
        return {**credits, None: connection}

    def send(self, channel: str, message: bytes) -> None:
        """Queues a message for a reliable-ordered channel; it leaves in `receive`."""
        self._unsent.append((self._wire_ids[channel], message))

    def receive(self, timeout: float) -> tuple[str, bytes] | None:
        """The next message and its channel; None: none came in so many seconds."""
        deadline = time.monotonic() + timeout
        while not self._inbox:
            if self._end:
                raise self._end
            if time.monotonic() >= deadline:
                return None
            self._work(deadline)
        wire_id, message = self._inbox.popleft()
        if self._incoming[wire_id].is_reliable:
            windows = (self._may_receive[key].free(len(message)) for key in (wire_id, None))
            self._outbox.extend(window for window in windows if window)
        return self._channels[wire_id].name, message

    def move(self, wire: Wire) -> None:
        """Goes on from another socket."""
        self._wire.close()
        self._wire = wire
        self._outbox.appendleft(PathChallenge(os.urandom(8)))

    def close(self, code: int, reason: str = "") -> None:
        """Ends the connection; nothing acknowledges a CLOSE, so it is said three times."""
        if self._end:
            return
        self._end = Disconnected(code, reason)
        for _ in range(CLOSE_REPEATS):
            self._send_packet([Close(code, reason)])
            self._wire.receive(time.monotonic() + RESEND_S)

    def _work(self, deadline: float) -> None:
        """Sends what may leave, then takes all that came, then looks at the timers."""
        self._flush()
        datagram = self._wire.receive(min(deadline, self._next_timer()))
        while datagram is not None and self._end is None:
            self._take(datagram)
            datagram = self._wire.receive(0.0)
        if self._end is None:
            self._run_timers()

    # Sending

    def _flush(self) -> None:
        self._begin_messages()
        while self._owes_ack or (self._outbox and len(self._in_flight) < IN_FLIGHT_MAX):
            frames: list[Frame] = []
            if self._owes_ack:
                delay_s = time.monotonic() - self._largest_at
                frames.append(self._cipher.acknowledgement(int(delay_s * 1e6) // 8))
                self._owes_ack = False
            if len(self._in_flight) < IN_FLIGHT_MAX:
                frames += self._frames_that_fit(frames)
            self._send_packet(frames)

    def _begin_messages(self) -> None:
        """Gives messages their ids and frames, as far as the host's credit goes."""
        while self._unsent:
            wire_id, message = self._unsent[0]
            credits = [self._may_send[key] for key in (wire_id, None)]
            if not all(credit.allows(len(message)) for credit in credits):
                return
            for credit in credits:
                credit.charge(len(message))
            self._unsent.popleft()
            self._outbox.extend(pieces_of(wire_id, self._next_ids[wire_id], message))
            self._next_ids[wire_id] += 1

    def _frames_that_fit(self, before: Iterable[Frame]) -> list[Frame]:
        room = DATAGRAM_BYTES - OVERHEAD_BYTES - sum(len(encode_frame(frame)) for frame in before)
        frames: list[Frame] = []
        while self._outbox and len(encode_frame(self._outbox[0])) <= room:
            frames.append(self._outbox.popleft())
            room -= len(encode_frame(frames[-1]))
        return frames

    def _send_packet(self, frames: list[Frame]) -> None:
        number, self._next_number = self._next_number, self._next_number + 1
        payload = b"".join(map(encode_frame, frames))
        self._wire.send(self._cipher.seal(number, self._largest_acknowledged, payload))
        self.counts["sent"] += 1
        if any(map(asks_for_ack, frames)):
            lasting = [f for f in frames if asks_for_ack(f) and not isinstance(f, PathResponse)]
            self._in_flight[number] = Sent(time.monotonic(), lasting)

    # Receiving

    def _take(self, datagram: bytes) -> None:
        try:
            largest = self._cipher.received.largest
            payload = self._cipher.open(datagram)
            if payload is None:
                return
            self.counts["received"] += 1
            self._heard_at = time.monotonic()
            if self._cipher.received.largest > largest:
                self._largest_at = self._heard_at
            for frame in decode_frames(payload):
                self._owes_ack |= asks_for_ack(frame)
                self._take_frame(frame)
        except Refused as refused:
            self.close(refused.code, str(refused))

    def _take_frame(self, frame: Frame) -> None:
        match frame:
            case Ack():
                self._take_ack(frame)
            case Window(channel, credit_bytes):
                self._check_channel(channel)
                if credit := self._may_send.get(channel):
                    credit.total = max(credit.total, credit_bytes)
            case PathChallenge(data):
                self._outbox.appendleft(PathResponse(data))
            case Close(code, reason):
                self._end = Disconnected(code, reason)
            case Message() | Fragment():
                self._take_message(frame)

    def _check_channel(self, wire_id: int | None) -> None:
        if wire_id is not None and wire_id >= len(self._channels):
            raise Refused("CHANNEL")

    def _take_message(self, frame: Message | Fragment) -> None:
        self._check_channel(frame.channel)
        incoming = self._incoming[frame.channel]
        size = incoming.size_if_new(frame)
        if size is not None and incoming.is_reliable:
            for key in (frame.channel, None):
                self._may_receive[key].charge(size)
        self._inbox.extend((frame.channel, message) for message in incoming.take(frame))

    def _take_ack(self, ack: Ack) -> None:
        highest = ack.ranges[0][1]
        if highest >= self._next_number:
            raise Refused("SEQUENCE")
        self._largest_acknowledged = max(self._largest_acknowledged, highest)
        for number in list(self._in_flight):
            if any(low <= number <= high for low, high in ack.ranges):
                del self._in_flight[number]
                self._resend_s = RESEND_S
            elif number <= self._largest_acknowledged - LOSS_PACKETS:
                self._lose(number)

    # Time

    def _lose(self, number: int) -> None:
        self.counts["lost"] += 1
        self._outbox.extendleft(reversed(self._in_flight.pop(number).frames))

    def _next_timer(self) -> float:
        oldest = min((sent.at for sent in self._in_flight.values()), default=float("inf"))
        return min(oldest + self._resend_s, self._ping_at())

    def _ping_at(self) -> float:
        return max(self._heard_at, self._pinged_at) + self._idle_s / 3

    def _run_timers(self) -> None:
        now = time.monotonic()
        late = [n for n, sent in self._in_flight.items() if sent.at + self._resend_s <= now]
        for number in reversed(late):
            self._lose(number)
        if late:
            self._resend_s = min(self._resend_s * 2, RESEND_S_MAX)
        if now >= self._ping_at():
            self._pinged_at = now
            self._outbox.append(Ping())
        if now >= self._heard_at + self._idle_s:
            self._end = Disconnected(None, "nothing was heard for the idle time-out")
