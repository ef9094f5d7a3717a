// A host and two honest players on a bad day: a script of sends in every mode, closes, dials, bad
// weather, moves, stalls and clocks that leap, made by the seed. The links keep what each mode
// promises, nobody holds more than its limits say or asks to be woken in vain, no honest end is
// ever taken for a broken one, and after the end everything is forgotten in its time.

import assert from 'node:assert/strict';
import { toHex } from '../../src/base/bytes.ts';
import { type Random, seededRandom } from '../../src/base/prng.ts';
import { createCrypto } from '../../src/driver/default-crypto.ts';
import { nodeDeflate } from '../../src/driver/node-deflate.ts';
import type { Crypto, KeyPair } from '../../src/protocol/crypto.ts';
import { ClientEndpoint } from '../../src/protocol/paperclip/client-endpoint.ts';
import type { ConnectionMemory } from '../../src/protocol/paperclip/connection-stats.ts';
import {
  type EndpointEvent,
  type PeerAddress,
  protocolIdOf,
} from '../../src/protocol/paperclip/endpoint-output.ts';
import { derivedGate } from '../../src/protocol/paperclip/gate.ts';
import { HostEndpoint } from '../../src/protocol/paperclip/host-endpoint.ts';
import { protocolLimits } from '../../src/protocol/paperclip/limits.ts';
import type { LinkConditions } from '../../src/testing/index.ts';
import { randomConditions } from '../simulation/traffic.ts';
import { HonestNetwork, type Station } from './honest-network.ts';
import { closeCodes, Ledger, largestMessageBytes, plannedChannels } from './ledger.ts';
import type { FuzzTarget } from './target.ts';

const unixStartMs = 1_760_000_000_000;

interface Player {
  readonly station: Station;
  readonly endpoint: ClientEndpoint<PeerAddress>;
  /** Of its static key, in hex. */
  readonly key: string;
  readonly ledger: Ledger;
  readonly atHost: Ledger;
  hostConnection: number | undefined;
}

class BadDay {
  readonly net: HonestNetwork;
  /** Nothing but some loss: nobody may find that the other is gone. */
  readonly isCalm: boolean;
  /** The present ones; those who ended and dialled again are in `everyone`. */
  readonly players: Player[] = [];
  readonly everyone: Player[] = [];
  readonly hostStation: Station;
  readonly #seed: number;
  readonly #crypto: Crypto;
  readonly #hostKeys: KeyPair;
  readonly #host: HostEndpoint<PeerAddress>;
  readonly #window: { readonly connection: number; readonly channel: number };
  readonly #keyPacketsMax: number;
  readonly #byHostConnection = new Map<number, Player>();

