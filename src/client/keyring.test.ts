import assert from 'node:assert/strict';
import { test } from 'node:test';
import { toBase64Url, utf8 } from '../base/bytes.ts';
import { seededRandom } from '../base/prng.ts';
import { createSodiumCrypto } from '../driver/crypto-sodium.ts';
import { encodeKeyBundle, signKeyBundle } from '../protocol/sealed/key-bundle.ts';
import { ClientError } from './client-error.ts';
import { type Keyring, type KeyringStorage, openKeyring } from './keyring.ts';
import { keyringText } from './keyring-file.ts';
import { keyringLimits } from './keyring-limits.ts';

const dayMs = 24 * 3_600_000;

function seededCrypto(seed: string) {
  const random = seededRandom('keyring', seed);
  return createSodiumCrypto({
    randomBytes: (length) => Uint8Array.from({ length }, () => random.below(256)),
  });
}

class Memory implements KeyringStorage {
  text: string | undefined;
  fails = false;
  saves = 0;

  load(): Promise<string | undefined> {
    return Promise.resolve(this.text);
  }

  save(text: string): Promise<void> {
    if (this.fails) return Promise.reject(new Error('disk full'));
    this.saves++;
    this.text = text;
    return Promise.resolve();
  }
}

interface Device {
  readonly keyring: Keyring;
  readonly storage: Memory;
  readonly clock: { nowMs: number };
  /** The same keys, read from the storage. */
  again(): Promise<Keyring>;
}

async function deviceOf(playerId: string, name = playerId): Promise<Device> {
  const storage = new Memory();
  const clock = { nowMs: 1_000 };
  const crypto = seededCrypto(name);
  const again = () => openKeyring({ crypto, storage, playerId, nowMs: () => clock.nowMs });
  return { keyring: await again(), storage, clock, again };
}

async function sealed(from: Keyring, to: string, bundles: readonly string[], text: string) {
  const result = await from.seal(to, bundles, text);
  assert.ok(result.ok, JSON.stringify(result));
  return result.value;
}

const opens = async (by: Keyring, from: string, envelope: string) => {
  const result = await by.open(from, envelope);
  return result.ok ? result.value.text : `refused: ${result.error}`;
};

const rejectsWith =
  (code: string, problem = /./) =>
  (error: unknown) =>
    error instanceof ClientError && error.code === code && problem.test(error.message);

test('two players write to each other, over restarts of their programs', async () => {
  const alice = await deviceOf('alice');
  const bob = await deviceOf('bob');
  for (let turn = 0; turn < 3; turn++) {
    const [a, b] = [await alice.again(), await bob.again()];
    const there = await sealed(a, 'bob', [b.bundle], `a${turn}`);
    assert.equal(there.news, turn === 0 ? 'new-contact' : 'same');
    assert.equal(await opens(b, 'alice', there.envelope), `a${turn}`);
    const back = await sealed(b, 'alice', [a.bundle], `b${turn}`);
    assert.equal(back.news, 'same');
    assert.equal(await opens(a, 'bob', back.envelope), `b${turn}`);
  }
});

test('a message is sealed to each published device, and to no other', async () => {
  const alice = await deviceOf('alice');
  const phone = await deviceOf('bob', 'phone');
  const laptop = await deviceOf('bob', 'laptop');
  const later = await deviceOf('bob', 'later');
  assert.notEqual(phone.keyring.deviceId, laptop.keyring.deviceId);
  const bundles = [phone.keyring.bundle, laptop.keyring.bundle];
  const { envelope, devices } = await sealed(alice.keyring, 'bob', bundles, 'to both');
  assert.equal(devices.length, 2);
  assert.equal(await opens(phone.keyring, 'alice', envelope), 'to both');
  assert.equal(await opens(laptop.keyring, 'alice', envelope), 'to both');
  assert.equal(await opens(later.keyring, 'alice', envelope), 'refused: no-copy');
  assert.equal(await opens(phone.keyring, 'alice', envelope), 'refused: replayed');
  // Each device answers in its own session.
  const fromPhone = await sealed(phone.keyring, 'alice', [alice.keyring.bundle], 'phone');
  const fromLaptop = await sealed(laptop.keyring, 'alice', [alice.keyring.bundle], 'laptop');
  assert.equal(await opens(alice.keyring, 'bob', fromLaptop.envelope), 'laptop');
  assert.equal(await opens(alice.keyring, 'bob', fromPhone.envelope), 'phone');
});

