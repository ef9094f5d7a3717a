import assert from 'node:assert/strict';
import { test } from 'node:test';
import { toBase64Url } from '../base/bytes.ts';
import { createNodeCrypto } from '../driver/crypto-node.ts';
import { signKeyBundle } from '../protocol/sealed/key-bundle.ts';
import { createOwnDevice } from '../protocol/sealed/own-device.ts';
import type { Session } from '../protocol/sealed/sessions.ts';
import { boundSkippedKeys, findContact, meetDevices } from './contact-book.ts';
import type { KeyringKeys } from './keyring-file.ts';

const crypto = createNodeCrypto();
const key = toBase64Url(new Uint8Array(32));
const device = createOwnDevice(crypto);
const empty: KeyringKeys = { playerId: 'alice', device, prekeyMadeMs: 0, contacts: [] };

const bundleOf = (seed: number) =>
  signKeyBundle(crypto, new Uint8Array(32).fill(seed), {
    exchangeKey: new Uint8Array(32).fill(seed),
    prekeyId: 1,
    prekey: new Uint8Array(32).fill(seed),
  });

const meet = (keys: KeyringKeys, playerId: string, ...seeds: readonly number[]) => {
  const met = meetDevices(crypto, keys, playerId, seeds.map(bundleOf), 5);
  assert.ok(met.ok);
  return met.value;
};

const session = (skipped: number): Session => ({
  baseKey: key,
  isOurs: true,
  prekeyId: 1,
  isConfirmed: true,
  ratchet: {
    rootKey: key,
    ownSecret: key,
    remoteKey: null,
    sending: null,
    receiving: null,
    previousLength: 0,
    skipped: Array.from({ length: skipped }, (_, number) => ({ ratchetKey: key, number, key })),
  },
});

test('keys of missing messages are bounded over all contacts, the largest session first', () => {
  let keys = meet(meet(empty, 'bob', 1).keys, 'carol', 2).keys;
  const counts = [
    [3, 9],
    [20, 1],
  ];
  const contacts = keys.contacts.map((contact, at) => ({
    ...contact,
    devices: contact.devices.map((one) => ({
      ...one,
      peer: { ...one.peer, sessions: counts[at]!.map(session) },
    })),
  }));
  keys = { ...keys, contacts };
  const after = (most: number) =>
    boundSkippedKeys(keys, most).contacts.map(({ devices }) =>
      devices[0]!.peer.sessions.map(({ ratchet }) => ratchet.skipped.map((one) => one.number)),
    );
  assert.equal(boundSkippedKeys(keys, 33), keys);
  const [bob, carol] = after(20);
  assert.deepEqual(bob, [
    [0, 1, 2],
    [0, 1, 2, 3, 4, 5, 6, 7, 8],
  ]);
  assert.deepEqual(carol, [[13, 14, 15, 16, 17, 18, 19], [0]]);
  assert.deepEqual(after(0), [
    [[], []],
    [[], []],
  ]);
});

test('of too many devices the oldest that nobody verified is forgotten', () => {
  let { keys } = meet(empty, 'bob', 0);
  for (let seed = 1; seed < 32; seed++) keys = meet(keys, 'bob', seed).keys;
  const before = findContact(keys, 'bob')!.devices;
  assert.equal(before.length, 32);
  const verified = {
    ...keys,
    contacts: keys.contacts.map((contact) => ({
      ...contact,
      devices: contact.devices.map((one, at) =>
        at === 0 ? { ...one, trust: 'verified' as const } : one,
      ),
    })),
  };
  const after = findContact(meet(verified, 'bob', 32).keys, 'bob')!.devices;
  assert.deepEqual(
    after.slice(0, 31).map(({ deviceId }) => deviceId),
    before.filter((_, at) => at !== 1).map(({ deviceId }) => deviceId),
  );
});

test('a contact whose devices are all verified takes no further one', () => {
  const seeds = Array.from({ length: 32 }, (_, seed) => seed);
  const { keys } = meet(empty, 'bob', ...seeds);
  const contacts = keys.contacts.map((contact) => ({
    ...contact,
    devices: contact.devices.map((one) => ({ ...one, trust: 'verified' as const })),
  }));
  const refused = meetDevices(crypto, { ...keys, contacts }, 'bob', [bundleOf(32)], 5);
  assert.deepEqual(refused, { ok: false, error: 'too-many-devices' });
});
