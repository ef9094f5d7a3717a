"""Plays one match of rock, paper, scissors against the bot of a running server, and prints what
came of it as JSON: `python3 play_rps.py http://localhost:5000 [--loss 0.2 --seed 1] [--move]`.

What is said, over HTTP and on the link, is in docs/protocol/match.md.
"""

import argparse
import base64
import json
import random
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from typing import Any

from connection import Connection, Disconnected, Wire, dial, parameters_for
from crypto import new_secret_key, public_key_of
from handshake import Channel, Handshake, HandshakeFailed, Host

APPLICATION = "paperclip"
CHANNELS = [
    Channel("reliable", "reliable-ordered", 262_144, False),
    Channel("state", "unreliable-sequenced", 8_960, False),
]
CHOICES = ("rock", "paper", "scissors")
MATCH_S, CLOSE_S, CROWD_S = 120.0, 5.0, 10.0
CLIENT_LEAVES = 0x202
Json = dict[str, Any]


class MatchFailed(Exception):
    """The match did not come to its end."""


class LossyWire(Wire):
    """A wire that loses a part of what goes through it, both ways, in an order of the seed's."""

    def __init__(self, address: str, port: int, loss: float, seed: int) -> None:
        super().__init__(address, port)
        self.dropped = 0
        self._loss = loss
        self._outgoing, self._incoming = random.Random(f"out {seed}"), random.Random(f"in {seed}")

    def send(self, datagram: bytes) -> None:
        if not self._drops(self._outgoing):
            super().send(datagram)

    def receive(self, until: float) -> bytes | None:
        while (datagram := super().receive(until)) is not None:
            if not self._drops(self._incoming):
                return datagram
        return None

    def _drops(self, chance: random.Random) -> bool:
        is_dropped = chance.random() < self._loss
        self.dropped += is_dropped
        return is_dropped


