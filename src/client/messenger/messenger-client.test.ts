// The client against the true gateway and platform: what is typed, what is heard, and private
// connections that need no server.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { turns } from '../../gateway/line-client.fixture.ts';
import { inWorld } from '../../gateway/messenger/messenger.fixture.ts';
import {
  MemoryNetwork,
  privatePair,
  TestMessenger,
  tcpNetwork,
} from './messenger-client.fixture.ts';

test(
  'log-in: a name that will not do, a password that is wrong, and the third one',
  inWorld(async (world) => {
    await world.platform.register('yoda');
    const { network } = new MemoryNetwork();
    const open = async () => new TestMessenger(await world.open('192.0.2.1'), network, world);
    const one = await open();
    one.client.sendName('x'.repeat(70));
    assert.match(await one.next(), /^error name/);
    await one.hears('needs-name');
    one.client.sendName('yoda');
    await one.hears('needs-password known');
    for (let i = 0; i < 2; i++) {
      one.client.sendPassword('wrong', false);
      await one.hears('error The password is wrong.', 'needs-password known');
    }
    one.client.sendPassword('wrong', false);
    const locked = 'announcement Too many wrong passwords: yoda is locked for 60 s.';
    await one.hears(locked, 'server-gone locked', 'over locked');
    const two = await open();
    two.client.sendName('leia');
    await two.hears('needs-password new');
    two.client.sendPassword('short', true);
    assert.match(await two.next(), /^error password/);
    await two.hears('needs-password new');
  }),
);

test(
  'what is typed becomes messages, and mistakes get their usage',
  inWorld(async (world) => {
    const { network } = new MemoryNetwork();
    const hans = await TestMessenger.logIn(world, 'hans', network);
    const ben = await TestMessenger.logIn(world, 'Ben Kenobi', network);
    await hans.hears('announcement Ben Kenobi has logged in.');
    await hans.types('message "Ben Kenobi"  hello  there ');
    await ben.hears('message hans: hello  there');
    await ben.types('broadcast to "all"');
    await hans.hears('broadcast Ben Kenobi: to "all"');
    await hans.types('whoelse', 'names Ben Kenobi');
    await hans.types('whoelsesince 60', 'names Ben Kenobi');
    await hans.types('whoelsesince soon', 'error Usage: whoelsesince <seconds>');
    await hans.types('message ben', 'error Usage: message <user> <text>');
    await hans.types('block ben kenobi', 'error Usage: block <user>');
    await hans.types('block "ben kenobi"', 'announcement You have blocked ben kenobi.');
    await ben.types('message hans x', 'error hans has blocked you.');
    await hans.types('unblock "ben kenobi"', 'announcement You have unblocked ben kenobi.');
    await hans.types('whoelse me', 'error Usage: whoelse');
    hans.client.run('mesage x');
    assert.match(await hans.next(), /^error There is no command mesage\. Usage: message <user>/);
    await hans.types('help', 'help 12');
    hans.client.run('   ');
    await hans.types('private ben x', 'error There is no private connection with ben.');
    await hans.types('yes', 'error Nobody has asked you for a private connection.');
    await hans.types('logout', 'announcement Goodbye, hans.', 'server-gone logged-out');
    await hans.hears('over logged-out');
    await ben.hears('announcement hans has logged out.');
  }),
);

for (const over of ['memory', 'tcp'] as const) {
  test(
    `a private conversation goes on when the server has gone (${over})`,
    inWorld(
      async (world) => {
        const network = over === 'tcp' ? tcpNetwork : new MemoryNetwork().network;
        const [hans, yoda] = await privatePair(world, network);
        await hans.types('private yoda hello');
        await yoda.hears('private-message hans: hello');
        const closed = world.gateway.close();
        for (const one of [hans, yoda]) {
          await one.hears('announcement The server is shutting down: goodbye.');
          assert.match(await one.next(), /^(server-gone|announcement)/);
        }
        await closed;
        await turns(20);
        await yoda.types('private HANS still here');
        let heard = await hans.next();
        while (!heard.startsWith('private')) heard = await hans.next();
        assert.equal(heard, 'private-message yoda: still here');
        await hans.types(
          'message yoda x',
          'error The server is gone: there is only private, stopprivate and logout.',
        );
        await hans.types('stopprivate yoda', 'private-ended yoda', 'over logged-out');
        await yoda.hears('private-ended hans', 'over logged-out');
      },
      { transport: over === 'tcp' ? 'tcp' : 'whole' },
    ),
  );
}

