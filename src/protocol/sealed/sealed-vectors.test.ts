// A conversation with everything that is drawn by chance in it, for whoever writes a second
// implementation from the page: docs/protocol/vectors/sealed.json.
// After a deliberate change of the bytes: UPDATE_VECTORS=1 node --test <this file>

import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { env } from 'node:process';
import { test } from 'node:test';
import { fromHex, toHex } from '../../base/bytes.ts';
import { createSodiumCrypto } from '../../driver/crypto-sodium.ts';
import type { Crypto } from '../crypto.ts';
import { encodeEnvelope } from './envelope.ts';
import { fingerprint, safetyNumber } from './fingerprint.ts';
import { encodeKeyBundle } from './key-bundle.ts';
import { keyText } from './key-text.ts';
import type { OwnDevice } from './own-device.ts';
import { ownPublicKeys } from './own-device.ts';
import { End } from './sealed.fixture.ts';

const file = new URL('../../../docs/protocol/vectors/sealed.json', import.meta.url);
const counted = (from: number) => Uint8Array.from({ length: 32 }, (_, i) => (from + i) & 255);

interface Drawn {
  readonly crypto: Crypto;
  /** Every 32 bytes that were drawn since the last call, in order. */
  take(): readonly string[];
}

/** Each draw is 32 bytes that count up from a first byte; the next begins 7 further. */
function countingCrypto(): Drawn {
  let next = 0x40;
  let drawn: string[] = [];
  const crypto = createSodiumCrypto({
    randomBytes: (length) => {
      const bytes = counted(next).slice(0, length);
      next += 7;
      drawn.push(toHex(bytes));
      return bytes;
    },
  });
  const take = () => {
    const taken = drawn;
    drawn = [];
    return taken;
  };
  return { crypto, take };
}

const deviceFrom = (first: number): OwnDevice => ({
  identitySeed: keyText(counted(first)),
  exchangeSecret: keyText(counted(first + 0x20)),
  prekeys: [{ id: 7, secret: keyText(counted(first + 0x30)) }],
});

function about(end: End, first: number): Readonly<Record<string, unknown>> {
  const { identity, deviceId } = ownPublicKeys(end.crypto, end.own);
  return {
    player: end.player,
    identitySeed: toHex(counted(first)),
    exchangeSecret: toHex(counted(first + 0x20)),
    prekeyId: 7,
    prekeySecret: toHex(counted(first + 0x30)),
    bundle: toHex(encodeKeyBundle(end.bundle)),
    deviceId: toHex(deviceId),
    fingerprint: fingerprint(end.crypto, { playerId: end.player, identity }),
  };
}

function makeVectors(): object {
  const { crypto, take } = countingCrypto();
  const alice = new End('alice', crypto);
  const bob = new End('bob', crypto);
  alice.own = deviceFrom(0x00);
  bob.own = deviceFrom(0x80);
  alice.knows(bob);
  bob.knows(alice);
  take();
  const sealed = (from: End, text: string) => {
    const bytes = from.seal(text);
    return { from: from.player, text, drawnToSeal: take(), sealed: toHex(bytes) };
  };
  const opened = <T extends { readonly sealed: string; readonly text: string }>(
    to: End,
    message: T,
  ): T & { readonly drawnToOpen: readonly string[] } => {
    assert.deepEqual(to.open(fromHex(message.sealed)!), { text: message.text });
    return { ...message, drawnToOpen: take() };
  };
  const a0 = sealed(alice, 'hello');
  const a1 = sealed(alice, '');
  const afterBoth = [opened(bob, a1), opened(bob, a0)];
  const b0 = opened(alice, sealed(bob, 'Grüße, exactly 32 bytes of it.'));
  const a2 = opened(bob, sealed(alice, 'a new turn'));
  const identityOf = (end: End) => ({
    playerId: end.player,
    identity: ownPublicKeys(crypto, end.own).identity,
  });
  return {
    alice: about(alice, 0x00),
    bob: about(bob, 0x80),
    safetyNumber: safetyNumber(crypto, identityOf(alice), identityOf(bob)),
    opened: [...afterBoth, b0, a2],
    envelopeOfTheFirst: encodeEnvelope([fromHex(a0.sealed)!]),
  };
}

test('the conversation is that of docs/protocol/vectors/sealed.json', () => {
  const made = `${JSON.stringify(makeVectors(), undefined, 1)}\n`;
  if (env['UPDATE_VECTORS'] === '1') writeFileSync(file, made);
  assert.equal(readFileSync(file, 'utf8'), made);
});
