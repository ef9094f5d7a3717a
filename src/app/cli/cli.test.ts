// The program as a shell sees it: spawned with pipes, its output, its exit code. What needs a
// server has a real one.

import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable, Writable } from 'node:stream';
import { after, before, describe, test } from 'node:test';
import { serve } from '../server/index.ts';
import { cliCommands } from './command-table.ts';
import { runCli } from './run-cli.ts';

let folder: string;
before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'paperclip-cli-'));
});
after(() => rm(folder, { recursive: true }));

interface Ran {
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
}

interface RunOptions {
  readonly env?: Readonly<Record<string, string>>;
  readonly stdin?: string;
}

const sessions = (): string => join(folder, 'sessions.json');

/** In a process of its own, as a shell does it. */
async function run(
  args: readonly string[],
  { env = {}, stdin = '' }: RunOptions = {},
): Promise<Ran> {
  const child = spawn(process.execPath, [join(import.meta.dirname, 'main.ts'), ...args], {
    env: { PATH: process.env['PATH'], PAPERCLIP_SESSIONS: sessions(), ...env },
  });
  const closed = once(child, 'close');
  let [out, err] = ['', ''];
  child.stdout.on('data', (data: Buffer) => {
    out += data.toString();
  });
  child.stderr.on('data', (data: Buffer) => {
    err += data.toString();
  });
  child.stdin.end(stdin);
  const [code] = (await closed) as [number | null];
  return { code, out, err };
}

/** In this process: the same without what Node needs to start. */
async function runHere(
  args: readonly string[],
  { env = {}, stdin = '' }: RunOptions = {},
): Promise<Ran> {
  const [stdout, stderr] = [new Collected(), new Collected()];
  const code = await runCli(args, {
    env: { PAPERCLIP_SESSIONS: sessions(), ...env },
    stdin: Readable.from(stdin === '' ? [] : [stdin]),
    stdout,
    stderr,
    onInterrupt: () => () => undefined,
  });
  return { code, out: stdout.text, err: stderr.text };
}

class Collected extends Writable {
  text = '';

  override _write(chunk: Buffer, _encoding: string, done: () => void): void {
    this.text += chunk.toString();
    done();
  }
}

const events = (out: string) =>
  out
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as { readonly event: string } & Record<string, unknown>);

/** Nobody listens there, and `fetch` has no objection to the number. */
const noServer = 'http://127.0.0.1:4';