test(
  'stopprivate ends it on both sides, no declines, and both may begin again',
  inWorld(async (world) => {
    const [hans, yoda] = await privatePair(world, new MemoryNetwork().network);
    await hans.types('startprivate yoda', 'error A private connection with yoda exists already.');
    const ended = 'announcement The private connection with yoda is ended on both sides.';
    await hans.types('stopprivate yoda', 'private-ended yoda', ended);
    await yoda.hears('private-ended hans');
    await hans.types('private yoda x', 'error There is no private connection with yoda.');
    await hans.types('startprivate yoda');
    await yoda.hears('private-asked hans');
    await yoda.types('no');
    await hans.hears('error yoda does not want a private connection.');
    await yoda.types('startprivate hans');
    await hans.hears('private-asked yoda');
    await hans.types('yes yoda');
    await yoda.hears('private-opened hans sealed');
    await hans.hears('private-opened yoda sealed');
    // A client that dies: the other tells the server.
    hans.client.close();
    const heard = [await yoda.next(), await yoda.next()];
    assert.deepEqual(heard.toSorted(), ['announcement hans has logged out.', 'private-ended hans']);
    await yoda.types('startprivate hans', 'error hans is offline.');
  }),
);

test(
  'nothing of a sealed conversation can be read on its way; of a plain one all',
  inWorld(async (world) => {
    const memory = new MemoryNetwork();
    const [hans, yoda] = await privatePair(world, memory.network);
    await yoda.types('private hans a secret');
    await hans.hears('private-message yoda: a secret');
    assert.ok(memory.sent.length > 100);
    assert.ok(!memory.sent.includes('secret') && !memory.sent.includes('yoda'));
  }),
);

for (const encrypts of [
  [true, false],
  [false, true],
  [false, false],
] as const) {
  test(
    `a client that cannot encrypt is spoken to plainly (${encrypts})`,
    inWorld(async (world) => {
      const memory = new MemoryNetwork();
      const [hans, yoda] = await privatePair(world, memory.network, encrypts);
      await yoda.types('private hans no secret');
      await hans.hears('private-message yoda: no secret');
      assert.match(
        memory.sent,
        /^\{"type":8,"content":"yoda"\}\n\{"type":9,"content":"no secret"\}/,
      );
      await hans.types('private yoda ok');
      await yoda.hears('private-message hans: ok');
    }),
  );
}

test(
  'a byte changed on the way ends a sealed connection, on both sides and at the server',
  inWorld(async (world) => {
    const memory = new MemoryNetwork();
    const [hans, yoda] = await privatePair(world, memory.network);
    memory.tamper = (bytes) => bytes.map((byte, at) => (at === bytes.length - 1 ? byte ^ 1 : byte));
    await yoda.types('private hans x');
    await hans.hears('private-ended yoda');
    await yoda.hears('private-ended hans');
    memory.tamper = undefined;
    await hans.types('startprivate yoda');
    await yoda.hears('private-asked hans');
  }),
);

test(
  'who connects unasked, under a wrong name or with a wrong key, is not let in',
  inWorld(async (world) => {
    const memory = new MemoryNetwork('203.0.113.66');
    const hans = await TestMessenger.logIn(world, 'hans', memory.network);
    const yoda = await TestMessenger.logIn(world, 'yoda', memory.network, false);
    await hans.hears('announcement yoda has logged in.');
    await hans.types('startprivate yoda');
    await yoda.hears('private-asked hans');
    // Plain, from an address that the server did not name.
    await yoda.types('yes', 'private-ended hans');
    const closed = Promise.withResolvers<void>();
    const stranger = await memory.network.dial('192.0.2.1', 40_000);
    stranger.onClose = () => closed.resolve();
    stranger.write(new Uint8Array([0, 96, ...Array<number>(96).fill(7)]));
    await closed.promise;
  }),
);

test(
  'a connection that does not come about is told to both',
  inWorld(async (world) => {
    const memory = new MemoryNetwork();
    const unreachable = {
      ...memory.network,
      dial: () => Promise.reject(new Error('no route')),
    };
    const hans = await TestMessenger.logIn(world, 'hans', memory.network);
    const yoda = await TestMessenger.logIn(world, 'yoda', unreachable);
    await hans.hears('announcement yoda has logged in.');
    await hans.types('startprivate yoda');
    await yoda.hears('private-asked hans');
    const ended = 'announcement The private connection with hans is ended on both sides.';
    await yoda.types('yes', 'error No connection to hans: no route.', ended);
    await hans.types('startprivate yoda');
    await yoda.hears('private-asked hans');
  }),
);
