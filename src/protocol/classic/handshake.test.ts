import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { errorCodes, flags } from '../../codec/classic/numbers.ts';
import { encodePacket } from '../../codec/classic/packet.ts';
import { classicCrypto } from '../../driver/classic-crypto.ts';
import {
  authPacket,
  ClassicWorld,
  defaultPacket,
  errorPacket,
  finishedPacket,
  hostCertificate,
  hostName,
  playerCertificate,
} from './classic-world.fixture.ts';
import { classicLimits } from './limits.ts';

const hello = Uint8Array.of(1, 2, 3);

describe('handshake', () => {
  test('both sides see the certificate of the other, and talk', () => {
    const world = new ClassicWorld('meet');
    const client = world.connected('player:1');
    assert.deepEqual([...client.established.values()], [hostCertificate]);
    assert.deepEqual([...world.host.established.values()], [playerCertificate('player:1')]);
    assert.deepEqual(
      client.sent.map(({ type, sequenceId }) => `${type} ${sequenceId}`),
      ['auth 0', 'ack 1'],
    );
    assert.deepEqual(
      world.host.sent.map(({ type, sequenceId }) => `${type} ${sequenceId}`),
      ['auth 0', 'ack 1'],
    );
    client.endpoint.send(hello, flags.reliable | flags.encrypted);
    world.network.touch('player:1');
    world.network.runFor(1_000);
    assert.deepEqual(world.host.messages, [{ connection: world.newest, data: hello }]);
  });

  for (const [name, from, to, lossFromMs, lossToMs] of [
    ["the client's AUTH", 'player:1', hostName, 0, 10],
    ["the server's AUTH and Finished", hostName, 'player:1', 10, 30],
    ["the client's Finished", 'player:1', hostName, 30, 50],
    ["the client's Finished, again and again", 'player:1', hostName, 30, 700],
    ['all that the server says for a while', hostName, 'player:1', 10, 2_000],
  ] as const) {
    test(`what got no answer is sent again: ${name} is lost`, () => {
      const world = new ClassicWorld(name, { delayMs: 20 });
      const client = world.client('player:1');
      const link = world.network.link(from, to);
      if (lossFromMs === 0) link.conditions = { delayMs: 20, loss: 1 };
      world.network.after(lossFromMs, () => {
        link.conditions = { delayMs: 20, loss: 1 };
      });
      world.network.after(lossToMs, () => {
        link.conditions = { delayMs: 20 };
      });
      world.network.runFor(5_000);
      assert.ok(link.counts.lost > 0);
      assert.equal(client.established.size, 1);
      assert.equal(world.host.established.size, 1);
    });
  }

  test('a hundred handshakes over 20% loss each way all succeed', () => {
    const world = new ClassicWorld(3, { delayMs: 20, loss: 0.2, reorder: 0.3, duplicate: 0.2 });
    for (let i = 0; i < 100; i++) {
      const client = world.connected(`player-${i}:1`);
      client.endpoint.send(hello, flags.reliable);
      world.network.touch(`player-${i}:1`);
    }
    assert.ok(world.network.runUntil(() => world.host.messages.length === 100, 60_000));
    assert.equal(world.host.endpoint.handshakes, 0);
  });

  test('a client whose server is silent gives up with an error after a time limit', () => {
    const world = new ClassicWorld('silent', { loss: 1 });
    const client = world.client('player:1');
    world.network.runFor(classicLimits.handshakeMs - 1);
    assert.deepEqual(client.ends, []);
    world.network.runFor(1);
    assert.deepEqual(client.ends, [{ kind: 'handshake-timed-out' }]);
    assert.ok(client.endpoint.isDrained);
    // 0, 250, 750, 1750, then every 2 s.
    assert.equal(client.sent.length, 8);
  });

  test('a duplicate AUTH with the same key gets the same answer again', () => {
    const world = new ClassicWorld('again');
    const stranger = world.stranger('player:1');
    const auth = authPacket(classicCrypto.generateKeyPair().publicKey, playerCertificate('p'));
    world.say('player:1', stranger, auth);
    const first = stranger.heard.map(encodePacket);
    assert.deepEqual(
      stranger.heard.map(({ type }) => type),
      ['auth', 'ack'],
    );
    world.say('player:1', stranger, auth);
    assert.deepEqual(stranger.heard.slice(2, 4).map(encodePacket), first);
    assert.equal(world.host.checked.length, 1);
    assert.equal(world.host.endpoint.handshakes, 1);
  });

  test('and still does once the connection is made', () => {
    const world = new ClassicWorld('again');
    const { stranger, keys, number } = world.scripted('player:1');
    world.say('player:1', stranger, authPacket(keys.publicKey, playerCertificate('player:1')));
    assert.deepEqual(
      stranger.heard.map(({ type }) => type),
      ['auth', 'ack'],
    );
    assert.equal(world.host.checked.length, 1);
    assert.equal(world.newest, number);
  });

  test('a new key from a known address starts over only after the certificate is valid again', () => {
    const world = new ClassicWorld('over');
    const { host } = world;
    const { stranger, session, number } = world.scripted('player:1');
    const keys = classicCrypto.generateKeyPair();
    host.verdict = 'invalid';
    world.say('player:1', stranger, authPacket(keys.publicKey, playerCertificate('thief')));
    assert.deepEqual(stranger.errors, [errorCodes.certificateInvalid]);
    world.say('player:1', stranger, finishedPacket(session.finished));
    world.say('player:1', stranger, defaultPacket(2, flags.reliable, hello));
    assert.deepEqual(host.messages, [{ connection: number, data: hello }]);
    assert.deepEqual(host.ends, []);

    // Valid, but whoever sent it does not hear the answer: the old connection goes on.
    host.verdict = 'accepted';
    const forged = classicCrypto.generateKeyPair();
    world.say('player:1', stranger, authPacket(forged.publicKey, playerCertificate('player:1')));
    world.say('player:1', stranger, defaultPacket(3, flags.reliable, hello));
    assert.equal(host.messages.length, 2);
    world.network.runFor(classicLimits.handshakeMs);
    assert.deepEqual(host.ends, []);
    assert.equal(host.endpoint.handshakes, 0);
  });

  test('a client that starts anew from its address takes its own place', () => {
    const world = new ClassicWorld('anew');
    const first = world.scripted('player:1');
    world.network.move('player:1', 'elsewhere:1');
    const second = world.scripted('player:1');
    assert.notEqual(second.number, first.number);
    assert.deepEqual(world.host.ends, [{ kind: 'replaced' }]);
    assert.deepEqual(world.host.endedNumbers, [first.number]);
    assert.equal(world.host.endpoint.size, 1);
  });

  test('AUTH without a certificate gets 1.2', () => {
    const world = new ClassicWorld('bare');
    const stranger = world.stranger('player:1');
    const { publicKey } = classicCrypto.generateKeyPair();
    world.say('player:1', stranger, authPacket(publicKey));
    world.say('player:1', stranger, authPacket(publicKey, new Uint8Array(0)));
    assert.deepEqual(stranger.errors, [
      errorCodes.certificateInvalid,
      errorCodes.certificateInvalid,
    ]);
    assert.deepEqual(world.host.checked, []);
  });

  test('an invalid certificate gets 1.2, a full server says 1.1, again when asked again', () => {
    for (const [verdict, code, text] of [
      ['invalid', errorCodes.certificateInvalid, 'Invalid Certificate.'],
      ['full', errorCodes.noSpace, 'Server is Full.'],
    ] as const) {
      const world = new ClassicWorld(verdict);
      world.host.verdict = verdict;
      const client = world.client('player:1');
      world.network.runFor(1_000);
      assert.deepEqual(client.ends, [{ kind: 'closed-by-peer', code, text }]);
      const stranger = world.stranger('other:1');
      const auth = authPacket(classicCrypto.generateKeyPair().publicKey, hello);
      world.say('other:1', stranger, auth);
      world.say('other:1', stranger, auth);
      assert.deepEqual(stranger.errors, [code, code]);
      assert.equal(world.host.established.size, 0);
    }
  });

  test('a key that is none gets 1.0 and no connection', () => {
    const world = new ClassicWorld('garbage');
    const stranger = world.stranger('player:1');
    world.say('player:1', stranger, authPacket(new Uint8Array(120).fill(4), hello));
    world.say('player:1', stranger, authPacket(Uint8Array.of(), hello));
    assert.deepEqual(stranger.errors, [errorCodes.connection, errorCodes.connection]);
    assert.equal(world.host.endpoint.refusals.count('invalid-auth'), 2);
  });

  test('a wrong Finished is answered 1.3 and makes no connection', () => {
    const world = new ClassicWorld('wrong');
    const stranger = world.stranger('player:1');
    const { publicKey } = classicCrypto.generateKeyPair();
    world.say('player:1', stranger, authPacket(publicKey, playerCertificate('p')));
    world.say('player:1', stranger, finishedPacket(new Uint8Array(32)));
    assert.deepEqual(stranger.errors, [errorCodes.finishInvalid]);
    assert.equal(world.host.established.size, 0);
  });

  test('a client refuses a server with an invalid certificate, and says so', () => {
    const world = new ClassicWorld('imposter');
    const client = world.client('player:1');
    client.verdict = 'invalid';
    world.network.runFor(1_000);
    assert.deepEqual(client.ends, [{ kind: 'refused-here', code: errorCodes.certificateInvalid }]);
    assert.equal(client.sent.at(-1)?.type, 'error');
    assert.equal(world.host.established.size, 0);
  });

  test('before completion only AUTH, ACK and ERROR are taken from an address', () => {
    const world = new ClassicWorld('before');
    const stranger = world.stranger('player:1');
    world.host.verdict = undefined;
    const { publicKey } = classicCrypto.generateKeyPair();
    const ping = { ...{ type: 'heartbeat', flags: 0, sequenceId: 2 }, isPing: true, data: hello };
    const early = defaultPacket(2, flags.reliable, hello);
    world.say('player:1', stranger, early, { ...ping, type: 'heartbeat' });
    world.say('player:1', stranger, authPacket(publicKey, hello));
    world.say('player:1', stranger, early, { ...ping, type: 'heartbeat' });
    assert.deepEqual(stranger.heard, []);
    assert.equal(world.host.endpoint.refusals.count('stranger'), 4);
  });

  test("ERROR 1.x from a stranger's address never affects others", () => {
    const world = new ClassicWorld('errors');
    const client = world.connected('player:1');
    const waiting = world.client('player:2');
    const stranger = world.stranger('stranger:1');
    for (const code of [0x10, 0x11, 0x12, 0x13, 0x21, 0x22]) {
      world.say('stranger:1', stranger, errorPacket(0, code));
    }
    assert.deepEqual(stranger.heard, []);
    assert.deepEqual([...world.host.ends, ...client.ends, ...waiting.ends], []);
    // A client hears its host alone.
    client.endpoint.handleDatagram(
      world.network.nowMs,
      { key: 'stranger:1', shareKey: 'stranger' },
      encodePacket(errorPacket(0, errorCodes.noSpace)),
    );
    assert.ok(client.endpoint.isOpen);
    assert.equal(waiting.established.size, 1);
    client.endpoint.send(hello, flags.reliable);
    world.network.touch('player:1');
    world.network.runFor(1_000);
    assert.equal(world.host.messages.length, 1);
  });

  test('an answer goes to a silent address so many times and no more', () => {
    const world = new ClassicWorld('reflect');
    const stranger = world.stranger('victim:1');
    const { publicKey } = classicCrypto.generateKeyPair();
    world.say('victim:1', stranger, authPacket(publicKey, playerCertificate('p')));
    world.network.runFor(60_000);
    assert.equal(stranger.heard.length, 2 * (1 + classicLimits.answerResendsMax));
    assert.equal(world.host.endpoint.handshakes, 0);
  });

  test('a verdict that comes too late, or twice, does nothing', () => {
    const world = new ClassicWorld('late');
    const stranger = world.stranger('player:1');
    world.host.verdict = undefined;
    const { publicKey } = classicCrypto.generateKeyPair();
    world.say('player:1', stranger, authPacket(publicKey, hello));
    const [{ connection } = { connection: 0 }] = world.host.checked;
    world.network.runFor(classicLimits.handshakeMs);
    world.host.endpoint.certificateChecked(world.network.nowMs, connection, 'accepted');
    world.network.touch(hostName);
    world.network.runFor(100);
    assert.deepEqual(stranger.heard, []);
  });
});