test('a message is another player’s only if it says so', async () => {
  const alice = await deviceOf('alice');
  const bob = await deviceOf('bob');
  const { envelope } = await sealed(alice.keyring, 'bob', [bob.keyring.bundle], 'a');
  assert.equal(await opens(bob.keyring, 'mallory', envelope), 'refused: not-authentic');
  for (const nobody of ['', 'p'.repeat(256)]) {
    assert.equal(await opens(bob.keyring, nobody, envelope), 'refused: player-id');
    await assert.rejects(bob.keyring.seal(nobody, [alice.keyring.bundle], 'b'), RangeError);
  }
  assert.deepEqual(bob.keyring.contacts, []);
  assert.equal(await opens(bob.keyring, 'alice', envelope), 'a');
});

test('a device that comes later is a change until it is accepted or verified', async () => {
  const alice = await deviceOf('alice');
  const bob = await deviceOf('bob');
  const other = await deviceOf('bob', 'other');
  await sealed(alice.keyring, 'bob', [bob.keyring.bundle], 'a');
  const bundles = [bob.keyring.bundle, other.keyring.bundle];
  const news = async () => (await sealed(alice.keyring, 'bob', bundles, 'a')).news;
  assert.equal(await news(), 'changed');
  assert.equal(await news(), 'changed', 'it stays news until somebody looks');
  assert.deepEqual(
    alice.keyring.contact('bob')?.map(({ trust }) => trust),
    ['unverified', 'changed'],
  );
  assert.equal(await alice.keyring.accept('bob'), true);
  assert.equal(await news(), 'same');
  assert.equal(await alice.keyring.accept('bob'), false);
});

test('a message from a new device of a known contact says so', async () => {
  const alice = await deviceOf('alice');
  const bob = await deviceOf('bob');
  const other = await deviceOf('bob', 'other');
  await sealed(alice.keyring, 'bob', [bob.keyring.bundle], 'a');
  const { envelope } = await sealed(other.keyring, 'alice', [alice.keyring.bundle], 'it is me');
  const opened = await alice.keyring.open('bob', envelope);
  assert.ok(opened.ok);
  assert.equal(opened.value.news, 'changed');
  assert.equal(opened.value.device.trust, 'changed');
  const again = await sealed(other.keyring, 'alice', [alice.keyring.bundle], 'really');
  const second = await alice.keyring.open('bob', again.envelope);
  assert.ok(second.ok && second.value.news === 'changed');
});

test('to a verified contact nothing is sealed while a device is unseen', async () => {
  const alice = await deviceOf('alice');
  const bob = await deviceOf('bob');
  const other = await deviceOf('bob', 'other');
  await alice.keyring.meet('bob', [bob.keyring.bundle]);
  assert.equal(await alice.keyring.verify('bob', bob.keyring.deviceId), true);
  assert.equal(await alice.keyring.verify('bob', 'nobody'), false);
  const bundles = [bob.keyring.bundle, other.keyring.bundle];
  const refused = await alice.keyring.seal('bob', bundles, 'a');
  assert.deepEqual(refused, { ok: false, error: 'changed' });
  assert.equal(alice.keyring.contact('bob')?.[1]?.trust, 'changed');
  assert.equal(await alice.keyring.verify('bob', other.keyring.deviceId), true);
  assert.equal((await sealed(alice.keyring, 'bob', bundles, 'a')).news, 'same');
});

