import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { test } from 'node:test';
import { fromHex, toHex, utf8 } from '../../base/bytes.ts';
import { createNodeCrypto } from '../../driver/crypto-node.ts';
import { createSodiumCrypto } from '../../driver/crypto-sodium.ts';
import type { Crypto } from '../crypto.ts';
import { NoiseHandshake, type NoisePattern } from './noise.ts';

interface Vector {
  readonly protocol_name: string;
  readonly init_prologue: string;
  readonly init_static?: string;
  readonly init_ephemeral: string;
  readonly init_remote_static?: string;
  readonly resp_prologue: string;
  readonly resp_static: string;
  readonly resp_ephemeral: string;
  readonly handshake_hash: string;
  readonly messages: readonly { readonly payload: string; readonly ciphertext: string }[];
}

const vectorFile = new URL('../../../../shared/vectors/noise.json', import.meta.url);
const vectors: readonly Vector[] = existsSync(vectorFile)
  ? JSON.parse(readFileSync(vectorFile, 'utf8')).vectors
  : [];
const skip = vectors.length === 0 ? 'the published vectors are not at ../shared/vectors' : false;

const hex = (text: string) => fromHex(text)!;
const crypto = createSodiumCrypto();

type Create = typeof createSodiumCrypto;

for (const [library, create] of [
  ['libsodium', createSodiumCrypto],
  ['node:crypto', createNodeCrypto],
] as const) {
  for (const pattern of ['IK', 'NK', 'XX'] as const) {
    test(`the published vectors of ${pattern} hold with ${library}`, { skip }, () => {
      const name = `Noise_${pattern}_25519_ChaChaPoly_SHA256`;
      const chosen = vectors.filter((vector) => vector.protocol_name === name);
      assert.ok(chosen.length > 0);
      for (const vector of chosen) playVector(pattern, vector, create);
    });
  }
}

function playVector(pattern: NoisePattern, vector: Vector, create: Create): void {
  /** The ephemeral key is the one thing that is drawn. */
  const withEphemeral = (secret: string): Crypto => create({ randomBytes: () => hex(secret) });
  const initiatorCrypto = withEphemeral(vector.init_ephemeral);
  const initiator = new NoiseHandshake(initiatorCrypto, {
    pattern,
    role: 'initiator',
    prologue: hex(vector.init_prologue),
    ...(vector.init_static && { staticKeys: crypto.x25519KeyPair(hex(vector.init_static)) }),
    ...(vector.init_remote_static && { remoteStaticKey: hex(vector.init_remote_static) }),
  });
  const responder = new NoiseHandshake(withEphemeral(vector.resp_ephemeral), {
    pattern,
    role: 'responder',
    prologue: hex(vector.resp_prologue),
    staticKeys: crypto.x25519KeyPair(hex(vector.resp_static)),
  });
  const turns = [initiator, responder] as const;
  let step = 0;
  while (!initiator.isDone) {
    const message = vector.messages[step]!;
    const sent = turns[step % 2]!.writeMessage(hex(message.payload));
    assert.equal(toHex(sent!), message.ciphertext);
    assert.equal(toHex(turns[(step + 1) % 2]!.readMessage(sent!)!), message.payload);
    step++;
  }
  assert.ok(responder.isDone);
  assert.equal(toHex(initiator.handshakeHash), vector.handshake_hash);
  assert.equal(toHex(responder.handshakeHash), vector.handshake_hash);
  assert.deepEqual(initiator.split(), responder.split());
  // The rest are transport messages; the sides go on taking turns, each counting its own.
  const { initiatorKey, responderKey } = initiator.split();
  const keys = [crypto.aeadKey(initiatorKey), crypto.aeadKey(responderKey)] as const;
  const counters = [0, 0];
  for (; step < vector.messages.length; step++) {
    const message = vector.messages[step]!;
    const plain = hex(message.payload);
    const out = new Uint8Array(plain.length + 16);
    const side = step % 2;
    keys[side]!.seal(out, 0, plain, 0, plain.length, counters[side]!++, out, 0, 0);
    assert.equal(toHex(out), message.ciphertext);
  }
}

const host = crypto.x25519KeyPair();
const client = crypto.x25519KeyPair();
const prologue = utf8('here');
const initiate = (remoteStaticKey = host.publicKey, said = prologue) =>
  new NoiseHandshake(crypto, {
    pattern: 'IK',
    role: 'initiator',
    prologue: said,
    staticKeys: client,
    remoteStaticKey,
  });
const respond = () =>
  new NoiseHandshake(crypto, { pattern: 'IK', role: 'responder', prologue, staticKeys: host });

test('the responder learns the static key of the initiator', () => {
  const responder = respond();
  const message = initiate().writeMessage(utf8('ticket'))!;
  assert.deepEqual(responder.readMessage(message), utf8('ticket'));
  assert.deepEqual(responder.remoteStaticKey, client.publicKey);
});

test('no flipped bit and no cut of the first message verifies', () => {
  const message = initiate().writeMessage(utf8('x'))!;
  const responder = respond();
  for (let at = 0; at < message.length; at++) {
    assert.equal(responder.readMessage(message.subarray(0, at)), undefined);
    const bent = message.slice();
    bent[at]! ^= 1 << (at & 7);
    assert.equal(responder.readMessage(bent), undefined, `byte ${at}`);
  }
});

test('a forged answer leaves the handshake as it was, and the true one still finishes it', () => {
  const initiator = initiate();
  const responder = respond();
  responder.readMessage(initiator.writeMessage(utf8('1'))!);
  const answer = responder.writeMessage(utf8('2'))!;
  const hash = initiator.handshakeHash;
  for (let at = 0; at < answer.length; at++) {
    const forged = answer.slice();
    forged[at]! ^= 0x10;
    assert.equal(initiator.readMessage(forged), undefined);
    assert.equal(initiator.readMessage(answer.subarray(0, at)), undefined);
  }
  assert.deepEqual(initiator.handshakeHash, hash);
  assert.deepEqual(initiator.readMessage(answer), utf8('2'));
  assert.deepEqual(initiator.split(), responder.split());
});

test('another prologue, and another host, cannot read the first message', () => {
  assert.equal(
    respond().readMessage(initiate(host.publicKey, utf8('there')).writeMessage(prologue)!),
    undefined,
  );
  assert.equal(
    respond().readMessage(initiate(client.publicKey).writeMessage(prologue)!),
    undefined,
  );
});

test('a low-order point is refused, not computed with', () => {
  assert.equal(respond().readMessage(new Uint8Array(200)), undefined);
  assert.equal(initiate(new Uint8Array(32)).writeMessage(prologue), undefined);
});

test('speaking out of turn, splitting early and missing keys throw', () => {
  assert.throws(() => respond().writeMessage(prologue), /turn/);
  assert.throws(() => initiate().readMessage(prologue), /turn/);
  assert.throws(() => initiate().split(), /messages left/);
  const options = { pattern: 'IK', prologue } as const;
  assert.throws(
    () => new NoiseHandshake(crypto, { ...options, role: 'initiator', staticKeys: client }),
    /responder's key/,
  );
  assert.throws(
    () =>
      new NoiseHandshake(crypto, {
        ...options,
        role: 'initiator',
        remoteStaticKey: host.publicKey,
      }).writeMessage(prologue),
    /staticKeys/,
  );
});
