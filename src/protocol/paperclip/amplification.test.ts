// What a peer can have a host send to addresses that are not its own: never more than three times
// what came from there, whatever it says, and in whichever phase the connection is (RFC 9000
// section 8).

import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { fromHex } from '../../base/bytes.ts';
import { writePacketHeader } from '../../codec/paperclip/packet.ts';
import { createCrypto } from '../../driver/default-crypto.ts';
import { nodeDeflate } from '../../driver/node-deflate.ts';
import { planChannels } from './channel-plan.ts';
import { Connection } from './connection.ts';
import { localParameters, type PeerAddress } from './endpoint-output.ts';
import { HostClock } from './host-clock.ts';
import { protocolLimits } from './limits.ts';

const crypto = createCrypto({ randomBytes: (length) => new Uint8Array(length) });
const channels = planChannels({ bulk: 'reliable-ordered', state: 'unreliable' });
const parameters = localParameters(crypto, channels, {});
const [clientKey, hostKey] = [new Uint8Array(32).fill(1), new Uint8Array(32).fill(2)];
const [clientId, hostId] = [7, 5];

const home: PeerAddress = { key: '10.0.0.1:1', host: '10.0.0.1' };
/** Another port, another host, and one of which no host is known. Nobody answers there. */
const elsewhere: readonly PeerAddress[] = [
  { key: '10.0.0.1:2', host: '10.0.0.1' },
  { key: '10.0.0.2:1', host: '10.0.0.2' },
  { key: '10.0.0.3:1' },
];
const frames = {
  ping: '01',
  padding: '00',
  challenges: `06${'aa'.repeat(8)}`.repeat(40),
  message: '10 00 00 01 aa',
  acknowledgement: '02 00 00 00 00',
  close: '09 00 00',
  nonsense: '3f',
};

class Host {
  nowMs = 0;
  readonly connection: Connection;
  readonly #seal = crypto.aeadKey(clientKey);
  readonly #received = new Map<string, number>();
  readonly #sent = new Map<string, number>();
  #nextNumber = 0;
  #wakeAtMs = Number.POSITIVE_INFINITY;

  constructor() {
    const setup = {
      ...({ role: 'host', channels, local: parameters, remote: parameters, crypto } as const),
      ...{ localConnectionId: hostId, remoteConnectionId: clientId, deflate: nodeDeflate },
      ...{ sealKey: hostKey, openKey: clientKey, probesMtu: true },
      hostClock: new HostClock((nowMs) => 1e12 + nowMs, 0),
    };
    this.connection = new Connection(setup, 0, home);
  }

  hear(from: PeerAddress, hex: string): void {
    const said = fromHex(hex.replaceAll(' ', ''))!;
    const bytes = new Uint8Array(9 + said.length + 16);
    const number = this.#nextNumber++;
    const at = writePacketHeader(bytes, 0, 0, hostId, number, 4);
    bytes.set(said, at);
    const end = this.#seal.seal(bytes, at, bytes, at, at + said.length, number, bytes, 0, at);
    this.#received.set(from.key, (this.#received.get(from.key) ?? 0) + end);
    this.connection.handleDatagram(this.nowMs, bytes, 0, end, from);
  }

  drain(): void {
    const { connection, nowMs } = this;
    for (let o = connection.poll(nowMs); o !== undefined; o = connection.poll(nowMs)) {
      if (o.kind === 'timeout') this.#wakeAtMs = o.atMs;
      if (o.kind !== 'transmit') continue;
      const { key } = o.to!;
      const sent = (this.#sent.get(key) ?? 0) + o.length;
      this.#sent.set(key, sent);
      if (key === home.key) continue;
      const received = this.#received.get(key) ?? 0;
      assert.ok(sent <= protocolLimits.amplificationMax * received, `${sent} for ${received}`);
    }
  }

  /** Fails when time stands still. */
  runFor(ms: number): void {
    const endMs = this.nowMs + ms;
    let wakes = 0;
    while (this.#wakeAtMs <= endMs) {
      wakes = this.#wakeAtMs > this.nowMs ? 0 : wakes + 1;
      assert.ok(wakes < 50, `woken again and again at ${this.nowMs}`);
      this.nowMs = Math.max(this.nowMs, this.#wakeAtMs);
      this.#wakeAtMs = Number.POSITIVE_INFINITY;
      this.connection.handleTimeout(this.nowMs);
      this.drain();
    }
    this.nowMs = endMs;
  }
}

test('no address that proved nothing gets more than three times what came from there', () => {
  const step = fc.record({
    from: fc.constantFrom(home, ...elsewhere, ...elsewhere),
    says: fc.array(fc.constantFrom<keyof typeof frames>('ping', 'challenges', 'message'), {
      minLength: 1,
      maxLength: 3,
    }),
    rarely: fc.option(fc.constantFrom<keyof typeof frames>('padding', 'acknowledgement'), {
      freq: 4,
    }),
    sendBytes: fc.constantFrom(0, 0, 100, 5000),
    waitMs: fc.constantFrom(0, 0, 5, 100, 1500),
  });
  const last = fc.constantFrom('closes', 'close', 'nonsense', 'nothing');
  fc.assert(
    fc.property(fc.array(step, { maxLength: 40 }), last, (steps, end) => {
      const host = new Host();
      host.drain();
      for (const [i, { from, says, rarely, sendBytes, waitMs }] of steps.entries()) {
        const { connection } = host;
        if (i === 30 && end === 'closes') connection.close(host.nowMs, 1, 'x'.repeat(200));
        if (i === 30 && (end === 'close' || end === 'nonsense')) host.hear(from, frames[end]);
        for (const name of says) host.hear(from, frames[name]);
        if (rarely !== null) host.hear(from, frames[rarely]);
        if (sendBytes > 0 && connection.isOpen) {
          connection.send(host.nowMs, 0, new Uint8Array(sendBytes));
          connection.flush(host.nowMs);
        }
        host.drain();
        host.runFor(waitMs);
      }
      host.runFor(60_000);
    }),
    { numRuns: 150 },
  );
});
