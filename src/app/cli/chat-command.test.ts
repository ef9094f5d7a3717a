// `paperclip chat` as scripts use it: two programs on pipes, against a real server. How the row at
// a terminal draws is in `chat/line-editor.test.ts`.

import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { after, before, test } from 'node:test';
import { serve } from '../server/index.ts';
import { Collected, startChat } from './chat-program.fixture.ts';
import { runCli } from './run-cli.ts';

let folder: string;
let server: Awaited<ReturnType<typeof serve>>;
before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'paperclip-chat-'));
  server = await serve({
    data: ':memory:',
    port: 0,
    udpPort: 0,
    hosts: 1,
    logLevel: 'silent',
    shutdownGraceMs: 0,
  });
});
after(async () => {
  await server.close();
  await rm(folder, { recursive: true });
});

const envOf = (who: string) => ({
  PAPERCLIP_SERVER: server.url,
  PAPERCLIP_SESSIONS: join(folder, who, 'sessions.json'),
  PAPERCLIP_PASSWORD: 'correct horse',
});

const start = (who: string, ...flags: string[]) => startChat(envOf(who), flags);

async function run(who: string, args: readonly string[], input = '') {
  const [out, err] = [new Collected(), new Collected()];
  const code = await runCli(['chat', ...args], {
    env: envOf(who),
    stdin: Readable.from(input === '' ? [] : [input]),
    stdout: out,
    stderr: err,
    onInterrupt: () => () => undefined,
  });
  return { code, out: out.text, err: err.text };
}

const account = (name: string) => ['--name', name, '--register'];

const eventsOf = (out: string) =>
  out
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as { readonly event: string } & Record<string, unknown>);

test('two talk in the room and in private; each event is a line', async () => {
  const ann = start('ann', ...account('ann'));
  await ann.out.until(/In the room: you\./);
  const ben = start('ben', ...account('ben'));
  await ben.out.until(/In the room: you, ann\./);
  ben.type('hello', '/msg ann psst', '/to ann', 'and more', '/secret ann sealed');
  const out = await ann.out.until(/sealed/);
  assert.match(out, /→ ben came into the room\./);
  assert.match(out, /^\d\d:\d\d ben: hello$/m);
  assert.match(out, /^\d\d:\d\d ben → you: psst\n\d\d:\d\d ben → you: and more\n/m);
  assert.match(out, /^\d\d:\d\d 🔒 ben → you: sealed$/m);
  assert.equal(await ben.end(), 0);
  await ann.out.until(/← ben left the room\./);
  assert.equal(await ann.end(), 0);
  assert(!ann.out.text.includes('\x1b'));
  assert.equal(ann.err.text + ben.err.text, '');
});

test('--json: an object for each event and each answer', async () => {
  const cid = start('cid', ...account('cid'), '--json');
  await cid.out.until(/"event":"start"/);
  const sent = await run('dan', [...account('dan'), '--to', 'cid', '--json', 'hello', 'there']);
  assert.equal(sent.code, 0, sent.err);
  const [answer] = eventsOf(sent.out);
  assert.deepEqual([answer?.event, answer?.['receiverIsOnline']], ['answer', true]);
  await cid.out.until(/"event":"chat.message"/);
  cid.type('/who', '/fingerprint dan', '/nonsense');
  assert.equal(await cid.end(), 1);
  const events = eventsOf(cid.out.text);
  const message = events.find(({ event }) => event === 'chat.message')?.['message'];
  assert.equal((message as { message: string }).message, 'hello there');
  const room = events.find(({ command }) => command === 'who')?.['room'] as { name: string }[];
  assert.deepEqual(
    room.map(({ name }) => name),
    ['cid'],
  );
  const errors = events.filter(({ event }) => event === 'error').map(({ code }) => code);
  assert.deepEqual(errors, ['NOT_DONE', 'USAGE']);
});

