"""Messages out of frames and frames out of messages: ids, order, pieces, credit (section 8 of the
protocol), for channels that do not compress.
"""

from dataclasses import dataclass, field

from handshake import Channel
from packets import Fragment, Message, Refused, Window

PIECE_BYTES = 1144
MESSAGE_CHARGE = 32
MESSAGE_SPAN = 65_536
REASSEMBLIES_MAX = 16


def charge_of(message_bytes: int) -> int:
    return message_bytes + MESSAGE_CHARGE


def pieces_of(channel: int, message_id: int, data: bytes) -> list[Message | Fragment]:
    """The frames of a message: itself, or even fragments."""
    if len(data) <= PIECE_BYTES:
        return [Message(channel, message_id, data)]
    count = -(-len(data) // PIECE_BYTES)
    size = -(-len(data) // count)
    return [
        Fragment(channel, message_id, len(data), count, index, data[index * size :][:size])
        for index in range(count)
    ]


class Credit:
    """What may be sent in one direction, in bytes since the start, on one channel or (`channel` is
    None) on all. A sender pays and hears of more; a receiver charges, frees, and tells of more."""

    def __init__(self, channel: int | None, parameter: int, largest_message: int) -> None:
        self.total = parameter + charge_of(largest_message)
        self._channel = channel
        self._window = self.total
        self._step = parameter // 2
        self._used = 0
        self._freed = 0

    def allows(self, message_bytes: int) -> bool:
        return self._used + charge_of(message_bytes) <= self.total

    def charge(self, message_bytes: int) -> None:
        if not self.allows(message_bytes):
            raise Refused("FLOW_CONTROL")
        self._used += charge_of(message_bytes)

    def free(self, message_bytes: int) -> Window | None:
        """The WINDOW to send, when enough is free again."""
        self._freed += charge_of(message_bytes)
        if self._freed + self._window - self.total < self._step:
            return None
        self.total = self._freed + self._window
        return Window(self._channel, self.total)


@dataclass
class Pieces:
    """A message that is not whole yet."""

    total_bytes: int
    count: int
    data: dict[int, bytes] = field(default_factory=dict)


class Incoming:
    """The receiving side of one channel: `reliable-ordered`, or `unreliable-sequenced`."""

    def __init__(self, plan: Channel) -> None:
        self._plan = plan
        self._next_id = 0
        self._whole: dict[int, bytes] = {}
        self._pieces: dict[int, Pieces] = {}
        self.is_reliable = plan.mode == "reliable-ordered"

    def size_if_new(self, frame: Message | Fragment) -> int | None:
        """The length of a message that is seen for the first time; None: seen before, or late."""
        size = frame.total_bytes if isinstance(frame, Fragment) else len(frame.data)
        if frame.compressed:
            raise Refused("FLAGS")
        if size > self._plan.message_bytes_max:
            raise Refused("MESSAGE_SIZE")
        if self.is_reliable and frame.message_id >= self._next_id + MESSAGE_SPAN:
            raise Refused("FLOW_CONTROL")
        is_old = self._is_known(frame.message_id) or frame.message_id in self._pieces
        return None if is_old else size

    def take(self, frame: Message | Fragment) -> list[bytes]:
        """The messages that this frame makes ready."""
        data = None if self._is_known(frame.message_id) else self._whole_with(frame)
        if data is None:
            return []
        self._whole[frame.message_id] = data
        if not self.is_reliable:
            self._next_id = frame.message_id
            self._pieces = {i: p for i, p in self._pieces.items() if i > frame.message_id}
        ready = []
        while self._next_id in self._whole:
            ready.append(self._whole.pop(self._next_id))
            self._next_id += 1
        return ready

    def _is_known(self, message_id: int) -> bool:
        return message_id < self._next_id or message_id in self._whole

    def _whole_with(self, frame: Message | Fragment) -> bytes | None:
        message_id = frame.message_id
        if isinstance(frame, Message):
            if message_id in self._pieces:
                raise Refused("FRAGMENT")
            return frame.data
        pieces = self._pieces.setdefault(message_id, Pieces(frame.total_bytes, frame.count))
        if (pieces.total_bytes, pieces.count) != (frame.total_bytes, frame.count):
            raise Refused("FRAGMENT")
        if not self.is_reliable and len(self._pieces) > REASSEMBLIES_MAX:
            del self._pieces[min(self._pieces)]
        pieces.data[frame.index] = frame.data
        if len(pieces.data) < pieces.count:
            return None
        self._pieces.pop(message_id, None)
        return b"".join(pieces.data[index] for index in range(pieces.count))
