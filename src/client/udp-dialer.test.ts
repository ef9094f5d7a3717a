// The client's way to a host, over a real socket: what a match link carries, and what is said when
// it cannot be made. Ticket checks are tested with the protocol.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fromBase64Url, toBase64Url } from '../base/bytes.ts';
import type { HostTicket } from '../contract/schema.ts';
import { createCrypto, listen, signTicket } from '../driver/index.ts';
import { matchChannels } from '../game/messages.ts';
import { udpDialer } from './udp-dialer.ts';

const crypto = createCrypto();
const platform = crypto.ed25519KeyPair();

async function host() {
  const listener = await listen({
    port: 0,
    channels: matchChannels,
    platformKeys: [platform.publicKey],
  });
  const gate = listener.gate();
  const ticketFor = (clientPublicKey: string): HostTicket => ({
    matchId: 'm1',
    seat: 1,
    host: {
      address: '127.0.0.1',
      port: listener.address.port,
      publicKey: toBase64Url(listener.publicKey),
      gateId: gate.id,
      gateKey: toBase64Url(gate.key),
    },
    ticket: toBase64Url(
      signTicket(crypto, platform.secretKey, {
        ticketId: crypto.randomBytes(16),
        playerId: 'p1',
        clientPublicKey: fromBase64Url(clientPublicKey)!,
        hostPublicKey: listener.publicKey,
        matchId: 'm1',
        seat: 1,
        notBeforeMs: Date.now() - 1_000,
        expiresAtMs: Date.now() + 60_000,
        userData: new Uint8Array(),
      }),
    ),
    expiresAt: '',
  });
  return { listener, ticketFor, [Symbol.asyncDispose]: () => listener.close() };
}

test('the host sees the ticket’s seat and the key that asked for it', async () => {
  await using at = await host();
  const linked = Promise.withResolvers<{ seat: number | undefined; key: string }>();
  at.listener.onLink = ({ peer }) =>
    linked.resolve({ seat: peer.ticket?.seat, key: toBase64Url(peer.publicKey) });
  const { clientPublicKey, dial } = await udpDialer()();
  const link = await dial(at.ticketFor(clientPublicKey));
  link.send('reliable', new Uint8Array([1]));
  assert.deepEqual(await linked.promise, { seat: 1, key: clientPublicKey });
  link.close();
});

test('a ticket that is for another key is refused with a reason', async () => {
  await using at = await host();
  const [mine, other] = [await udpDialer()(), await udpDialer()()];
  await assert.rejects(mine.dial(at.ticketFor(other.clientPublicKey)), {
    code: 'HOST_UNREACHABLE',
  });
});

test('a server that gives keys which are none is named', async () => {
  const { dial } = await udpDialer()();
  const ticket: HostTicket = {
    matchId: 'm1',
    seat: 0,
    host: { address: '127.0.0.1', port: 1, publicKey: 'AA', gateId: 0, gateKey: 'AA' },
    ticket: '!',
    expiresAt: '',
  };
  await assert.rejects(dial(ticket), /127\.0\.0\.1:1 .*cannot be read/);
});
