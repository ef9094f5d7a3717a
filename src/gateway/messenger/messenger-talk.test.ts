// Messages, broadcasts, who is there, and blocks, as transcripts.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { messengerUsage } from '../../codec/messenger/commands.ts';
import { inWorld, transports } from './messenger.fixture.ts';

for (const transport of transports) {
  test(
    `a conversation of three, with who comes and goes (${transport})`,
    inWorld(
      async (world) => {
        const [hans, yoda, luke] = await world.logInAll('hans', 'yoda', 'luke');
        await hans!.gets('WHOELSE', undefined, 'WHOELSE ["yoda","luke"]');
        hans!
          .say('MESSAGE', ['yoda', 'hello there'])
          .say('BROADCAST', 'one')
          .say('BROADCAST', ['two']);
        await yoda!.hears('MESSAGE ["hans","hello there"]', 'BROADCAST ["hans","one"]');
        await yoda!.hears('BROADCAST ["hans","two"]');
        await luke!.hears('BROADCAST ["hans","one"]', 'BROADCAST ["hans","two"]');
        await luke!.gets('LOGOUT', undefined, 'LOGOUT_ANNOUNCEMENT Goodbye, luke.', 'closed');
        await hans!.hears('ANNOUNCEMENT luke has logged out.');
        await yoda!.hears('ANNOUNCEMENT luke has logged out.');
        await hans!.gets('WHOELSE', undefined, 'WHOELSE ["yoda"]');
      },
      { transport },
    ),
  );

  test(
    `messages to who is away come at the next log-in, first and in the order sent (${transport})`,
    inWorld(
      async (world) => {
        const [hans] = await world.logInAll('hans');
        await world.platform.register('yoda');
        const luke = await world.platform.register('Luke Skywalker');
        const waits = 'ANNOUNCEMENT yoda is offline and gets this at the next log-in.';
        for (let i = 0; i < 120; i++) await hans!.gets('MESSAGE', ['yoda', `${i}`], waits);
        await luke.call('chat.send', { to: 'yoda', message: 'from another wire' });
        const yoda = await world.logIn('yoda');
        for (let i = 0; i < 120; i++) await yoda.hears(`MESSAGE ["hans","${i}"]`);
        await yoda.hears('MESSAGE ["Luke Skywalker","from another wire"]');
        await hans!.hears('ANNOUNCEMENT yoda has logged in.');
        await yoda.gets('LOGOUT', undefined, 'LOGOUT_ANNOUNCEMENT Goodbye, yoda.', 'closed');
        // Each once.
        const again = await world.logIn('yoda');
        await again.gets('WHOELSE', undefined, 'WHOELSE ["hans"]');
      },
      { transport },
    ),
  );
}

test(
  'broadcasts are not kept, and a name may have spaces',
  inWorld(async (world) => {
    const [hans] = await world.logInAll('hans');
    hans!.say('BROADCAST', 'nobody is here');
    const ben = await world.logIn('Ben Kenobi');
    await ben.gets('MESSAGE', ['hans', 'hello']);
    await hans!.hears('ANNOUNCEMENT Ben Kenobi has logged in.', 'MESSAGE ["Ben Kenobi","hello"]');
    await hans!.gets('MESSAGE', ['ben kenobi', 'Ben!']);
    await ben.hears('MESSAGE ["hans","Ben!"]');
  }),
);

