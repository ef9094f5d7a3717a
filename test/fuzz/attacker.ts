// Two clients and a host with an attacker on the path: a script of sends, closes, dials and time,
// made by the seed. Whatever the attacker does, nothing is accepted that was not sent, reliable
// messages come once and in order, each message has one fate and each link one end.

import assert from 'node:assert/strict';
import { toHex } from '../../src/base/bytes.ts';
import { seededRandom } from '../../src/base/prng.ts';
import type { LinkEnd } from '../../src/protocol/link.ts';
import type { ClientEndpoint } from '../../src/protocol/paperclip/client-endpoint.ts';
import type { EndpointEvent, PeerAddress } from '../../src/protocol/paperclip/endpoint-output.ts';
import { handshakeLimits } from '../../src/protocol/paperclip/handshake-limits.ts';
import { AttackedNetwork, messageBytesMax } from './attacked-network.ts';
import { Pairing, type Party } from './pairing.ts';
import type { FuzzTarget } from './target.ts';

interface Player {
  readonly endpoint: ClientEndpoint<PeerAddress>;
  readonly pairing: Pairing;
}

class Match {
  readonly net: AttackedNetwork;
  readonly #players: Player[] = [];
  /** By connection id of the host. */
  readonly #atHost = new Map<number, Party>();
  readonly #seed: number;
  #dialled = 0;

  constructor(seed: number) {
    this.#seed = seed;
    this.net = new AttackedNetwork(seed, (id, event) => this.#onHostEvent(id, event));
  }

  get players(): readonly Player[] {
    return this.#players;
  }

  /** Player 0 or 1 dials, again or for the first time. */
  dial(who: number): void {
    const { net } = this;
    const name = `client-${this.#dialled++}`;
    const pairing = new Pairing(seededRandom(name, this.#seed), messageBytesMax);
    const keyPair = net.crypto.x25519KeyPair();
    const endpoint = net.dial(name, `player-${who}`, keyPair, (_id, event) => {
      if (event.type === 'established') {
        pairing.client.connect(
          (channel, message, handle) => endpoint.send(net.nowMs, channel, message, { handle }),
          () => endpoint.isConnected,
        );
      } else pairing.client.onEvent(event);
    });
    pairing.key = toHex(keyPair.publicKey);
    this.#players[who] = { endpoint, pairing };
    this.pairings.push(pairing);
  }

  readonly pairings: Pairing[] = [];

  closeAtHost(): void {
    const ids = [...this.#atHost.keys()];
    if (ids.length > 0) this.net.host.close(this.net.nowMs, this.net.random.pick(ids), 9, 'out');
  }

  flush(): void {
    const { net } = this;
    for (const id of this.#atHost.keys()) net.host.flush(net.nowMs, id);
    for (const { endpoint } of this.#players) endpoint.flush(net.nowMs);
  }

  checkBounds(): void {
    const { host } = this.net;
    assert.ok(host.halfOpenCount <= 2 * handshakeLimits.halfOpenPerPlayerMax);
    assert.ok(host.connectionCount <= this.#dialled);
  }

  #onHostEvent(id: number, event: EndpointEvent<PeerAddress>): void {
    const { net } = this;
    if (event.type === 'established') {
      assert.ok(!this.#atHost.has(id), 'a link is made once');
      // Not by address: who relays all that two ends say is the path between them.
      const key = toHex(event.publicKey);
      const pairing = this.pairings.find((one) => one.key === key);
      assert.ok(pairing !== undefined, 'it is a client');
      assert.ok(!pairing.host.isConnected, 'a client has one link');
      pairing.host.connect(
        (channel, message, handle) => net.host.send(net.nowMs, id, channel, message, { handle }),
        () => net.host.isOpen(id),
      );
      this.#atHost.set(id, pairing.host);
      return;
    }
    const party = this.#atHost.get(id);
    assert.ok(party !== undefined, 'no event of a link that is not there');
    if (event.type === 'ended') this.#atHost.delete(id);
    party.onEvent(event);
  }
}

const honestEnds: readonly LinkEnd['kind'][] = [
  'closed-here',
  'closed-by-peer',
  'timed-out',
  'replaced',
  'handshake-timed-out',
  'refused',
];

function act(match: Match): void {
  const { net } = match;
  const { random } = net;
  const player = random.pick(match.players);
  const what = random.below(100);
  if (what < 40) random.pick([player.pairing.client, player.pairing.host]).sendSome();
  else if (what < 55) match.flush();
  else if (what < 75) net.advance(random.below(60));
  else if (what < 90) for (let left = random.below(6); left > 0; left--) net.inject();
  else if (what < 92) net.stall(random.below(4_000));
  else if (what < 94) move(match, player);
  else if (what < 96) net.advance(random.below(12_000));
  else if (what === 96) player.endpoint.close(net.nowMs, 3, 'bye');
  else if (what === 97) match.dial(random.below(2));
  else if (what === 98) match.closeAtHost();
  else {
    net.malice = random.pick([0, 0.1, 0.3, 0.9]);
    net.mtuBytes = random.pick([1_200, 1_300, 1_380, 1_500, 9_000]);
  }
  net.deliver();
  match.checkBounds();
}

/** The client may know that it has moved, or not; or believe it. */
function move({ net }: Match, { endpoint }: Player): void {
  const { random } = net;
  if (random.chance(0.8)) net.move(endpoint);
  if (random.chance(0.4)) endpoint.rebind(net.nowMs, random.chance(0.5));
}

export const attacker: FuzzTarget = {
  name: 'attacker',
  promise: 'an attacker on the path can stop messages, and do nothing else to them',
  smoke: { seeds: 8, steps: 200 },
  run(seed, steps) {
    const match = new Match(seed);
    const { net } = match;
    match.dial(0);
    match.dial(1);
    for (let step = 0; step < steps; step++) act(match);
    // The attacker is gone. What lives goes on to the end of its work.
    net.malice = 0;
    match.flush();
    const isSettled = () => match.pairings.every((pairing) => pairing.isSettled);
    for (let left = 300; left > 0 && !isSettled(); left--) net.advance(1_000);
    assert.ok(isSettled(), 'every message has its fate');
    for (const pairing of match.pairings) pairing.check(honestEnds);
    net.host.closeAll(net.nowMs, 0, 'over');
    net.advance(120_000);
    assert.equal(net.host.connectionCount, 0);
    assert.equal(net.host.halfOpenCount, 0);
    for (const { endpoint } of match.players) assert.ok(endpoint.isDrained);
    for (const pairing of match.pairings) pairing.checkEnded();
  },
};