test('both sides show one safety number', async () => {
  const alice = await deviceOf('alice');
  const bob = await deviceOf('bob');
  await alice.keyring.meet('bob', [bob.keyring.bundle]);
  await bob.keyring.meet('alice', [alice.keyring.bundle]);
  const number = alice.keyring.safetyNumber('bob', bob.keyring.deviceId);
  assert.match(number ?? '', /^\d{5}( \d{5}){11}$/);
  assert.equal(bob.keyring.safetyNumber('alice', alice.keyring.deviceId), number);
  assert.ok(number?.includes(alice.keyring.fingerprint));
  assert.equal(alice.keyring.safetyNumber('bob', 'nobody'), undefined);
});

test('bundles that are none are told of, and the rest is sealed to', async () => {
  const alice = await deviceOf('alice');
  const bob = await deviceOf('bob');
  const good = bob.keyring.bundle;
  const forged = `${good.slice(0, 100)}${good[100] === 'A' ? 'B' : 'A'}${good.slice(101)}`;
  const crypto = seededCrypto('low');
  const low = signKeyBundle(crypto, new Uint8Array(32).fill(9), {
    exchangeKey: new Uint8Array(32),
    prekeyId: 1,
    prekey: new Uint8Array(32),
  });
  const bundles = ['', forged, toBase64Url(encodeKeyBundle(low)), alice.keyring.bundle, good, good];
  const { rejected, envelope } = await sealed(alice.keyring, 'bob', bundles, 'a');
  assert.deepEqual(rejected, [
    { index: 0, reason: 'length' },
    { index: 1, reason: 'signature' },
    { index: 2, reason: 'bad-key' },
  ]);
  assert.equal(await opens(bob.keyring, 'alice', envelope), 'a');
  for (const [list, error] of [
    [[], 'no-devices'],
    [[forged], 'no-devices'],
    [[alice.keyring.bundle], 'no-devices'],
    [bundles.slice(2, 3), 'no-devices'],
    [Array.from({ length: 9 }, () => good), 'too-many-devices'],
  ] as const) {
    assert.deepEqual(await alice.keyring.seal('carol', list, 'a'), { ok: false, error });
  }
});

test('a message has a longest length, and any text below it', async () => {
  const alice = await deviceOf('alice');
  const bob = await deviceOf('bob');
  const refused = await alice.keyring.seal('bob', [bob.keyring.bundle], 'é'.repeat(2_048));
  assert.deepEqual(refused, { ok: false, error: 'too-long' });
  for (const text of ['', `${'é'.repeat(2_047)}e`, '\u{1f4ce}\u0000\ufeff']) {
    const { envelope } = await sealed(alice.keyring, 'bob', [bob.keyring.bundle], text);
    assert.equal(await opens(bob.keyring, 'alice', envelope), text);
  }
});

test('what is no envelope is refused and stores nothing', async () => {
  const bob = await deviceOf('bob');
  const before = bob.storage.text;
  assert.equal(await opens(bob.keyring, 'alice', 'hello'), 'refused: not-base64url');
  assert.equal(await opens(bob.keyring, 'alice', 'AAAA'), 'refused: envelope-version');
  assert.equal(bob.storage.text, before);
  assert.equal(bob.storage.saves, 1);
});

test('a session that only the sender has is told apart, and a restart mends it', async () => {
  const alice = await deviceOf('alice');
  const bob = await deviceOf('bob');
  const first = await sealed(alice.keyring, 'bob', [bob.keyring.bundle], 'a');
  await opens(bob.keyring, 'alice', first.envelope);
  const back = await sealed(bob.keyring, 'alice', [alice.keyring.bundle], 'b');
  await opens(alice.keyring, 'bob', back.envelope);
  await bob.keyring.forget('alice');
  const lost = await sealed(alice.keyring, 'bob', [bob.keyring.bundle], 'lost');
  assert.equal(await opens(bob.keyring, 'alice', lost.envelope), 'refused: unknown-device');
  const restarted = await alice.keyring.seal('bob', [bob.keyring.bundle], 'anew', {
    restart: true,
  });
  assert.ok(restarted.ok);
  assert.equal(await opens(bob.keyring, 'alice', restarted.value.envelope), 'anew');
});