  constructor(seed: number) {
    const random = seededRandom('bad day', seed);
    const bytes = seededRandom('bad day bytes', seed);
    this.#seed = seed;
    this.isCalm = random.chance(0.3);
    this.net = new HonestNetwork(seed, weather(random, this.isCalm));
    this.#crypto = createCrypto({
      randomBytes: (length) => Uint8Array.from({ length }, () => bytes.below(256)),
    });
    this.#hostKeys = this.#crypto.x25519KeyPair();
    this.#window = random.chance(0.5)
      ? { connection: 3000 + random.below(20_000), channel: 1500 + random.below(5000) }
      : { connection: 1_000_000, channel: 500_000 };
    this.#keyPacketsMax = random.pick([3, 20, 200, protocolLimits.keyPacketsMax]);
    this.#host = new HostEndpoint<PeerAddress>(
      this.#crypto,
      {
        keyPair: this.#hostKeys,
        ...this.#common(),
        unixTimeMs: (nowMs) => unixStartMs + nowMs,
      },
      0,
    );
    this.hostStation = this.net.add('host', this.#host, (id, event) => this.#atHost(id, event));
    for (const who of [0, 1]) this.dial(who);
  }

  get host(): HostEndpoint<PeerAddress> {
    return this.#host;
  }
  get hostNowMs(): number {
    return this.net.timeOf(this.hostStation);
  }

  /** Player 0 or 1, once more where the one before is over. */
  dial(who: number): void {
    const { net } = this;
    const name = `player-${who}-${this.everyone.length}`;
    const keyPair = this.#crypto.x25519KeyPair();
    const endpoint = new ClientEndpoint<PeerAddress>(
      this.#crypto,
      {
        host: this.hostStation.address,
        hostPublicKey: this.#hostKeys.publicKey,
        keyPair,
        gate: derivedGate(this.#crypto, this.#hostKeys.publicKey),
        ...this.#common(),
      },
      net.nowMs,
    );
    const ledger = new Ledger(seededRandom(name, this.#seed), !this.isCalm);
    const atHost = new Ledger(seededRandom('host of', name, this.#seed), !this.isCalm);
    ledger.faces(atHost);
    atHost.faces(ledger);
    const station = net.add(name, endpoint, (_id, event) => {
      if (event.type === 'established') {
        const now = () => net.timeOf(station);
        ledger.connect({
          mayAct: () => net.isRunning(station) && endpoint.isConnected,
          send: (channel, message, options) => endpoint.send(now(), channel, message, options),
          isOpen: () => endpoint.isConnected,
        });
      } else if (ledger.isConnected) ledger.onEvent(event);
      else {
        assert.ok(event.type === 'ended');
        assert.match(event.end.kind, /^(handshake-timed-out|closed-here)$/);
        ledger.end = event.end;
      }
    });
    const key = toHex(keyPair.publicKey);
    const player = { station, endpoint, key, ledger, atHost, hostConnection: undefined };
    this.players[who] = player;
    this.everyone.push(player);
  }

  close(player: Player, atHost: boolean, code: number): void {
    const { station, endpoint, hostConnection } = player;
    if (!atHost && this.net.isRunning(station)) {
      endpoint.close(this.net.timeOf(station), code, 'over');
    }
    if (!atHost || hostConnection === undefined || !this.net.isRunning(this.hostStation)) return;
    this.#host.close(this.hostNowMs, hostConnection, code, 'over');
  }

  /** The host's event loop was late: newcomers need a cookie for a while. */
  delayHost(byMs: number): void {
    if (!this.net.isRunning(this.hostStation)) return;
    this.#host.handleDelay(this.hostNowMs, byMs);
  }

  flush({ station, endpoint, hostConnection }: Player): void {
    if (this.net.isRunning(station)) endpoint.flush(this.net.timeOf(station));
    if (hostConnection === undefined || !this.net.isRunning(this.hostStation)) return;
    this.#host.flush(this.hostNowMs, hostConnection);
  }

  checkMemory(): void {
    for (const { station, endpoint, hostConnection } of this.everyone) {
      this.#checkMemory(station, endpoint.memory);
      if (hostConnection === undefined) continue;
      this.#checkMemory(this.hostStation, this.#host.memory(hostConnection));
    }
  }

  /** Nothing was damaged, or late by seconds: every packet opened, whatever became of the keys. */
  checkOpened(): void {
    const drops = this.everyone.map(({ endpoint }) => endpoint.stats?.drops['aead-failed'] ?? 0);
    for (const count of [...drops, this.#host.refusals['aead-failed']]) assert.equal(count, 0);
  }

  #common() {
    return {
      protocolId: protocolIdOf(this.#crypto, 'fuzz'),
      channels: plannedChannels,
      deflate: nodeDeflate,
      parameters: {
        connectionWindowBytes: this.#window.connection,
        channelWindowBytes: this.#window.channel,
      },
      probesMtu: true,
      keyLimits: { packetsMax: this.#keyPacketsMax },
    };
  }

  #checkMemory(station: Station, memory: ConnectionMemory | undefined): void {
    if (memory === undefined) return;
    const { heldBytes, trackedPackets, trackedSpan, queuedBytes, pendingEvents } = memory;
    const { unreliableReassembliesMax, unreliableFragmentsMax, fragmentBytes } = protocolLimits;
    const { latestReassembliesMax, trackedPacketsMax } = protocolLimits;
    const { sendQueueMarkBytes, sendQueueOverrunBytesMax } = protocolLimits;
    const queueBytesMax = sendQueueMarkBytes + sendQueueOverrunBytesMax + 3 * largestMessageBytes;
    const reassemblies =
      (2 * unreliableReassembliesMax + latestReassembliesMax) *
      unreliableFragmentsMax *
      fragmentBytes;
    const credit = this.#window.connection + largestMessageBytes + 32;
    assert.ok(heldBytes <= credit + reassemblies, `holds ${heldBytes} bytes`);
    assert.ok(trackedSpan <= trackedPacketsMax && trackedPackets <= trackedSpan);
    assert.ok(queuedBytes <= queueBytesMax, `queues ${queuedBytes}`);
    if (this.net.isRunning(station)) assert.equal(pendingEvents, 0);
  }

  #atHost(id: number, event: EndpointEvent<PeerAddress>): void {
    if (event.type === 'established') {
      const key = toHex(event.publicKey);
      const player = this.everyone.find((one) => one.key === key);
      assert.ok(player !== undefined && player.hostConnection === undefined, 'a link is made once');
      player.hostConnection = id;
      this.#byHostConnection.set(id, player);
      player.atHost.connect({
        mayAct: () => this.net.isRunning(this.hostStation) && this.#host.isOpen(id),
        send: (channel, message, options) =>
          this.#host.send(this.hostNowMs, id, channel, message, options),
        isOpen: () => this.#host.isOpen(id),
      });
      return;
    }
    const player = this.#byHostConnection.get(id);
    assert.ok(player !== undefined, 'no event of a link that is not there');
    player.atHost.onEvent(event);
  }
}

const calmDelaysMs = [0, 5, 50, 200];

function weather(random: Random, isCalm: boolean): LinkConditions {
  if (!isCalm) return { ...randomConditions(random), ...(random.chance(0.3) && narrow(random)) };
  return {
    delayMs: random.pick(calmDelaysMs),
    jitterMs: random.pick([0, 30]),
    loss: 0.1 * random.float(),
    duplicate: random.pick([0, 0.1]),
    reorder: random.pick([0, 0.3]),
    mtuBytes: random.pick([1_472, 9_000]),
  };
}

/** Any path takes 1,200 bytes; this one maybe more. */
const narrow = (random: Random): LinkConditions => ({ mtuBytes: 1204 + random.below(300) });

/** One step of the script. */
function act(day: BadDay): void {
  const { net } = day;
  const { random } = net;
  const player = random.pick(day.players);
  const what = random.below(day.isCalm ? 86 : 100);
  if (what < 38) random.pick([player.ledger, player.atHost]).sendSome();
  else if (what < 52) day.flush(player);
  else if (what < 74) net.advance(random.below(60));
  else if (what < 80) net.advance(random.below(1500));
  else if (what < 82) needlessly(day, player);
  else if (what === 82) dialAgain(day, player);
  else if (what === 83) day.delayHost(random.below(1000));
  else if (what === 84) closeAtTimes(day, player);
  else if (what === 85) net.advance(random.below(12_000));
  else if (what < 90) net.setConditions(weather(random, random.chance(0.5)));
  else if (what === 90) net.setConditions({ ...net.conditions, loss: 1 });
  else if (what === 91) net.setConditions({ ...net.conditions, ...narrow(random) });
  else if (what < 96) trouble(day, player, what);
  else if (what < 98) moveOrRebind(day, player);
  net.drainAll();
  day.checkMemory();
}

function dialAgain(day: BadDay, player: Player): void {
  if (player.ledger.end !== undefined) day.dial(day.players.indexOf(player));
}

function closeAtTimes(day: BadDay, player: Player): void {
  const { random } = day.net;
  if (random.chance(0.3)) day.close(player, random.chance(0.5), random.pick(closeCodes));
}

/** Late, early and repeated calls are all allowed. */
function needlessly({ net, hostStation }: BadDay, { station }: Player): void {
  for (let left = 1 + net.random.below(3); left > 0; left--) {
    const one = net.random.pick([station, hostStation]);
    if (net.isRunning(one)) one.endpoint.handleTimeout(net.timeOf(one));
  }
}

/** What stands still goes on after this. */
const troubleMsMax = 5000;

function trouble({ net, hostStation }: BadDay, { station }: Player, what: number): void {
  const { random, nowMs } = net;
  const victim = random.pick([station, hostStation]);
  if (what < 94) net.stall(victim, random.below(troubleMsMax));
  else if (what === 94) victim.clock.leap(nowMs, random.below(20_000));
  else victim.clock.standStill(nowMs, random.below(troubleMsMax), random.chance(0.5));
}

/** The player may know that it has moved, or not; or believe it. */
function moveOrRebind({ net }: BadDay, { station, endpoint }: Player): void {
  const { random } = net;
  const isOtherHost = random.chance(0.5);
  if (random.chance(0.8)) net.move(station, isOtherHost);
  if (random.chance(0.4) && net.isRunning(station))
    endpoint.rebind(net.timeOf(station), isOtherHost);
}

/** Handshakes given up, idle time-outs and draining, by clocks that may have stood still. */
const forgetMsMax = 60_000;
const settleMsMax = 300_000;
const valuesMsMax = 10_000;

/** The sun comes out. What lives goes on to the end of its work; then it ends. */
function finish(day: BadDay): void {
  const { net, host, everyone } = day;
  net.setConditions({ delayMs: 20 });
  net.advance(troubleMsMax);
  for (const player of day.players) day.flush(player);
  const ledgers = everyone.flatMap(({ ledger, atHost }) => [ledger, atHost]);
  const isSettled = () => ledgers.every((ledger) => ledger.isSettled);
  for (let ms = 0; ms < settleMsMax && !isSettled(); ms += 500) net.advance(500);
  assert.ok(isSettled(), 'every message has its fate');
  // Nobody was asked to say when the newest value of each key has come.
  net.advance(valuesMsMax);
  for (const { ledger, atHost } of everyone) {
    if (ledger.isOver || atHost.isOver) continue;
    ledger.checkCame();
    atHost.checkCame();
  }
  if (day.isCalm) day.checkOpened();
  for (const player of day.players) {
    day.close(player, player.hostConnection !== undefined && net.random.chance(0.5), 0);
  }
  net.advance(forgetMsMax);
  for (const { endpoint, ledger, atHost } of everyone) {
    assert.ok(endpoint.isDrained && ledger.end !== undefined, 'the player has forgotten');
    assert.ok(atHost.isOver, 'the host told the end');
  }
  assert.equal(host.connectionCount, 0);
  assert.equal(host.halfOpenCount, 0);
}

export const connections: FuzzTarget = {
  name: 'connections',
  promise: 'two honest ends keep every promise on the worst of days, and forget in time',
  smoke: { seeds: 12, steps: 250 },
  run(seed, steps) {
    const day = new BadDay(seed);
    for (let step = 0; step < steps; step++) act(day);
    finish(day);
  },
};
