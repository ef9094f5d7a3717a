// People talking as their programs do it: a real server, events over WebSocket, commands over HTTP.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { serve } from '../../src/app/server/index.ts';
import {
  type ChatOptions,
  connect,
  type KeyringStorage,
  openChat,
  openSealedChat,
  type PlayerClient,
} from '../../src/client/index.ts';
import { defaultCrypto } from '../../src/driver/index.ts';

let server: Awaited<ReturnType<typeof serve>>;
before(async () => {
  server = await serve({
    data: ':memory:',
    port: 0,
    udpPort: 0,
    hosts: 1,
    logLevel: 'silent',
    shutdownGraceMs: 0,
  });
});
after(() => server.close());

const account = (name: string) =>
  connect(server.url, { register: { name, password: 'correct horse' } });

/** What came, and a promise of when there was enough of it. */
class Received<T> {
  readonly all: T[] = [];
  #wanted = 0;
  #enough = Promise.withResolvers<void>();

  add(one: T): void {
    this.all.push(one);
    if (this.all.length >= this.#wanted) this.#enough.resolve();
  }

  async atLeast(count: number): Promise<readonly T[]> {
    this.#wanted = count;
    this.#enough = Promise.withResolvers();
    if (this.all.length < count) await this.#enough.promise;
    return this.all;
  }
}

async function enter(me: PlayerClient, options: Partial<ChatOptions> = {}) {
  const messages = new Received<string>();
  const onMessage: ChatOptions['onMessage'] = ({ from, message }) =>
    messages.add(`${from.name}: ${message}`);
  return { chat: await openChat(me, { onMessage, ...options }), messages };
}

test('two in the room hear each other come, speak and go', async () => {
  await using ann = await account('ann');
  await using ben = await account('ben');
  const atAnn = new Received<string>();
  const { chat } = await enter(ann);
  ann.on('room.joined', ({ player }) => atAnn.add(`+${player.name}`));
  ann.on('room.message', ({ from, message }) => atAnn.add(`${from.name}: ${message}`));
  ann.on('room.left', ({ player }) => atAnn.add(`-${player.name}`));
  const there = await enter(ben);
  assert.deepEqual(there.chat.room.map(({ name }) => name).toSorted(), ['ann', 'ben']);
  await there.chat.say('hello');
  await there.chat.close();
  assert.deepEqual(await atAnn.atLeast(3), ['+ben', 'ben: hello', '-ben']);
  await chat.close();
});

test('messages from before, and from now, come in order, and once', async () => {
  await using cid = await account('cid');
  await using dan = await account('dan');
  for (const text of ['one', 'two']) await cid.call('chat.send', { to: 'dan', message: text });
  const first = await enter(dan);
  await cid.call('chat.send', { to: 'dan', message: 'three' });
  assert.deepEqual(await first.messages.atLeast(3), ['cid: one', 'cid: two', 'cid: three']);
  await first.chat.close();
  await cid.call('chat.send', { to: 'dan', message: 'four' });
  const second = await enter(dan);
  assert.deepEqual(await second.messages.atLeast(1), ['cid: four']);
  const { messages } = await second.chat.history('cid');
  assert.equal(messages.length, 4);
  await second.chat.close();
});

function memory(): KeyringStorage {
  let text: string | undefined;
  return {
    load: async () => text,
    save: async (next) => {
      text = next;
    },
  };
}

test('sealed messages: read by their receiver, not by the server; a new device is told', async () => {
  await using eva = await account('eva');
  await using fay = await account('fay');
  const seal = (me: PlayerClient) =>
    openSealedChat(me, { crypto: defaultCrypto, storage: memory() });
  const noKeys = await (await seal(eva)).send('fay', 'too early');
  assert.deepEqual(noKeys, { ok: false, error: 'no-devices' });
  const atFay = await seal(fay);
  const read = new Received<string>();
  const { chat } = await enter(fay, {
    async onMessage(message) {
      assert.equal(message.message, undefined);
      const opened = await atFay.open(message);
      read.add(opened.ok ? `${opened.value.news} ${opened.value.text}` : opened.error);
    },
  });
  const atEva = await seal(eva);
  assert.ok((await atEva.send('fay', 'psst')).ok);
  assert.ok((await atEva.send('fay', 'again')).ok);
  assert.deepEqual(await read.atLeast(2), ['new-contact psst', 'same again']);
  const known = await atEva.contact('fay');
  assert.ok(known.ok);
  const [device] = known.value.devices;
  assert.match(device?.safetyNumber ?? '', /^(\d{5} ?){12}$/);
  assert.ok(await atEva.verify(fay.player.id, device?.deviceId ?? ''));
  await seal(fay);
  assert.deepEqual(await atEva.send('fay', 'hm'), { ok: false, error: 'changed' });
  assert.ok(await atEva.accept(fay.player.id));
  assert.ok((await atEva.send('fay', 'all right')).ok);
  assert.equal((await read.atLeast(3)).at(-1), 'same all right');
  await chat.close();
});
