// Log-in, lock-out, idle time-out and log-out of the messenger protocol, as transcripts.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { turns } from '../line-client.fixture.ts';
import { inWorld, transports } from './messenger.fixture.ts';

for (const transport of transports) {
  test(
    `a new user chooses a password, and logs in with it the next time (${transport})`,
    inWorld(
      async (world) => {
        const hans = await world.connect();
        await hans.gets(
          'LOGIN_USERNAME',
          'hans',
          'REQUEST_NEW_USER hans is new here: choose a password.',
        );
        await hans.gets(
          'LOGIN_NEW_PASSWORD',
          'falcon*solo',
          'ANNOUNCEMENT Welcome, hans. This is Paperclip 1.2.3.',
        );
        await hans.gets('LOGOUT', undefined, 'LOGOUT_ANNOUNCEMENT Goodbye, hans.', 'closed');
        const again = await world.connect();
        await again.gets('LOGIN_USERNAME', 'HANS', 'REQUEST_NEED_PASSWORD The password of HANS?');
        await again.gets(
          'LOGIN_PASSWORD',
          'falcon*solo',
          'ANNOUNCEMENT Welcome, hans. This is Paperclip 1.2.3.',
        );
      },
      { transport },
    ),
  );

  test(
    `a whole session may come in one segment (${transport})`,
    inWorld(
      async (world) => {
        const hans = await world.connect();
        hans
          .say('LOGIN_USERNAME', 'hans')
          .say('LOGIN_NEW_PASSWORD', 'falcon*solo')
          .say('WHOELSE')
          .say('MESSAGE', ['hans', 'hello'])
          .say('LOGOUT')
          .say('WHOELSE');
        assert.deepEqual(await hans.rest(), [
          'REQUEST_NEW_USER hans is new here: choose a password.',
          'ANNOUNCEMENT Welcome, hans. This is Paperclip 1.2.3.',
          'WHOELSE []',
          'ERROR You cannot send a message to yourself.',
          'LOGOUT_ANNOUNCEMENT Goodbye, hans.',
        ]);
      },
      { transport },
    ),
  );
}

test(
  'a password or name that does not fit is refused, and another may follow',
  inWorld(async (world) => {
    const user = await world.connect();
    await user.gets(
      'LOGIN_USERNAME',
      'leia',
      'REQUEST_NEW_USER leia is new here: choose a password.',
    );
    user.say('LOGIN_NEW_PASSWORD', 'short');
    assert.match(await user.next(), /^ERROR password: /);
    await user.hears('REQUEST_NEW_USER leia is new here: choose a password.');
    await user.gets('LOGIN_NEW_PASSWORD', 7, 'ERROR Usage: content: the password');
    await user.gets('LOGIN_USERNAME', '?!', 'REQUEST_NEW_USER ?! is new here: choose a password.');
    user.say('LOGIN_NEW_PASSWORD', 'correct horse');
    assert.match(await user.next(), /^ERROR name: /);
    await user.hears('REQUEST_NEW_USER ?! is new here: choose a password.');
    const askAdmin = 'REQUEST_NEW_USER admin is new here: choose a password.';
    await user.gets('LOGIN_USERNAME', 'admin', askAdmin);
    const taken = 'ERROR The name admin is taken.';
    await user.gets('LOGIN_NEW_PASSWORD', 'correct horse', taken, askAdmin);
    user.say('LOGIN_USERNAME', 'x'.repeat(65));
    assert.match(await user.next(), /^ERROR name: /);
    await user.gets('LOGIN_USERNAME', ['a', 'b'], 'ERROR Usage: content: the username');
  }),
);

test(
  'before the log-in nothing else is answered, and the wrong kind of password is asked again',
  inWorld(async (world) => {
    await world.platform.register('yoda');
    const user = await world.connect();
    await user.gets('WHOELSE', undefined, 'ERROR Log in first: send a name.');
    await user.gets('LOGIN_PASSWORD', 'x', 'ERROR Send a username first.');
    await user.gets('LOGIN_USERNAME', 'yoda', 'REQUEST_NEED_PASSWORD The password of yoda?');
    await user.gets('LOGIN_NEW_PASSWORD', 'x', 'REQUEST_NEED_PASSWORD The password of yoda?');
    await user.gets(
      'LOGIN_PASSWORD',
      'correct horse',
      'ANNOUNCEMENT Welcome, yoda. This is Paperclip 1.2.3.',
    );
    await user.gets('LOGIN_USERNAME', 'yoda', 'ERROR You are logged in already.');
  }),
);