describe('without a server', () => {
  test('--help lists every command and the way to begin', async () => {
    const { code, out } = await runHere(['--help']);
    assert.equal(code, 0);
    for (const { name, summary } of cliCommands)
      assert.match(out, new RegExp(`^  ${name}\\b`, 'm'), summary);
    assert.match(out, /paperclip play rps/);
  });

  for (const { name, flags, ownFlags } of cliCommands) {
    if (ownFlags) continue;
    test(`help ${name} and ${name} --help say the same, with every flag`, async () => {
      const [help, flag] = await Promise.all([runHere(['help', name]), runHere([name, '--help'])]);
      assert.equal(help.code, 0);
      assert.deepEqual(help, flag);
      for (const one of Object.keys(flags)) assert(help.out.includes(`--${one}`), one);
      assert(!help.out.includes('\x1b'));
    });
  }

  test('a Node that is too old is named before anything of it breaks', async () => {
    const [stdout, stderr] = [new Collected(), new Collected()];
    const host = { env: {}, stdin: Readable.from([]), stdout, stderr, nodeVersion: '20.20.2' };
    const old = { ...host, onInterrupt: () => () => undefined };
    for (const argv of [['serve'], ['play', 'rps', '--guest']]) {
      assert.equal(await runCli(argv, old), 1);
      assert.match(stderr.text, /^NODE_TOO_OLD: This is Node 20\.20\.2; .* 24 or newer/);
    }
    assert.equal(await runCli(['version'], old), 0);
  });

  test('nothing typed shows the help and is no success', async () => {
    const { code, out } = await runHere([]);
    assert.equal(code, 2);
    assert.match(out, /Usage/);
  });

  const mistakes: [string[], RegExp][] = [
    [['hitsory'], /no command hitsory\. Did you mean history\?/],
    [['frobnicate'], /no command frobnicate\. There are: play, chat,/],
    [['play', '--sever', 'x'], /no flag --sever\. Did you mean --server\?/],
    [['play', 'rps', '--bot', '--private'], /Use one of --bot, --private/],
    [['play', 'rps', '--join', 'K7'], /--join K7: A code is 4 letters and digits/],
    [['play', 'rps', '--bot', '--settings', 'firstTo'], /takes KEY=VALUE, not "firstTo"/],
    [['play', 'rps', '--join', 'K7Q2', '--settings', 'a=1'], /this one has its own/],
    [['play', 'rps', '--auto', '--inputs', 'r'], /either --auto or --inputs/],
    [['play', 'rps', '--guest', '--register'], /either --guest or --register/],
    [['play', 'rps', '--name', 'mario'], /needs a password: put it into PAPERCLIP_PASSWORD/],
    [['play', '../rps', '--guest'], /no game \.\.\/rps/],
    [['replay'], /Name a match/],
    [['history', '--limit', '0'], /--limit takes a whole number from 1 to 100/],
    [['demo', '--loss', '2'], /--loss takes a number from 0 to 0\.5/],
  ];
  for (const [args, expected] of mistakes) {
    test(`${args.join(' ')}: the mistake is named, exit code 2`, async () => {
      const { code, out, err } = await runHere(args, { env: { PAPERCLIP_SERVER: noServer } });
      assert.equal(code, 2, err);
      assert.match(err, expected);
      assert.equal(out, '');
    });
  }

  test('a server that is not there: code, sentence, what to do; exit code 1', async () => {
    const { code, err } = await runHere(['history', '--server', noServer]);
    assert.equal(code, 1);
    assert.equal(
      err,
      `SERVER_UNREACHABLE: No server answers at ${noServer} (connection refused). ` +
        'Start one with `npm start`, or name another one.\n',
    );
  });

  test('with --json the failure is an object on stdout, too', async () => {
    const { out } = await runHere(['history', '--server', noServer, '--json']);
    const [error, ...more] = events(out);
    assert.equal(error?.['code'], 'SERVER_UNREACHABLE');
    assert.deepEqual(more, []);
  });

  test('FORCE_COLOR colours a pipe, NO_COLOR and --no-color win', async () => {
    const colored = (args: string[], env: Record<string, string>) =>
      runHere(['history', '--server', noServer, ...args], { env: { FORCE_COLOR: '1', ...env } });
    assert((await colored([], {})).err.includes('\x1b['));
    assert(!(await colored([], { NO_COLOR: '1' })).err.includes('\x1b'));
    assert(!(await colored(['--no-color'], {})).err.includes('\x1b'));
  });

  test('serve has a help of its own', async () => {
    const { code, out } = await run(['help', 'serve']);
    assert.equal(code, 0);
    assert.match(out, /--udp-port/);
  });

  test('version names both versions', async () => {
    assert.match((await run(['--version'])).out, /^paperclip \d+\.\d+\.\d+, node \d+/);
  });
});

test('demo: two bots, a result, a replay with the same hash, exit code 0', async () => {
  const { code, out, err } = await run(['demo', '--json', '--loss', '0.1']);
  assert.equal(code, 0, err);
  const said = events(out);
  const verdict = said.at(-1);
  assert.deepEqual(
    [verdict?.event, verdict?.['good'], verdict?.['plaintexts']],
    ['verdict', true, 0],
  );
  assert.equal(verdict?.['stateHash'], verdict?.['replayHash']);
  assert(said.filter(({ event }) => event === 'round').length >= 3);
});