class Platform:
    """The HTTP side: a guest, a lobby with a bot, a ticket."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._token = ""

    def request(self, method: str, path: str, body: Json | None = None) -> Json:
        headers = {"content-type": "application/json"} if body is not None else {}
        if self._token:
            headers["authorization"] = f"Bearer {self._token}"
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(self._url + path, data, headers, method=method)
        try:
            with urllib.request.urlopen(request, timeout=10) as answer:
                return json.load(answer)
        except urllib.error.HTTPError as refused:
            raise MatchFailed(f"{method} {path}: {refused.read().decode()}") from None
        except urllib.error.URLError as failure:
            raise MatchFailed(f"{self._url}: {failure.reason}") from None

    def begin_match(self) -> str:
        """Signs in and starts a match against a bot; its id."""
        self._token = self.request("POST", "/v1/guests", {})["accessToken"]
        lobby = self.request("POST", "/v1/lobbies", {"game": "rps", "bots": 1})
        path = f"/v1/lobbies/{lobby['id']}"
        lobby = self.request("POST", f"{path}/ready", {"ready": True})
        while lobby.get("matchId") is None:
            time.sleep(0.1)
            lobby = self.request("GET", path)
        return lobby["matchId"]

    def ticket(self, match_id: str, public_key: bytes) -> Json:
        body = {"clientPublicKey": base64.urlsafe_b64encode(public_key).decode().rstrip("=")}
        return self.request("POST", f"/v1/matches/{match_id}/tickets", body)


def from_base64url(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def changed(base: Any, delta: Any) -> Any:
    """A view with a delta applied."""
    if isinstance(delta, list):
        return delta[0]
    if "o" in delta or "x" in delta:
        kept = {key: value for key, value in base.items() if key not in delta.get("x", ())}
        members = delta.get("o", {}).items()
        return kept | {key: changed(base.get(key), change) for key, change in members}
    if "a" in delta:
        elements = list(base)
        for index, change in delta["a"]:
            elements[index] = changed(elements[index], change)
        return elements
    if "s" in delta:
        start, remove, *values = delta["s"]
        return base[:start] + values + base[start + remove :]
    return base


class Player:
    """Plays by the messages of the host: one random choice in each round."""

    def __init__(self, connection: Connection, seed: int) -> None:
        self._connection = connection
        self._random = random.Random(seed)
        self._views: dict[int, Any] = {}
        self._sequence = 0
        self.round = 0
        self.view: Json = {}
        self.ended: Json | None = None

    def take(self, message: Json) -> None:
        match message["kind"]:
            case "welcome":
                self._sequence = message["lastSequence"]
            case "view":
                self._take_view(message)
            case "refused":
                raise MatchFailed(f"an input was refused: {message}")
            case "ended":
                self.ended = message

    def _take_view(self, message: Json) -> None:
        base = message["base"]
        view = changed(self._views[base], message["delta"]) if base else message["full"]
        self._views = {n: old for n, old in self._views.items() if n >= base} | {message["n"]: view}
        self.view = view
        if not view["isOver"] and view["yourChoice"] is None and view["round"] > self.round:
            self.round = view["round"]
            self._choose(self._random.choice(CHOICES))

    def _choose(self, choice: str) -> None:
        self._sequence += 1
        move = {"kind": "input", "sequence": self._sequence, "input": {"choice": choice}}
        self._connection.send("reliable", json.dumps(move).encode())


def play_on(
    connection: Connection, player: Player, next_wire: Callable[[], Wire] | None
) -> int | None:
    """Plays to the end, from the second round on from another socket if there is one to be had; the
    code with which the host closed."""
    give_up_at = time.monotonic() + MATCH_S
    try:
        while time.monotonic() < give_up_at:
            if received := connection.receive(give_up_at - time.monotonic()):
                player.take(json.loads(received[1]))
            if player.ended:
                give_up_at = min(give_up_at, time.monotonic() + CLOSE_S)
            if next_wire and player.round == 2:
                connection.move(next_wire())
                next_wire = None
    except Disconnected as end:
        if player.ended:
            return end.code
        raise
    connection.close(CLIENT_LEAVES)
    if player.ended:
        return None
    raise MatchFailed(f"no end within {MATCH_S:.0f} seconds")


def put_under_load(wire: Wire, host: Host) -> None:
    """Knocks like a crowd of strangers, until the host asks them for cookies."""
    stranger = Handshake(host, new_secret_key(), parameters_for(CHANNELS))
    give_up_at = time.monotonic() + CROWD_S
    while time.monotonic() < give_up_at:
        wire.send(stranger.auth1)
        datagram = wire.receive(time.monotonic())
        if datagram and stranger.take_retry(datagram):
            return
    raise MatchFailed("the host never asked for a cookie")


def play(options: argparse.Namespace) -> Json:
    platform = Platform(options.url.rstrip("/"))
    match_id = platform.begin_match()
    secret_key = new_secret_key()
    answer = platform.ticket(match_id, public_key_of(secret_key))
    at, ticket = answer["host"], from_base64url(answer["ticket"])
    public_key, gate_key = from_base64url(at["publicKey"]), from_base64url(at["gateKey"])
    host = Host(public_key, at["gateId"], gate_key, APPLICATION)

    if options.crowd:
        crowd = Wire(at["address"], at["port"])
        put_under_load(crowd, host)
        crowd.close()
    wires: list[LossyWire] = []

    def next_wire() -> Wire:
        seed = options.seed + len(wires)
        wires.append(LossyWire(at["address"], at["port"], options.loss, seed))
        return wires[-1]

    connection = dial(next_wire(), host, CHANNELS, secret_key, ticket)
    player = Player(connection, options.seed)
    close_code = play_on(connection, player, next_wire if options.move else None)
    return {
        "matchId": match_id,
        "seat": answer["seat"],
        "closeCode": close_code,
        "reason": player.ended["reason"],
        "outcome": player.ended.get("outcome"),
        "score": player.view["score"],
        "rounds": player.view["rounds"],
        "packets": {**connection.counts, "dropped": sum(wire.dropped for wire in wires)},
    }


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("url")
    parser.add_argument("--loss", type=float, default=0.0, help="part of datagrams lost each way")
    parser.add_argument("--seed", type=int, default=1, help="of the choices and the losses")
    parser.add_argument("--move", action="store_true", help="change the socket in round 2")
    parser.add_argument("--crowd", action="store_true", help="put the host under load before")
    try:
        result = play(parser.parse_args())
    except (MatchFailed, HandshakeFailed, Disconnected) as failure:
        print(f"{type(failure).__name__}: {failure}", file=sys.stderr)
        return 1
    print(json.dumps(result))
    return 0


if __name__ == "__main__":
    sys.exit(main())
