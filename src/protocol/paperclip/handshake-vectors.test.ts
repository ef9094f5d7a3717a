// Our own handshake vectors, for whoever writes a second implementation from the paper:
// docs/protocol/vectors/handshake.json. Everything that is drawn by chance is in it.
// After a deliberate change of the bytes: UPDATE_VECTORS=1 node --test <this file>
// Long because a vector is one story, told in the order in which it happens.

import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { env } from 'node:process';
import { test } from 'node:test';
import { toHex, utf8 } from '../../base/bytes.ts';
import { createSodiumCrypto } from '../../driver/crypto-sodium.ts';
import type { Crypto } from '../crypto.ts';
import { planChannels } from './channel-plan.ts';
import { localParameters, protocolIdOf } from './endpoint-output.ts';
import { derivedGate, fixedGate } from './gate.ts';
import { ClientHandshake } from './handshake-client.ts';
import { HostHandshake } from './handshake-host.ts';
import { signTicket, TicketKeys } from './tickets.ts';

const file = new URL('../../../docs/protocol/vectors/handshake.json', import.meta.url);

/** 32 bytes 00 01 02 ... from a first byte. */
const counted = (from: number) => Uint8Array.from({ length: 32 }, (_, i) => from + i);
const withEphemeral = (secret: Uint8Array): Crypto =>
  createSodiumCrypto({ randomBytes: () => secret });

function makeVector(): Readonly<Record<string, unknown>> {
  const crypto = createSodiumCrypto();
  const platformSeed = counted(0x00);
  const hostKeys = crypto.x25519KeyPair(counted(0x20));
  const clientKeys = crypto.x25519KeyPair(counted(0x40));
  const clientEphemeral = counted(0x60);
  const hostEphemeral = counted(0x80);
  const channels = planChannels({ moves: 'reliable-ordered', state: 'unreliable-sequenced' });
  const parameters = localParameters(crypto, channels, {});
  const protocolId = protocolIdOf(crypto, 'paperclip');
  const gate = derivedGate(crypto, hostKeys.publicKey);
  const claims = {
    ticketId: counted(0xa0).slice(0, 16),
    playerId: 'mario',
    clientPublicKey: clientKeys.publicKey,
    hostPublicKey: hostKeys.publicKey,
    matchId: 'm1',
    seat: 1,
    notBeforeMs: 1_760_000_000_000,
    expiresAtMs: 1_760_000_060_000,
    userData: utf8('blue'),
  };
  const ticket = signTicket(crypto, platformSeed, claims);
  const client = new ClientHandshake(withEphemeral(clientEphemeral), {
    keyPair: clientKeys,
    hostPublicKey: hostKeys.publicKey,
    protocolId,
    gate,
    ticket,
    parameters,
    connectionId: 0x11223344,
  });
  const host = new HostHandshake(withEphemeral(hostEphemeral), {
    keyPair: hostKeys,
    protocolId,
    parameters,
    gate: fixedGate(gate),
    ticketKeys: new TicketKeys(crypto, [crypto.ed25519KeyPair(platformSeed).publicKey]),
  });
  const auth1 = host.admitAuth1(0, client.auth1);
  assert.ok(auth1.ok);
  const read = host.readAuth1(client.auth1, auth1.value.fields, claims.notBeforeMs);
  assert.ok(read.ok);
  const accepted = host.accept(read.value.hello, 0x55667788, claims.notBeforeMs);
  assert.ok(accepted);
  const answer = client.readAuth2(accepted.auth2);
  assert.ok(answer.ok && answer.value.kind === 'accepted');

  const { channelPlanHash, ...otherParameters } = parameters;
  const { noise } = read.value.hello;
  const { initiatorKey, responderKey } = noise.split();
  assert.deepEqual(answer.value.sealKey, initiatorKey);
  assert.deepEqual(answer.value.openKey, responderKey);
  assert.deepEqual(accepted.sealKey, responderKey);
  assert.deepEqual(accepted.openKey, initiatorKey);
  return {
    suite: 'Noise_IK_25519_ChaChaPoly_SHA256',
    platformSeed: toHex(platformSeed),
    hostSecretKey: toHex(hostKeys.secretKey),
    hostPublicKey: toHex(hostKeys.publicKey),
    hostEphemeralSecretKey: toHex(hostEphemeral),
    hostConnectionId: 0x55667788,
    hostTimeMs: claims.notBeforeMs,
    clientSecretKey: toHex(clientKeys.secretKey),
    clientPublicKey: toHex(clientKeys.publicKey),
    clientEphemeralSecretKey: toHex(clientEphemeral),
    clientConnectionId: 0x11223344,
    protocolName: 'paperclip',
    protocolId: toHex(protocolId),
    channels: channels.map(({ name, mode, messageBytesMax, compress }) => {
      return { name, mode, messageBytesMax, compress };
    }),
    channelPlanHash: toHex(channelPlanHash),
    parameters: otherParameters,
    gateId: gate.id,
    gateKey: toHex(gate.key),
    ticketClaims: {
      ticketId: toHex(claims.ticketId),
      playerId: claims.playerId,
      matchId: claims.matchId,
      seat: claims.seat,
      notBeforeMs: claims.notBeforeMs,
      expiresAtMs: claims.expiresAtMs,
      userData: toHex(claims.userData),
    },
    ticket: toHex(ticket),
    auth1: toHex(client.auth1),
    auth2: toHex(accepted.auth2),
    handshakeHash: toHex(noise.handshakeHash),
    clientToHostKey: toHex(initiatorKey),
    hostToClientKey: toHex(responderKey),
  };
}

test('the handshake makes the bytes of docs/protocol/vectors/handshake.json', () => {
  const made = `${JSON.stringify(makeVector(), undefined, 1)}\n`;
  if (env['UPDATE_VECTORS'] === '1') writeFileSync(file, made);
  assert.equal(readFileSync(file, 'utf8'), made);
});