test(
  'unknown, oneself or a blocker: the sender reads which, and a block has one direction',
  inWorld(async (world) => {
    const [hans, yoda] = await world.logInAll('hans', 'yoda');
    await hans!.gets('MESSAGE', ['nobody', 'x'], 'ERROR There is no user nobody.');
    await hans!.gets('MESSAGE', ['HANS', 'x'], 'ERROR You cannot send a message to yourself.');
    await hans!.gets('BLOCK', 'hans', 'ERROR You cannot block yourself.');
    await hans!.gets('UNBLOCK', 'hans', 'ERROR You cannot unblock yourself.');
    await hans!.gets('BLOCK', 'nobody', 'ERROR There is no user nobody.');
    await hans!.gets('UNBLOCK', 'nobody', 'ERROR There is no user nobody.');
    await hans!.gets('UNBLOCK', 'yoda', 'ERROR You have not blocked yoda.');
    await yoda!.gets('BLOCK', 'hans', 'ANNOUNCEMENT You have blocked hans.');
    await yoda!.gets('BLOCK', 'hans', 'ERROR You have blocked hans already.');
    await hans!.gets('MESSAGE', ['yoda', 'x'], 'ERROR yoda has blocked you.');
    await hans!.gets('START_PRIVATE', 'yoda', 'ERROR yoda has blocked you.');
    // The blocker still reaches the blocked one.
    yoda!.say('MESSAGE', ['hans', 'go away']);
    await hans!.hears('MESSAGE ["yoda","go away"]');
    await yoda!.gets('UNBLOCK', 'hans', 'ANNOUNCEMENT You have unblocked hans.');
    hans!.say('MESSAGE', ['yoda', 'sorry']);
    await yoda!.hears('MESSAGE ["hans","sorry"]');
    // Also while the blocker is away.
    yoda!.say('BLOCK', 'hans').say('LOGOUT');
    await yoda!.rest();
    await hans!.gets('MESSAGE', ['yoda', 'x'], 'ERROR yoda has blocked you.');
  }),
);

test(
  'a broadcast does not reach a blocker, and the sender is told so, but not who',
  inWorld(async (world) => {
    const [hans, yoda, luke] = await world.logInAll('hans', 'yoda', 'luke');
    await yoda!.gets('BLOCK', 'hans', 'ANNOUNCEMENT You have blocked hans.');
    const partly = 'ANNOUNCEMENT Your message could not reach some recipients.';
    await hans!.gets('BROADCAST', 'to all', partly);
    await luke!.hears('BROADCAST ["hans","to all"]');
    yoda!.say('BROADCAST', 'from the blocker');
    await hans!.hears('BROADCAST ["yoda","from the blocker"]');
    await luke!.hears('BROADCAST ["yoda","from the blocker"]');
    await yoda!.gets('WHOELSE', undefined, 'WHOELSE ["hans","luke"]');
  }),
);

test(
  'a blocked user neither sees the blocker nor hears them come and go, on this wire or another',
  inWorld(async (world) => {
    const [hans, yoda, luke] = await world.logInAll('hans', 'yoda', 'luke');
    await yoda!.gets('BLOCK', 'hans', 'ANNOUNCEMENT You have blocked hans.');
    await hans!.gets('WHOELSE', undefined, 'WHOELSE ["luke"]');
    await hans!.gets('WHOELSESINCE', 1000, 'WHOELSESINCE ["luke"]');
    yoda!.say('LOGOUT');
    await yoda!.rest();
    await luke!.hears('ANNOUNCEMENT yoda has logged out.');
    await world.logInAll('yoda');
    await luke!.hears('ANNOUNCEMENT yoda has logged in.');
    await hans!.gets('WHOELSE', undefined, 'WHOELSE ["luke"]');
    // The blocker is told of the blocked one.
    hans!.say('LOGOUT');
    await luke!.hears('ANNOUNCEMENT hans has logged out.');
    const elsewhere = await world.platform.anyone('account.login', {
      name: 'hans',
      password: 'correct horse',
    });
    const { dispatcher } = world.platform.platform;
    const origin = { wire: 'http', address: '192.0.2.9', accessToken: elsewhere.accessToken };
    const { players } = await dispatcher.call(origin, 'presence.online', {});
    assert.deepEqual(
      players.map(({ name }) => name),
      ['luke'],
    );
    await assert.rejects(dispatcher.call(origin, 'chat.send', { to: 'yoda', message: 'x' }), {
      message: /BLOCKED/,
    });
  }),
);

