// `paperclip play rps --classic` against a whole server, in this process: at the end of a pipe.

import assert from 'node:assert/strict';
import { PassThrough } from 'node:stream';
import { after, before, describe, test } from 'node:test';
import { serve } from '../server/serve.ts';
import { Output } from './output.fixture.ts';
import { runCli } from './run-cli.ts';

function person(args: readonly string[], password = 'correct horse') {
  const [stdin, stdout, stderr] = [new PassThrough(), new Output(), new Output()];
  let interrupt = (): void => {};
  const code = runCli(['play', ...args], {
    ...{ env: { PAPERCLIP_PASSWORD: password }, stdin, stdout, stderr },
    onInterrupt: (listener) => {
      interrupt = listener;
      return () => undefined;
    },
  });
  return { stdin, stdout, stderr, code, interrupt: () => interrupt() };
}

describe('play --classic', () => {
  let server: Awaited<ReturnType<typeof serve>>;
  before(async () => {
    server = await serve({
      ...{ data: ':memory:', port: 0, udpPort: 0, hosts: 1, logLevel: 'silent' },
      ...{ shutdownGraceMs: 0, classic: true },
    });
  });
  after(() => server.close());
  const named = (name: string, ...more: readonly string[]) =>
    person(['rps', '--classic', server.url, '--name', name, ...more]);

  test('two play from a pipe and from a list, and leave at its end', async () => {
    const ann = named('ann', '--register', '--create');
    const [, lobby = ''] = await ann.stdout.shows(/Lobby (\w+), at 127\.0\.0\.1:\d+ over UDP\.\n/);
    ann.stdin.write('r\nlizard\nPAPER\n');
    const ben = named('ben', '--register', '--lobby', lobby, '--inputs', 's,1,2', '--json');
    await ann.stdout.shows(/rock against scissors: won\. 1 : 0\n/);
    await ann.stdout.shows(/"lizard" means nothing here: r, p or s\.\n/);
    await ann.stdout.shows(/paper against paper: draw\. 1 : 0\n/);
    ann.stdin.write('r\n');
    await ann.stdout.shows(/rock against scissors: won\. 2 : 0\n/);
    assert.equal(await ben.code, 0, ben.stderr.text);
    const events = ben.stdout.text.trim().split('\n');
    assert.deepEqual(
      events.map((line): unknown => JSON.parse(line).event),
      [...['lobby', 'connected', 'choice', 'round', 'choice', 'round', 'choice', 'round'], 'left'],
    );
    ann.stdin.end();
    assert.equal(await ann.code, 0, ann.stderr.text);
    assert.match(ann.stdout.text, /You leave\.\n$/);
  });

  test('Ctrl-C leaves', async () => {
    const cy = named('cy', '--register', '--create', '--json');
    await cy.stdout.shows(/"connected"/);
    cy.interrupt();
    assert.equal(await cy.code, 130);
    assert.match(cy.stdout.text, /"event":"left","rounds":0/);
  });

  test('what the server says at the end is an error that says what to do', async () => {
    const first = named('dora', '--register', '--create');
    await first.stdout.shows(/Lobby/);
    const second = named('dora', '--json');
    assert.equal(await first.code, 1);
    assert.match(
      first.stderr.text,
      /CLASSIC_ENDED: .*the server said: You joined again.*same comm/,
    );
    await second.stdout.shows(/"connected"/);
    second.stdin.end();
    assert.equal(await second.code, 0);
  });

  test('mistakes are named before or when they matter', async () => {
    const cases: readonly (readonly [readonly string[], number, RegExp])[] = [
      [['guess', '--classic', server.url, '--name', 'ann'], 2, /plays rps, not guess/],
      [['rps', '--classic', server.url, '--guest'], 2, /either --classic or --guest/],
      [['rps', '--classic', server.url, '--games', 'x'], 2, /either --classic or --games/],
      [['rps', '--classic', server.url, '--create', '--lobby', '1'], 2, /one of --create, --lobby/],
      [['rps', '--classic', server.url], 2, /needs --name/],
      [['rps', '--classic', 'ftp://x', '--name', 'ann'], 1, /BAD_URL/],
      [['rps', '--classic', 'http://127.0.0.1:9', '--name', 'ann'], 1, /SERVER_UNREACHABLE/],
      [['rps', '--classic', server.url, '--name', 'nobody'], 1, /WRONG_PASSWORD/],
    ];
    for (const [args, expected, message] of cases) {
      const { code, stderr } = person(args);
      assert.equal(await code, expected, stderr.text);
      assert.match(stderr.text, message);
    }
    const eve = named('eve', '--register', '--lobby', 'nowhere');
    assert.equal(await eve.code, 1);
    assert.match(eve.stderr.text, /LOBBY_NOT_FOUND/);
    const taken = named('EVE', '--register');
    assert.equal(await taken.code, 1);
    assert.match(taken.stderr.text, /CLASSIC_REFUSED: .*400 .*taken/);
  });
});
