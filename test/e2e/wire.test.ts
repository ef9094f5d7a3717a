// What somebody on the path of a real match can read, replay, change or forge: nothing. A match of
// two accounts runs through a relay that keeps every datagram and adds its own.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { rps } from '../../games/rps/rules.ts';
import { serve } from '../../src/app/server/index.ts';
import { fromBase64Url, utf8 } from '../../src/base/bytes.ts';
import { connect, type MatchDialer, type PlayerClient, playBot } from '../../src/client/index.ts';
import { udpDialer } from '../../src/client/udp-dialer.ts';
import type { HostTicket } from '../../src/contract/schema.ts';
import { silentLog } from '../../src/contract/telemetry.ts';
import { DialError, dial, generateKeyPair } from '../../src/driver/index.ts';
import { matchChannels } from '../../src/game/messages.ts';
import { UdpRelay } from './udp-relay.fixture.ts';

const names = ['Wiretap Ann', 'Wiretap Bob'] as const;

/** A dialer that goes through the relay and keeps the tickets that it used. */
function throughRelay(relayPort: number, tickets: HostTicket[]): MatchDialer {
  const dialer = udpDialer();
  return async () => {
    const { clientPublicKey, dial: dialHost } = await dialer();
    return {
      clientPublicKey,
      dial: (ticket) => {
        tickets.push(ticket);
        const host = { ...ticket.host, address: '127.0.0.1', port: relayPort };
        return dialHost({ ...ticket, host });
      },
    };
  };
}

/** The host reports every second; what was counted shows in a later report. */
async function refusalsOf(url: string, wanted: readonly string[]): Promise<Map<string, number>> {
  for (;;) {
    const text = await (await fetch(`${url}/metrics`)).text();
    const counts = new Map<string, number>();
    for (const line of text.split('\n')) {
      const match = /^paperclip_datagrams_refused_total\{.*reason="([a-z-]+)".*\} (\d+)/.exec(line);
      if (match?.[1] !== undefined) counts.set(match[1], Number(match[2]));
    }
    if (wanted.every((reason) => (counts.get(reason) ?? 0) > 0)) return counts;
  }
}

const copyOf = (bytes: Uint8Array): Uint8Array => Uint8Array.from(bytes);
const isDataPacket = (bytes: Uint8Array): boolean => (bytes[0]! & 0xf8) === 0x18;

test('a match on a hostile path: nothing to read, and nothing gets in', {
  timeout: 60_000,
}, async () => {
  await using cleanup = new AsyncDisposableStack();
  const server = await serve({ port: 0, udpPort: 0, hosts: 1, data: ':memory:', log: silentLog });
  cleanup.defer(() => server.close());
  const relay = await UdpRelay.open(server.addresses.udp[0]!.port);
  cleanup.defer(() => relay.close());

  const tickets: HostTicket[] = [];
  const join = async (name: string): Promise<PlayerClient> => {
    const client = await connect(server.url, { register: { name, password: `secret of ${name}` } });
    cleanup.defer(() => client.close());
    return client;
  };
  const [ann, bob] = await Promise.all([join(names[0]), join(names[1])]);
  const dialer = throughRelay(relay.port, tickets);
  const matches = await Promise.all([ann.play(rps, { dialer }), bob.play(rps, { dialer })]);

  await attack(relay, tickets[0]!);
  const counts = await refusalsOf(server.url, [
    'replayed',
    'aead-failed',
    'gate-mac',
    'ticket-client-key',
  ]);
  assert.ok((counts.get('ticket-client-key') ?? 0) >= 1);

  for (const match of matches) playBot(match, rps, { seed: match.id, thinkMs: 1 });
  const results = await Promise.all(matches.map((match) => match.result));
  assert.deepEqual(
    results.map(({ reason }) => reason),
    ['outcome', 'outcome'],
  );

  assert.ok(relay.datagrams.length > 10);
  const secrets = [
    ...names,
    'rock',
    'paper',
    'scissors',
    'choice',
    'welcome',
    ann.player.id,
    bob.player.id,
    matches[0].id,
  ].map((text) => utf8(text));
  for (const { ticket } of tickets) {
    const bytes = fromBase64Url(ticket)!;
    secrets.push(bytes.subarray(0, 24), bytes.subarray(-24));
  }
  for (const { bytes } of relay.datagrams) {
    for (const secret of secrets) {
      assert.equal(Buffer.from(bytes).includes(secret), false, 'a datagram shows a secret');
    }
  }
});

/** All from the path: a replay, a flipped bit, a stranger's AUTH, a stolen ticket. */
async function attack(relay: UdpRelay, stolen: HostTicket): Promise<void> {
  const [first] = relay.datagrams.filter(({ direction }) => direction === 'to-host');
  const sealed = relay.datagrams.findLast(
    ({ direction, bytes }) => direction === 'to-host' && isDataPacket(bytes),
  );
  assert.ok(first !== undefined && sealed !== undefined);

  relay.inject(sealed);
  const flipped = copyOf(sealed.bytes);
  flipped[flipped.length - 1]! ^= 1;
  // A replayed number is not even opened, so the flipped packet needs another one.
  flipped[5]! += 1;
  relay.inject(sealed, flipped);
  const forged = copyOf(first.bytes);
  forged[forged.length - 40]! ^= 1;
  relay.inject(first, forged);

  const gateKey = fromBase64Url(stolen.host.gateKey)!;
  const thief = dial(
    { host: '127.0.0.1', port: relay.port },
    fromBase64Url(stolen.host.publicKey)!,
    {
      channels: matchChannels,
      gate: { id: stolen.host.gateId, key: gateKey },
      ticket: fromBase64Url(stolen.ticket)!,
      keyPair: generateKeyPair(),
    },
  );
  await assert.rejects(
    thief,
    (error) => error instanceof DialError && error.end.kind === 'refused',
  );

  const stranger = dial(
    { host: '127.0.0.1', port: relay.port },
    fromBase64Url(stolen.host.publicKey)!,
    {
      channels: matchChannels,
      gate: { id: stolen.host.gateId, key: new Uint8Array(32) },
      ticket: fromBase64Url(stolen.ticket)!,
    },
  );
  await assert.rejects(
    stranger,
    (error) => error instanceof DialError && error.end.kind === 'handshake-timed-out',
  );
}