test('the prekey changes when it is a week old', async () => {
  const bob = await deviceOf('bob');
  const before = bob.keyring.bundle;
  assert.equal(await bob.keyring.rotateIfDue(), false);
  bob.clock.nowMs += 7 * dayMs;
  assert.equal(await bob.keyring.rotateIfDue(), true);
  assert.notEqual(bob.keyring.bundle, before);
  assert.equal(await bob.keyring.rotateIfDue(), false);
  // What was sealed to the old one still opens.
  const alice = await deviceOf('alice');
  const { envelope } = await sealed(alice.keyring, 'bob', [before], 'a');
  assert.equal(await opens(await bob.again(), 'alice', envelope), 'a');
});

test('a storage that fails leaves the keyring as it was, and nothing leaves it', async () => {
  const alice = await deviceOf('alice');
  const bob = await deviceOf('bob');
  alice.storage.fails = true;
  await assert.rejects(alice.keyring.seal('bob', [bob.keyring.bundle], 'a'), /disk full/);
  assert.deepEqual(alice.keyring.contacts, []);
  alice.storage.fails = false;
  const { envelope } = await sealed(alice.keyring, 'bob', [bob.keyring.bundle], 'a');
  bob.storage.fails = true;
  await assert.rejects(bob.keyring.open('alice', envelope), /disk full/);
  bob.storage.fails = false;
  assert.equal(await opens(bob.keyring, 'alice', envelope), 'a');
});

test('calls at once use each key once', async () => {
  const alice = await deviceOf('alice');
  const bob = await deviceOf('bob');
  const { bundle } = bob.keyring;
  const all = await Promise.all(
    Array.from({ length: 10 }, (_, n) => sealed(alice.keyring, 'bob', [bundle], `${n}`)),
  );
  const texts = await Promise.all(all.map(({ envelope }) => opens(bob.keyring, 'alice', envelope)));
  assert.deepEqual(
    texts,
    Array.from({ length: 10 }, (_, n) => `${n}`),
  );
});

test('more calls than may wait are refused', async () => {
  const { keyring } = await deviceOf('alice');
  const calls = Array.from({ length: keyringLimits.callsQueuedMax }, () => keyring.rotateIfDue());
  await assert.rejects(keyring.rotateIfDue(), rejectsWith('KEYRING_BUSY'));
  await Promise.all(calls);
  assert.equal(await keyring.rotateIfDue(), false);
});

test('two processes with one storage and a lock use each key once', async () => {
  const storage = new Memory();
  let last: Promise<unknown> = Promise.resolve();
  const shared: KeyringStorage = {
    load: () => storage.load(),
    save: (text) => storage.save(text),
    exclusively: (run) => {
      const result = last.then(run);
      last = result.catch(() => undefined);
      return result;
    },
  };
  const crypto = seededCrypto('alice');
  const options = { crypto, storage: shared, playerId: 'alice' };
  const [one, two] = [await openKeyring(options), await openKeyring(options)];
  assert.equal(one.deviceId, two.deviceId);
  const bob = await deviceOf('bob');
  const { bundle } = bob.keyring;
  const all = await Promise.all([
    sealed(one, 'bob', [bundle], 'one'),
    sealed(two, 'bob', [bundle], 'two'),
    sealed(one, 'bob', [bundle], 'three'),
  ]);
  for (const [index, text] of ['one', 'two', 'three'].entries()) {
    assert.equal(await opens(bob.keyring, 'alice', all[index]!.envelope), text);
  }
  storage.text = undefined;
  await assert.rejects(one.rotateIfDue(), rejectsWith('KEYRING_DAMAGED', /it is gone/));
  assert.equal(storage.text, undefined);
});

