// What strangers send to a messenger's port, and what stands in no log.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { inWorld, transports } from './messenger.fixture.ts';

const hostile: readonly (readonly [line: string, problem: RegExp])[] = [
  ['', /is not valid JSON/],
  ['hello', /is not valid JSON/],
  ['{"type":1', /is not valid JSON/],
  ['[]', /is not \{"type"/],
  ['null', /is not \{"type"/],
  ['7', /is not \{"type"/],
  ['{"type":"1"}', /is not \{"type"/],
  ['{"content":["yoda","x"]}', /is not \{"type"/],
  ['{"type":1e999}', /is not \{"type"/],
  [`${'['.repeat(5_000)}${']'.repeat(5_000)}`, /nested deeper than 32/],
  [`{"type":1,"content":${'{"a":'.repeat(40)}1${'}'.repeat(40)}}`, /nested deeper/],
  ['{"type":3,"__proto__":{"content":1}}', /__proto__/],
  ['{"type":1,"content":[{"constructor":{"prototype":1}}]}', /constructor\.prototype/],
  ['{"type":3.0000001}', /no message type 3\.0000001/],
  ['{"type":-9e200}', /no message type/],
  ['{"type":101}', /no message type 101/],
  ['{"type":0.1,"content":"yoda"}', /logged in already/],
];

for (const transport of transports) {
  test(
    `what is no message is named, and the session goes on (${transport})`,
    inWorld(
      async (world) => {
        const [hans] = await world.logInAll('hans');
        for (const [line, problem] of hostile) {
          hans!.lines.say(line);
          const answer = await hans!.next();
          assert.match(answer, /^ERROR /);
          assert.match(answer, problem, line.slice(0, 60));
        }
        hans!.lines.stream.write(Uint8Array.of(0x22, 0xff, 0x22, 10));
        await hans!.hears('ERROR A message is UTF-8, and this was not.');
        hans!.lines.say('x'.repeat(64 * 1024 + 1));
        await hans!.hears('ERROR A message may have at most 65536 bytes.');
        // Of the full length it is read, and here refused by what it says.
        const long = JSON.stringify({ type: 2, content: '' }).length;
        hans!.lines.say(JSON.stringify({ type: 2, content: 'x'.repeat(64 * 1024 - long) }));
        assert.match(await hans!.next(), /^ERROR message: /);
        await hans!.gets('WHOELSE', undefined, 'WHOELSE []');
      },
      { transport },
    ),
  );
}

test(
  'more noise than a person makes ends the connection, before and after the log-in',
  inWorld(async (world) => {
    for (const user of [await world.connect(), await world.logIn('hans')]) {
      user.lines.say(...Array<string>(40).fill('noise'));
      const heard = await user.rest();
      assert.equal(heard.length, 33);
      assert.equal(heard.at(-1), 'ERROR Too many lines that are no messages: goodbye.');
    }
  }),
);

test(
  'a user who is too fast is told to wait, and goes on then',
  inWorld(async (world) => {
    const [hans] = await world.logInAll('hans');
    for (let i = 0; i < 40; i++) hans!.say('BROADCAST', `${i}`);
    await hans!.gets('BROADCAST', 'one more', 'ERROR That is too fast; go on in 10 s.');
    await world.advance(10);
    hans!.say('BROADCAST', 'later');
    await hans!.gets('WHOELSE', undefined, 'WHOELSE []');
  }),
);

test(
  'names beyond what fits into a line are counted',
  inWorld(async (world) => {
    const [hans] = await world.logInAll('hans');
    const { events } = world.platform.platform;
    const ends: (() => void)[] = [];
    for (let i = 0; i < 800; i++) {
      const guest = await world.platform.anyone(
        'account.guest',
        { name: '黒'.repeat(18) },
        `10.0.${i >> 5}.1`,
      );
      ends.push(events.connect(guest.player.id, 'any', () => {}));
    }
    hans!.say('WHOELSE');
    const names = JSON.parse((await hans!.next()).slice('WHOELSE '.length)) as readonly string[];
    assert.ok(names.length > 600 && names.length < 800);
    await hans!.hears(`ANNOUNCEMENT ${800 - names.length} more are not shown.`);
    for (const end of ends) end();
  }),
);

test(
  'no password and no word of a message stands in a log',
  inWorld(async (world) => {
    const user = await world.connect();
    user.say('LOGIN_USERNAME', 'hans').say('LOGIN_NEW_PASSWORD', 'first-secret');
    user.say('MESSAGE', ['yoda', 'second-secret']).say('BROADCAST', 'third-secret').say('LOGOUT');
    await user.rest();
    const again = await world.connect();
    again.say('LOGIN_USERNAME', 'hans').say('LOGIN_PASSWORD', 'fourth-secret');
    again.lines.say('fifth-secret');
    again.lines.stream.end();
    await again.rest();
    const log = JSON.stringify([world.platform.log, world.logged]);
    assert.match(log, /account\.login/);
    assert.doesNotMatch(log, /secret/);
  }),
);