test('a message for who is away waits, and is shown once, also when it is sealed', async () => {
  assert.equal((await run('eve', account('eve'))).code, 0);
  const sent = await run('fay', [...account('fay'), '--to', 'eve'], 'one\n/secret eve two\n');
  assert.equal(sent.code, 0, sent.err);
  assert.match(sent.out, /eve is not here; it waits\./);
  const first = await run('eve', ['--name', 'eve']);
  assert.match(first.out, /fay → you: one\n.*🔒 fay → you: two\n/);
  const second = await run('eve', ['--name', 'eve'], '/history fay\n/inbox\n');
  assert.doesNotMatch(second.out, /two/);
  assert.match(second.out, /fay → you: one\n.*🔒 fay → you: \(sealed; it could be read once/);
});

test('friends find each other, and a block ends it', async () => {
  assert.equal((await run('gus', account('gus'))).code, 0);
  assert.match((await run('hal', account('hal'), '/add gus\n')).out, /You asked gus\./);
  const gus = await run('gus', ['--name', 'gus'], '/accept hal\n/friends\n/block hal\n/blocks\n');
  assert.equal(gus.code, 0, gus.err);
  assert.match(gus.out, /hal asks to be your friend: \/accept hal or \/decline hal\./);
  assert.match(
    gus.out,
    /You and hal are friends now\.\nhal is gone.*\nBlocked: hal\.\nBlocked: hal/,
  );
  const refused = await run('hal', ['--name', 'hal', '--to', 'gus', 'hello?']);
  assert.deepEqual([refused.code, refused.out], [1, '']);
  assert.match(refused.err, /^BLOCKED: gus has blocked you\./);
});

test('keys that changed are warned of, and nothing is sealed past a verified device', async () => {
  const ida = start('ida', ...account('ida'));
  await ida.out.until(/In the room/);
  assert.equal((await run('jon', account('jon'), '/secret ida hi\n')).code, 0);
  await ida.out.until(/🔒 jon → you: hi/);
  ida.type('/verify jon');
  await ida.err.until(/Type \/fingerprint jon first/);
  ida.type('/fingerprint jon', '/verify jon');
  await ida.out.until(/Verified: jon\./);
  const phone = await run('phone', ['--name', 'jon'], '/secret ida new phone\n');
  assert.equal(phone.code, 0, phone.err);
  await ida.out.until(/WARNING: jon has a device that was not there before\./);
  ida.type('/secret jon who is this?');
  await ida.err.until(/jon has a device that is new.*nothing was sent/);
  ida.type('/trust jon', '/secret jon all right');
  await ida.out.until(/🔒 you → jon: all right/);
  assert.equal(await ida.end(), 1);
});

test('what was meant for a name that does not exist is not said to the room', async () => {
  const kim = start('kim', ...account('kim'));
  await kim.out.until(/In the room/);
  const flag = await run('lea', [...account('lea'), '--to', 'nobody-here'], 'private\n');
  assert.equal(flag.code, 1);
  assert.match(flag.err, /^PLAYER_NOT_FOUND: /);
  const typed = await run('lea', ['--name', 'lea'], '/to nobody-here\nprivate\n/room\npublic\n');
  assert.equal(typed.code, 1);
  assert.match(typed.err, /NOT_DONE: There is nobody to say it to/);
  await kim.out.until(/lea: public/);
  assert.doesNotMatch(kim.out.text, /private/);
  await kim.end();
});

test('the word behind --guest is the name, and a message may follow', async () => {
  const sent = await run('nobody', ['--guest', 'mario', 'hello', 'all']);
  assert.equal(sent.code, 0, sent.err);
  assert.match(sent.out, /you: hello all/);
  const usage = await run('nobody', ['--guest', '--secret']);
  assert.equal(usage.code, 2);
});

test('Ctrl-C leaves the room and ends with 130', async () => {
  const ned = start('ned', ...account('ned'), '--json');
  await ned.out.until(/"event":"start"/);
  const ola = start('ola', ...account('ola'));
  await ola.out.until(/In the room: .*ned/);
  ned.interrupt();
  assert.equal(await ned.code, 130);
  assert.equal(eventsOf(ned.out.text).at(-1)?.event, 'interrupted');
  await ola.out.until(/← ned left the room\./);
  assert.equal(await ola.end(), 0);
});
