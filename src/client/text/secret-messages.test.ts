// Two clients' ends of the encrypted message, with the server's part played by the test.

import assert from 'node:assert/strict';
import { before, test } from 'node:test';
import { generateRsaKeys, type RsaKeys, rsaFingerprint } from '../../driver/rsa-oaep.ts';
import { type SecretEvent, SecretMessages } from './secret-messages.ts';
import { textClientLimits } from './text-limits.ts';

let keys: readonly RsaKeys[];
before(async () => {
  keys = await Promise.all([generateRsaKeys(), generateRsaKeys(), generateRsaKeys()]);
});

interface End {
  readonly secrets: SecretMessages;
  readonly events: SecretEvent[];
  readonly sent: { readonly header: string; readonly body: Record<string, unknown> }[];
}

function end(name: string, own: RsaKeys): End {
  const events: SecretEvent[] = [];
  const sent: End['sent'] = [];
  const secrets = new SecretMessages({
    keys: own,
    ownName: () => name,
    send: (header, body) => sent.push({ header, body: { ...body } }),
    onEvent: (event) => events.push(event),
  });
  return { secrets, events, sent };
}

/** As the server passes it on: the one name in place of the other. */
function pass(from: End, fromName: string, to: End): void {
  for (const { header, body } of from.sent.splice(0)) {
    const { receiver, sender, ...rest } = body;
    const isAnswer = sender !== undefined;
    to.secrets.handle({
      header,
      body: isAnswer ? { receiver: fromName, ...rest } : { sender: fromName, ...rest },
    });
    assert.ok(isAnswer || receiver !== undefined);
  }
}

test('a text arrives, and only the fingerprints say whose key it was', () => {
  const [ann, bob] = [end('ann', keys[0]!), end('bob', keys[1]!)];
  ann.secrets.send('BOB', 'meet me');
  pass(ann, 'ann', bob);
  pass(bob, 'bob', ann);
  assert.doesNotMatch(JSON.stringify(ann.sent), /meet me/);
  pass(ann, 'ann', bob);
  const fingerprint = rsaFingerprint(keys[1]!.publicKey)!;
  assert.deepEqual(ann.events, [{ kind: 'sent', to: 'bob', fingerprint, isNew: true }]);
  assert.deepEqual(bob.events, [
    { kind: 'asked', by: 'ann' },
    { kind: 'received', from: 'ann', text: 'meet me' },
  ]);
  assert.equal(ann.secrets.waiting, 0);
});

test('a key that changes is warned of before anything is sealed with it', () => {
  const [ann, bob, mallory] = [end('ann', keys[0]!), end('bob', keys[1]!), end('bob', keys[2]!)];
  ann.secrets.send('bob', 'one');
  pass(ann, 'ann', bob);
  pass(bob, 'bob', ann);
  ann.sent.length = 0;
  ann.secrets.send('bob', 'two');
  ann.secrets.send('bob', 'three');
  pass(ann, 'ann', mallory);
  pass(mallory, 'bob', ann);
  const fingerprint = rsaFingerprint(keys[2]!.publicKey)!;
  assert.deepEqual(ann.events.slice(1), [{ kind: 'key-changed', name: 'bob', fingerprint }]);
  assert.deepEqual(ann.sent, []);
  ann.secrets.send('bob', 'four');
  pass(ann, 'ann', mallory);
  pass(mallory, 'bob', ann);
  pass(ann, 'ann', mallory);
  assert.deepEqual(mallory.events.at(-1), { kind: 'received', from: 'ann', text: 'four' });
});

test('what is for another, or no message at all, is unreadable', () => {
  const [ann, bob, cat] = [end('ann', keys[0]!), end('bob', keys[1]!), end('cat', keys[1]!)];
  ann.secrets.send('bob', 'for bob');
  pass(ann, 'ann', bob);
  pass(bob, 'bob', ann);
  pass(ann, 'ann', cat);
  bob.secrets.handle({ header: 'SECURE_MESSAGE', body: { sender: 'ann', message: 7 } });
  bob.secrets.handle({ header: 'SECURE_MESSAGE', body: {} });
  const unreadable = { kind: 'unreadable', from: 'ann' };
  assert.deepEqual(cat.events, [unreadable]);
  assert.deepEqual(bob.events.slice(1), [unreadable, { kind: 'unreadable', from: '' }]);
});

test('keys that are none, that nobody asked for, and refusals', () => {
  const ann = end('ann', keys[0]!);
  ann.secrets.handle({
    header: 'SECURE_MESSAGE_RES',
    body: { receiver: 'bob', publicKey: keys[1]!.publicKey },
  });
  assert.deepEqual(ann.sent, []);
  ann.secrets.send('bob', 'x');
  ann.secrets.handle({ header: 'SECURE_MESSAGE_RES', body: { receiver: 'bob', publicKey: 'no' } });
  ann.secrets.send('eve', 'x');
  for (const who of [{ receiver: 'Eve' }, { sender: 'cat' }, {}]) {
    const body = { status: 'ERROR', code: 6001, ...who };
    ann.secrets.handle({ header: 'SECURE_MESSAGE_RES', body });
  }
  assert.deepEqual(ann.events, [
    { kind: 'not-sent', to: 'bob', why: 'public-key' },
    { kind: 'not-sent', to: 'Eve', why: 'refused' },
  ]);
  assert.equal(ann.secrets.handle({ header: 'BROADCAST', body: {} }), false);
});

test('texts that wait are bounded', () => {
  const ann = end('ann', keys[0]!);
  for (let i = 0; i < textClientLimits.secretsWaitingMax; i++) {
    assert.equal(ann.secrets.send(`p${i}`, 'x'), true);
  }
  assert.equal(ann.secrets.send('bob', 'x'), false);
  assert.equal(ann.secrets.waiting, textClientLimits.secretsWaitingMax);
});
