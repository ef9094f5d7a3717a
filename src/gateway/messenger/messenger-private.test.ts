// How the server introduces two clients to each other, as transcripts. What they say to each other
// then is `client/messenger/private-link.ts`.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { turns } from '../line-client.fixture.ts';
import { inWorld, type MessengerTester, transports } from './messenger.fixture.ts';

const key = 'k'.repeat(43);

async function introduce(hans: MessengerTester, yoda: MessengerTester, host = '192.0.2.1') {
  hans.say('START_PRIVATE', 'yoda');
  await yoda.hears('ASK_FOR_PRIVATE_CONNECTION hans');
  yoda.say('YES', ['hans', 4242, key]);
  await hans.hears(`SEND_REQUESTER_SOCKET_ADDRESS ["yoda","${host}",4242,"${key}"]`);
  hans.say('TELL_TARGET_TO_SET_UP_PRIVATE_SENDER', ['yoda', 4343]);
  await yoda.hears(`SET_UP_PRIVATE_SENDER ["hans","${host}",4343]`);
}

for (const transport of transports) {
  test(
    `asked, agreed, introduced, and ended on both sides (${transport})`,
    inWorld(
      async (world) => {
        const [hans, yoda] = await world.logInAll('hans', 'yoda');
        const host = transport === 'tcp' || transport === 'tls' ? '127.0.0.1' : '192.0.2.1';
        await introduce(hans!, yoda!, host);
        const exists = (name: string) => `ERROR A private connection with ${name} exists already.`;
        await hans!.gets('START_PRIVATE', 'yoda', exists('yoda'));
        await yoda!.gets('START_PRIVATE', 'hans', exists('hans'));
        hans!.say('STOP_PRIVATE', 'yoda');
        await yoda!.hears('STOP_AND_DELETE_PRIVATE hans');
        yoda!.say('PRIVATE_STOPPED', 'hans');
        await hans!.hears('STOPPED_PRIVATE_CONFIRM yoda');
        await hans!.gets('STOP_PRIVATE', 'yoda', 'ERROR There is no private connection with yoda.');
        // And once more.
        hans!.say('START_PRIVATE', 'yoda');
        await yoda!.hears('ASK_FOR_PRIVATE_CONNECTION hans');
      },
      { transport },
    ),
  );
}

test(
  'no is an answer, and what was not asked cannot be answered',
  inWorld(async (world) => {
    const [hans, yoda, luke] = await world.logInAll('hans', 'yoda', 'luke');
    hans!.say('START_PRIVATE', 'yoda');
    await yoda!.hears('ASK_FOR_PRIVATE_CONNECTION hans');
    await hans!.gets('START_PRIVATE', 'YODA', 'ERROR You have asked yoda already.');
    const asked = 'ERROR hans has asked you already: answer yes or no.';
    await yoda!.gets('START_PRIVATE', 'hans', asked);
    const notAsked = 'ERROR yoda has not asked you for a private connection.';
    for (const user of [hans!, luke!]) {
      await user.gets('YES', ['yoda', 1], notAsked);
      await user.gets('NO', 'yoda', notAsked);
    }
    await hans!.gets(
      'TELL_TARGET_TO_SET_UP_PRIVATE_SENDER',
      ['yoda', 1],
      'ERROR yoda has not agreed to a private connection.',
    );
    yoda!.say('NO', 'hans');
    await hans!.hears('ERROR yoda does not want a private connection.');
    await yoda!.gets('NO', 'hans', 'ERROR hans has not asked you for a private connection.');
    hans!.say('START_PRIVATE', 'yoda');
    await yoda!.hears('ASK_FOR_PRIVATE_CONNECTION hans');
    // Taken back.
    await hans!.gets('STOP_PRIVATE', 'yoda', 'STOPPED_PRIVATE_CONFIRM yoda');
    await yoda!.hears('STOP_AND_DELETE_PRIVATE hans');
  }),
);

test(
  'oneself, unknown, offline, on another wire, or a blocker: refused with a sentence',
  inWorld(async (world) => {
    const [hans, yoda] = await world.logInAll('hans', 'yoda');
    await hans!.gets(
      'START_PRIVATE',
      'hans',
      'ERROR You cannot start a private connection with yourself.',
    );
    await hans!.gets('START_PRIVATE', 'nobody', 'ERROR There is no user nobody.');
    const luke = await world.platform.register('luke');
    await hans!.gets('START_PRIVATE', 'luke', 'ERROR luke is offline.');
    luke.connect();
    await hans!.gets('START_PRIVATE', 'luke', 'ERROR luke is online, but not with a messenger.');
    await yoda!.gets('BLOCK', 'hans', 'ANNOUNCEMENT You have blocked hans.');
    await hans!.gets('START_PRIVATE', 'yoda', 'ERROR yoda has blocked you.');
    // The other way it may be asked; a block in between ends it.
    yoda!.say('START_PRIVATE', 'hans');
    await hans!.hears('ASK_FOR_PRIVATE_CONNECTION yoda');
    await hans!.gets('YES', ['yoda', 1], 'ERROR yoda has blocked you.');
    await hans!.gets('STOP_PRIVATE', 'yoda', 'ERROR There is no private connection with yoda.');
    for (const address of [
      ['yoda'],
      ['yoda', 0],
      ['yoda', 65_536],
      ['yoda', '1'],
      ['yoda', 1, 'short'],
    ]) {
      await hans!.gets('YES', address, 'ERROR Usage: content [user, port] or [user, port, key]');
    }
  }),
);