describe('with a server', () => {
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
  const withServer = (options: RunOptions): RunOptions => ({
    ...options,
    env: { PAPERCLIP_SERVER: server.url, ...options.env },
  });
  const at = (args: readonly string[], options: RunOptions = {}) => run(args, withServer(options));
  const here = (args: readonly string[], options: RunOptions = {}) =>
    runHere(args, withServer(options));

  test('a scripted match, then history, leaderboard and replay show it', async () => {
    const inputs = Array.from({ length: 60 }, (_, n) => 'rps'[n % 3]).join('\n');
    const play = ['play', 'rps', '--guest=zoe', '--bot', '--settings', 'firstTo=1', '--json'];
    const played = await at(play, { stdin: inputs });
    assert.equal(played.code, 0, played.err);
    const result = events(played.out).find(({ event }) => event === 'result');
    assert.equal(result?.['reason'], 'outcome');
    const matchId = String(result['matchId']);
    const [history, leaderboard, replay] = await Promise.all([
      here(['history']),
      here(['leaderboard', 'rps']),
      here(['replay', matchId]),
    ]);
    assert(history.out.includes(matchId));
    assert.match(leaderboard.out, /zoe#\d+ .* [01] : [01]$/m);
    assert.equal(replay.code, 0);
    assert.match(replay.out, new RegExp(`Same end.*${String(result['stateHash'])}`));
    const other = await here(['replay', matchId, '--step', '9999']);
    assert.equal(other.code, 2);
  });

  test('inputs that end before the match give it up', async () => {
    const { code, out } = await here(['play', 'rps', '--guest', '--bot', '--inputs', 'x,r']);
    assert.equal(code, 0);
    assert.match(out, /"x" means nothing here: r, p or s\./);
    assert.match(out, /There are no more inputs: giving up\./);
    assert.match(out, /You lost\..*\(given up\)/);
    assert(!out.includes('\x1b'));
  });

  test('a match of one starts without others, and counts for nothing', async () => {
    const play = ['play', 'guess', '--guest', '--create', '--settings', 'mode=alone', '--inputs'];
    const { code, out } = await here([...play, '0,1,2,3,4,5,6,7']);
    assert.equal(code, 0, out);
    assert.match(out, /"0" means nothing here: a number of the range, then Enter\./);
    assert.match(out, /It was \d+\. You (found it|did not find it)\./);
    assert.match(out, /The match is over\..*\nA match of one: it does not count/);
  });

  test('an account is remembered, used again, and forgotten', async () => {
    const bot = ['--bot', '--auto', '--settings', 'firstTo=1'];
    const password = { PAPERCLIP_PASSWORD: 'it is a me' };
    const first = await at(['play', 'rps', '--name', 'Wario', '--register', ...bot], {
      env: password,
    });
    assert.equal(first.code, 0, first.err);
    const { mode } = await stat(join(folder, 'sessions.json'));
    assert.equal(mode & 0o777, 0o600);
    assert.match((await here(['whoami'])).out, /^Wario \(account\)/);
    const again = await here(['play', 'rps', '--name', 'wario', ...bot]);
    assert.equal(again.code, 0, again.err);
    assert.match((await here(['leaderboard', 'rps'])).out, /Wario .* (2 : 0|1 : 1|0 : 2)$/m);
    assert.equal((await here(['logout'])).code, 0);
    assert.equal((await here(['whoami'])).code, 1);
  });

  test('a wrong password has its code, and a password on the command line a warning', async () => {
    const { code, err } = await here(['play', 'rps', '--name', 'nobody', '--password', 'guessing']);
    assert.equal(code, 1);
    assert.match(err, /^Note: others on this machine can read a password/);
    assert.match(err, /^WRONG_PASSWORD: /m);
  });

  test('games, lobbies and doctor read well when there is little to say', async () => {
    const games = (await here(['games'])).out;
    assert.match(games, /^rps +Rock, paper, scissors +2 +turns +yes +firstTo \(3\), /m);
    assert.match(
      games,
      /^guess +Guess the number +1 to 64 +turns +yes +mode \("race"\), min, max, /m,
    );
    assert.match(
      (await here(['lobbies', 'rps'])).out,
      /^No lobby has room\. Open one: paperclip play/,
    );
    const doctor = await here(['doctor']);
    assert.equal(doctor.code, 0, doctor.out);
    assert.match(doctor.out, /All is well\./);
  });

  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    test(`${signal} in a lobby leaves it and ends with 130`, async () => {
      const args = ['play', 'rps', '--guest', '--private', '--json'];
      const child = spawn(process.execPath, [join(import.meta.dirname, 'main.ts'), ...args], {
        env: { ...process.env, PAPERCLIP_SERVER: server.url },
        stdio: ['ignore', 'pipe', 'inherit'],
      });
      const exited = once(child, 'exit');
      let out = '';
      for await (const data of child.stdout) {
        out += String(data);
        if (out.includes('"event":"lobby"') && !child.killed) child.kill(signal);
      }
      const [code] = (await exited) as [number];
      assert.equal(code, 130);
      assert.equal(events(out).at(-1)?.event, 'interrupted');
    });
  }
});