test('a damaged text is an error and is never replaced', async () => {
  const { storage, again, keyring } = await deviceOf('alice');
  const bob = await deviceOf('bob');
  await sealed(keyring, 'bob', [bob.keyring.bundle], 'a');
  const whole = storage.text!;
  const { identitySeed } = JSON.parse(whole).keys.device;
  for (const [text, problem] of [
    ['', /not JSON/],
    [whole.slice(0, -10), /not JSON/],
    ['{}', /another form/],
    ['null', /another form/],
    [whole.replace('"version":1', '"version":2'), /newer version/],
    [whole.replace('"isOurs":true', '"isOurs":false'), /checksum/],
    [whole.replace('"isOurs":true', '"isOurs":1'), /another form/],
    [whole.replace('"contacts"', '"contact"'), /another form/],
  ] as const) {
    storage.text = text;
    await assert.rejects(again(), (error: unknown) => {
      assert.ok(!String(error).includes(identitySeed));
      return rejectsWith('KEYRING_DAMAGED', problem)(error);
    });
    assert.equal(storage.text, text);
  }
  storage.text = whole;
  assert.equal((await again()).deviceId, keyring.deviceId);
});

test('the keys of another player are refused', async () => {
  const { storage } = await deviceOf('alice');
  const other = openKeyring({ crypto: seededCrypto('x'), storage, playerId: 'bob' });
  await assert.rejects(other, rejectsWith('KEYRING_OF_ANOTHER', /alice, not of bob/));
  const nobody = openKeyring({ crypto: seededCrypto('x'), storage, playerId: '' });
  await assert.rejects(nobody, RangeError);
});

test('a stranger goes when there are too many contacts, a chosen one stays', async () => {
  const { keyring } = await deviceOf('alice');
  const bob = await deviceOf('bob');
  await sealed(keyring, 'bob', [bob.keyring.bundle], 'a');
  const { storage, again } = await deviceOf('alice', 'full');
  const full = JSON.parse(storage.text!).keys;
  full.contacts = Array.from({ length: keyringLimits.contactsMax }, (_, n) => ({
    playerId: `p${n}`,
    lastUsedMs: n === 7 ? 0 : 5,
    isChosen: n === 3,
    devices: [],
  }));
  storage.text = keyringText(seededCrypto('x'), full);
  const crowded = await again();
  await sealed(crowded, 'bob', [bob.keyring.bundle], 'a');
  assert.equal(crowded.contacts.length, keyringLimits.contactsMax);
  assert.ok(!crowded.contacts.includes('p7') && crowded.contacts.includes('p3'));
  for (const contact of full.contacts) contact.isChosen = true;
  storage.text = keyringText(seededCrypto('x'), full);
  const refused = await (await again()).seal('bob', [bob.keyring.bundle], 'a');
  assert.deepEqual(refused, { ok: false, error: 'too-many-contacts' });
});

test('no secret stands in what is published or sent', async () => {
  const alice = await deviceOf('alice');
  const bob = await deviceOf('bob');
  const { envelope } = await sealed(alice.keyring, 'bob', [bob.keyring.bundle], 'attack at dawn');
  const { device } = JSON.parse(alice.storage.text!).keys;
  const secrets = [device.identitySeed, device.exchangeSecret, device.prekeys[0].secret];
  const sent = Buffer.from(envelope, 'base64url');
  for (const secret of secrets) {
    assert.equal(sent.includes(Buffer.from(secret, 'base64url')), false);
    assert.equal(alice.keyring.bundle.includes(secret), false);
  }
  assert.equal(sent.includes(Buffer.from(utf8('dawn'))), false);
});