test(
  'whoever leaves is noticed: the question is void, an open connection is the clients’ own',
  inWorld(async (world) => {
    const [hans, yoda] = await world.logInAll('hans', 'yoda');
    hans!.say('START_PRIVATE', 'yoda');
    await yoda!.hears('ASK_FOR_PRIVATE_CONNECTION hans');
    yoda!.say('LOGOUT');
    await hans!.hears(
      'ERROR yoda has left without an answer.',
      'ANNOUNCEMENT yoda has logged out.',
    );
    const [yoda2] = await world.logInAll('yoda');
    await hans!.hears('ANNOUNCEMENT yoda has logged in.');
    hans!.say('START_PRIVATE', 'yoda');
    await yoda2!.hears('ASK_FOR_PRIVATE_CONNECTION hans');
    yoda2!.say('YES', ['hans', 4242]);
    await hans!.hears('SEND_REQUESTER_SOCKET_ADDRESS ["yoda","192.0.2.1",4242]');
    yoda2!.lines.stream.destroy();
    await hans!.hears('STOP_AND_DELETE_PRIVATE yoda', 'ANNOUNCEMENT yoda has logged out.');
    const [yoda3] = await world.logInAll('yoda');
    await hans!.hears('ANNOUNCEMENT yoda has logged in.');
    await introduce(hans!, yoda3!);
    yoda3!.say('LOGOUT');
    await hans!.hears('ANNOUNCEMENT yoda has logged out.');
    // The server knows of none any more: the two can be introduced again.
    await hans!.gets('STOP_PRIVATE', 'yoda', 'ERROR There is no private connection with yoda.');
  }),
);

test(
  'a client that never confirms the end, and one whose connection broke, keep nobody waiting',
  inWorld(async (world) => {
    const [hans, yoda] = await world.logInAll('hans', 'yoda');
    await introduce(hans!, yoda!);
    hans!.say('STOP_PRIVATE', 'yoda');
    await yoda!.hears('STOP_AND_DELETE_PRIVATE hans');
    await world.advance(5);
    await hans!.hears('STOPPED_PRIVATE_CONFIRM yoda');
    await yoda!.gets('PRIVATE_STOPPED', 'hans');
    await introduce(hans!, yoda!);
    // Both notice at the same time.
    yoda!.say('PRIVATE_STOPPED', 'hans');
    hans!.say('PRIVATE_STOPPED', 'yoda');
    await hans!.hears('STOP_AND_DELETE_PRIVATE yoda');
    await hans!.gets('WHOELSE', undefined, 'WHOELSE ["yoda"]');
    await yoda!.gets('WHOELSE', undefined, 'WHOELSE ["hans"]');
    await introduce(hans!, yoda!);
    hans!.say('STOP_PRIVATE', 'yoda');
    await yoda!.hears('STOP_AND_DELETE_PRIVATE hans');
    yoda!.say('LOGOUT');
    await hans!.hears('STOPPED_PRIVATE_CONFIRM yoda');
  }),
);

test(
  'signals from another wire introduce nobody',
  inWorld(async (world) => {
    const [hans] = await world.logInAll('hans');
    const mallory = await world.platform.register('mallory');
    mallory.connect();
    for (const kind of ['ask', 'yes', 'set-up']) {
      const body = ['yoda', '203.0.113.1', 22];
      await mallory.call('signal.send', { to: 'hans', kind: `messenger.private-${kind}`, body });
    }
    await turns(5);
    await hans!.gets('WHOELSE', undefined, 'WHOELSE ["mallory"]');
  }),
);

test(
  'a user has a few private connections and requests, not any number',
  inWorld(async (world) => {
    const names = Array.from({ length: 33 }, (_, i) => `target${i}`);
    const targets = await Promise.all(
      names.map((name) => world.logIn(name, `10.0.0.${name.length}`)),
    );
    const hans = await world.logIn('hans');
    for (const name of names.slice(0, 32)) hans.say('START_PRIVATE', name);
    hans.say('START_PRIVATE', names[32]!);
    let heard = '';
    while (!heard.startsWith('ERROR')) heard = await hans.next();
    assert.equal(heard, 'ERROR One of you has 32 private connections; more are not kept.');
    for (const target of targets) target.lines.stream.end();
  }),
);