test(
  'three wrong passwords in a row lock the account on every wire and address, for a while',
  inWorld(async (world) => {
    await world.platform.register('yoda');
    const wrong = 'ERROR The password is wrong.';
    const ask = 'REQUEST_NEED_PASSWORD The password of yoda?';
    const user = await world.connect();
    await user.gets('LOGIN_USERNAME', 'yoda', ask);
    for (let i = 0; i < 2; i++) await user.gets('LOGIN_PASSWORD', 'jedi', wrong, ask);
    // A right one in between, and the count begins again.
    user.say('LOGIN_PASSWORD', 'correct horse').say('LOGOUT');
    await user.rest();
    const second = await world.connect('198.51.100.1');
    await second.gets('LOGIN_USERNAME', 'yoda', ask);
    for (let i = 0; i < 2; i++) await second.gets('LOGIN_PASSWORD', 'jedi', wrong, ask);
    const locked = 'ACCOUNT_BLOCKED Too many wrong passwords: yoda is locked for 60 s.';
    await second.gets('LOGIN_PASSWORD', 'jedi', locked, 'closed');
    for (const address of ['192.0.2.1', '203.0.113.9']) {
      const next = await world.connect(address);
      await next.gets('LOGIN_USERNAME', 'yoda', ask);
      await next.gets('LOGIN_PASSWORD', 'correct horse', locked, 'closed');
    }
    const login = { name: 'yoda', password: 'correct horse' };
    const code = (cause: { readonly code: string }) => cause.code;
    const elsewhere = () => world.platform.anyone('account.login', login).then(() => 'ok', code);
    assert.equal(await elsewhere(), 'ACCOUNT_LOCKED');
    await world.advance(60);
    assert.equal(await elsewhere(), 'ok');
    await world.logIn('yoda');
  }),
);

test(
  'who is logged in by this protocol is refused elsewhere, also when two come at once',
  inWorld(async (world) => {
    const yoda = await world.logIn('yoda');
    const refusal = 'ERROR yoda is logged in elsewhere; log out there first.';
    const second = await world.connect('198.51.100.1');
    second.say('LOGIN_USERNAME', 'yoda').say('LOGIN_PASSWORD', 'correct horse');
    await second.hears('REQUEST_NEED_PASSWORD The password of yoda?', refusal, 'closed');
    // The refused log-in left no session behind, and the first goes on.
    await world.platform.platform.settled();
    await yoda.gets('WHOELSE', undefined, 'WHOELSE []');
    await yoda.gets('LOGOUT', undefined, 'LOGOUT_ANNOUNCEMENT Goodbye, yoda.', 'closed');
    const two = [await world.connect('198.51.100.1'), await world.connect('198.51.100.2')];
    for (const one of two) {
      one.say('LOGIN_USERNAME', 'yoda').say('LOGIN_PASSWORD', 'correct horse');
    }
    const heard: string[] = [];
    for (const one of two) {
      await one.hears('REQUEST_NEED_PASSWORD The password of yoda?');
      heard.push(await one.next());
    }
    assert.deepEqual(heard.toSorted(), [
      'ANNOUNCEMENT Welcome, yoda. This is Paperclip 1.2.3.',
      refusal,
    ]);
  }),
);

test(
  'a guest’s name is refused while the guest is here, and a banned user for good',
  inWorld(async (world) => {
    const gus = await world.platform.anyone('account.guest', { name: 'gus', exact: true });
    const close = world.platform.platform.events.connect(gus.player.id, 'any', () => {});
    const user = await world.connect();
    await user.gets(
      'LOGIN_USERNAME',
      'gus',
      'ERROR gus is the name of a guest who is here; choose another.',
    );
    close();
    const op = await world.platform.register('Op');
    await world.platform.register('yoda');
    const ban = { player: 'yoda', kind: 'ban', reason: 'swamp' } as const;
    await op.call('admin.sanction', ban);
    user.say('LOGIN_USERNAME', 'yoda').say('LOGIN_PASSWORD', 'correct horse');
    await user.hears('REQUEST_NEED_PASSWORD The password of yoda?');
    assert.match(await user.next(), /^ERROR yoda is banned .*: swamp\.$/);
    await user.hears('closed');
  }),
);

test(
  'no command for the idle time-out logs a user out, and others are told',
  inWorld(
    async (world) => {
      const [hans, yoda] = await world.logInAll('hans', 'yoda');
      await world.advance(29);
      // Only commands count: no noise, and nothing that comes from others.
      hans!.lines.say('{}', 'x');
      assert.match(await hans!.next(), /^ERROR The message is not/);
      assert.match(await hans!.next(), /^ERROR The message is not/);
      await yoda!.gets('MESSAGE', ['hans', 'awake?']);
      await hans!.hears('MESSAGE ["yoda","awake?"]');
      await world.advance(1);
      await hans!.hears('TIMEOUT No command for 30 s: you were logged out.', 'closed');
      await yoda!.hears('ANNOUNCEMENT hans has logged out.');
      await world.advance(28);
      await yoda!.gets('WHOELSE', undefined, 'WHOELSE []');
      await world.advance(29);
      await yoda!.gets('BLOCK', 'nobody', 'ERROR There is no user nobody.');
      await world.advance(30);
      await yoda!.hears('TIMEOUT No command for 30 s: you were logged out.', 'closed');
    },
    { idleTimeoutS: 30 },
  ),
);

test(
  'who does not log in, leaves in the middle, or is ended from elsewhere, is closed',
  inWorld(async (world) => {
    const idle = await world.connect();
    await world.advance(60);
    await idle.hears('TIMEOUT No log-in for 60 s.', 'closed');
    const [hans, yoda] = await world.logInAll('hans', 'yoda');
    yoda!.lines.stream.destroy();
    await hans!.hears('ANNOUNCEMENT yoda has logged out.');
    const op = await world.platform.register('Op');
    await op.call('admin.kick', { player: 'hans', reason: 'noise' });
    await hans!.hears('LOGOUT_ANNOUNCEMENT You were logged out (kicked: noise).', 'closed');
    const luke = await world.logIn('luke');
    await turns(5);
    const closed = world.gateway.close();
    await luke.hears('LOGOUT_ANNOUNCEMENT The server is shutting down: goodbye.', 'closed');
    await closed;
  }),
);