test(
  'whoelsesince names who was there in the last seconds, gone or not, each once',
  inWorld(
    async (world) => {
      const [hans, luke] = await world.logInAll('hans', 'luke');
      for (let i = 0; i < 2; i++) {
        const [yoda] = await world.logInAll('yoda');
        yoda!.say('LOGOUT');
        await yoda!.rest();
        for (const other of [hans!, luke!]) {
          await other.hears('ANNOUNCEMENT yoda has logged in.');
          await other.hears('ANNOUNCEMENT yoda has logged out.');
        }
      }
      await world.platform.platform.settled();
      await world.advance(10);
      await hans!.gets('WHOELSESINCE', 9, 'WHOELSESINCE ["luke"]');
      await hans!.gets('WHOELSESINCE', 10, 'WHOELSESINCE ["luke","yoda"]');
      await hans!.gets('WHOELSESINCE', '3600', 'WHOELSESINCE ["luke","yoda"]');
      await hans!.gets('WHOELSESINCE', 0, 'WHOELSESINCE ["luke"]');
    },
    { idleTimeoutS: 3600 },
  ),
);

test(
  'wrong arguments and unknown commands get the usage, and the session goes on',
  inWorld(async (world) => {
    const [hans] = await world.logInAll('hans');
    for (const content of [
      undefined,
      'yoda',
      ['yoda'],
      ['yoda', ''],
      ['a', 'b', 'c'],
      [1, 2],
      {},
    ]) {
      await hans!.gets('MESSAGE', content, 'ERROR Usage: message <user> <text>');
    }
    for (const content of ['', ['a', 'b'], 1, {}]) {
      await hans!.gets('BROADCAST', content, 'ERROR Usage: broadcast <text>');
      await hans!.gets('BLOCK', content, 'ERROR Usage: block <user>');
      await hans!.gets('UNBLOCK', content, 'ERROR Usage: unblock <user>');
      await hans!.gets('START_PRIVATE', content, 'ERROR Usage: startprivate <user>');
      await hans!.gets('STOP_PRIVATE', content, 'ERROR Usage: stopprivate <user>');
      await hans!.gets('NO', content, 'ERROR Usage: no [user]');
    }
    for (const content of [undefined, 'soon', '-1', -1, 1.5, [1, 2], {}, 1e300]) {
      hans!.say('WHOELSESINCE', content);
      assert.match(await hans!.next(), /^ERROR .*Usage: whoelsesince <seconds>$/);
    }
    await hans!.gets('WHOELSE', 'me', 'ERROR Usage: whoelse');
    await hans!.gets('LOGOUT', 'now', 'ERROR Usage: logout');
    await hans!.gets('YES', 'yoda', 'ERROR Usage: content [user, port] or [user, port, key]');
    await hans!.gets(
      'NO_COMMAND',
      'mesage',
      `ERROR There is no command mesage. Usage: ${messengerUsage}`,
    );
    await hans!.gets('ARGUMENT_ERROR', 'block', 'ERROR Usage: block <user>');
    await hans!.gets('ARGUMENT_ERROR', '__proto__', `ERROR Usage: ${messengerUsage}`);
    hans!.say('PRIVATE', ['yoda', 'x']);
    assert.match(await hans!.next(), /^ERROR A private message goes straight/);
    hans!.say('MESSAGE', ['yoda', 'x'.repeat(4_001)]);
    assert.match(await hans!.next(), /^ERROR message: .* Usage: message <user> <text>$/);
    hans!.say('MESSAGE', ['yoda', '\u0007']);
    assert.match(await hans!.next(), /^ERROR message: .* Usage: message <user> <text>$/);
    await hans!.gets('WHOELSE', [], 'WHOELSE []');
  }),
);

test(
  'a mute, an operator’s announcement and a sealed message are sentences',
  inWorld(async (world) => {
    const [hans] = await world.logInAll('hans');
    const op = await world.platform.register('Op');
    await op.call('admin.announce', { message: 'Restart at noon.' });
    await hans!.hears('ANNOUNCEMENT Restart at noon.');
    await op.call('chat.send', { to: 'hans', sealed: 'AAAA' });
    await hans!.hears('ANNOUNCEMENT Op sent a message sealed for other apps.');
    await op.call('admin.sanction', { player: 'hans', kind: 'mute', reason: 'noise' });
    hans!.say('BROADCAST', 'hello');
    assert.match(await hans!.next(), /^ERROR You may not write .*: noise\.$/);
  }),
);
