// `paperclip certs`, `paperclip guess`, and the rounds afterwards in `history` and `replay`: true
// certificates, a true server, true sockets, in pipes.

import assert from 'node:assert/strict';
import { existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { after, before, describe, test } from 'node:test';
import guess from '../../../games/guess/rules.ts';
import { silentLog } from '../../contract/telemetry.ts';
import { type RunningServer, serve } from '../server/index.ts';
import { runCli } from './run-cli.ts';

const folder = mkdtempSync(join(tmpdir(), 'paperclip-guess-'));
const data = join(folder, 'paperclip.sqlite');
/** A round with two players, and how it was replayed while the server ran. */
let played = { id: '', out: '' };
const certificates = join(folder, 'certificates');
after(() => rmSync(folder, { recursive: true }));

interface Run {
  readonly out: () => string;
  readonly say: (line: string) => void;
  readonly end: () => void;
  /** Resolves with the part of the output that the pattern matches, once it does. */
  readonly until: (pattern: RegExp) => Promise<string>;
  readonly done: Promise<{ readonly code: number; readonly out: string; readonly err: string }>;
}

function start(...args: readonly string[]): Run {
  const [stdin, stdout, stderr] = [new PassThrough(), new PassThrough(), new PassThrough()];
  let [out, err, seen] = ['', '', 0];
  let wake = (): void => {};
  stdout.on('data', (bytes: Buffer) => {
    out += bytes.toString();
    wake();
  });
  stderr.on('data', (bytes: Buffer) => {
    err += bytes.toString();
  });
  const done = runCli(args, {
    env: { PAPERCLIP_DATA: data },
    stdin,
    stdout,
    stderr,
    onInterrupt: () => () => undefined,
  }).then(async (code) => {
    await new Promise(setImmediate);
    return { code, out, err };
  });
  return {
    out: () => out,
    say: (line) => void stdin.write(`${line}\n`),
    end: () => void stdin.end(),
    until: async (pattern) => {
      for (;;) {
        const found = pattern.exec(out.slice(seen));
        if (found !== null) {
          seen += found.index + found[0].length;
          return found[0];
        }
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
      }
    },
    done,
  };
}

const run = async (...args: readonly string[]) => {
  const one = start(...args);
  one.end();
  return one.done;
};

describe('paperclip certs', () => {
  test('makes an authority and a server’s certificate, private, and says what clients get', async () => {
    const { code, out } = await run('certs');
    assert.equal(code, 0);
    assert.match(out, /^Made:/);
    assert.ok(out.includes(`Give clients the authority, and nothing else: ${certificates}/ca.pem`));
    assert.match(out, /SHA-256: ([0-9A-F]{2}:){31}[0-9A-F]{2}/);
    assert.doesNotMatch(out, /BEGIN/);
    if (process.platform !== 'win32') {
      assert.equal(statSync(certificates).mode & 0o077, 0);
      for (const file of ['ca-key.pem', 'server-key.pem']) {
        assert.equal(statSync(join(certificates, file)).mode & 0o077, 0);
      }
    }
  });

  test('a second time it keeps all; for other names it refuses, unless it is told to', async () => {
    const read = (file: string) => readFileSync(join(certificates, file), 'utf8');
    const [authority, server] = [read('ca.pem'), read('server.pem')];
    const again = await run('certs', '--json');
    assert.equal(JSON.parse(again.out).what, 'kept');
    const named = await run('certs', '--name', 'game.example');
    assert.equal(named.code, 1);
    assert.match(named.err, /--replace/);
    assert.equal(read('server.pem'), server);
    const replaced = await run('certs', '--name', 'game.example', '--replace', '--json');
    assert.deepEqual(JSON.parse(replaced.out).names.slice(0, 1), ['localhost']);
    assert.ok(JSON.parse(replaced.out).names.includes('game.example'));
    assert.notEqual(read('server.pem'), server);
    assert.equal(read('ca.pem'), authority, 'clients need no other');
  });

  test('a name that is none, and a folder that cannot be, are said', async () => {
    assert.equal((await run('certs', '--name', 'a b', '--replace')).code, 2);
    const { code, err } = await run('certs', '--folder', '/dev/null/x');
    assert.equal(code, 1);
    assert.match(err, /cannot be kept/);
  });
});

describe('paperclip guess', () => {
  let server: RunningServer;
  let port = '';
  before(async () => {
    server = await serve({
      ...{ port: 0, udpPort: 0, guess: 0, text: 'off', messenger: 'off', files: 'off' },
      ...{ textTls: 'off', messengerTls: 'off', hosts: 1, shutdownGraceMs: 0 },
      ...{ data, games: [guess], log: silentLog },
    });
    port = String(server.addresses.lines.ports['guess-tls']);
  });
  after(() => server.close());

  /** Plays until it has found the number or has used its attempts. */
  async function playRound(one: Run): Promise<string> {
    let [low, high] = [1, 10];
    for (;;) {
      const number = Math.floor((low + high) / 2);
      one.say(String(number));
      const answer = await one.until(/too small|too high|Congratulations.*|Sorry.*/);
      if (answer === 'too small') low = number + 1;
      else if (answer === 'too high') high = number - 1;
      else return answer;
    }
  }

  test('asks for the mode, plays rounds alone, and leaves by exit', async () => {
    const log = join(folder, 'guess.log');
    const one = start('guess', '--port', port, '--log', log);
    await one.until(/Alone or with everybody\? Type single or multi\./);
    one.say('five');
    await one.until(/Type single or multi, or exit\./);
    one.say('single');
    await one.until(/A number from 1 to 10, 5 attempts\./);
    one.say('11');
    await one.until(/OUT_OF_RANGE/);
    assert.equal(await playRound(one), 'Congratulations, you did it.');
    await one.until(/A number from 1 to 10, 5 attempts\./);
    one.say('exit');
    await one.until(/Alone or with everybody/);
    one.say('exit');
    const { code, err } = await one.done;
    assert.deepEqual([code, err], [0, '']);
    const lines = readFileSync(log, 'utf8').trim().split('\n');
    const classes = new Set(lines.map((line) => line.split(' ')[1]));
    assert.deepEqual([...classes].sort(), ['CONNECTION', 'ERROR', 'GAME', 'RECV', 'SEND']);
  });

  test('everybody in one round, of which each hears the end', async () => {
    const ada = start('guess', '--port', port, '--mode', 'multi');
    const bob = start('guess', '--port', port, '--mode', 'multi', '--json');
    await ada.until(/A number from 1 to 10/);
    await bob.until(/"event":"round"/);
    assert.equal(await playRound(ada), 'Congratulations, you did it.');
    await bob.until(/Some client made answer, start new round\./);
    for (const one of [ada, bob]) one.end();
    assert.equal((await ada.done).code, 0);
    const said = (await bob.done).out.trim().split('\n');
    assert.deepEqual(said.map((line) => JSON.parse(line).event).slice(0, 4), [
      'welcome',
      'round',
      'message',
      'round',
    ]);
  });

  test('in a pipe the lines are the game, and its end leaves', async () => {
    const one = start('guess', '--port', port);
    for (const line of ['single', '0', 'exit', 'multi', '0']) one.say(line);
    one.end();
    const { code, out } = await one.done;
    assert.equal(code, 0);
    assert.equal(out.match(/OUT_OF_RANGE/g)?.length, 2);
  });

  test('a server of another authority is not believed, and none is not reached', async () => {
    const other = join(folder, 'other');
    await run('certs', '--folder', other);
    const wrong = await run('guess', '--port', port, '--ca', join(other, 'ca.pem'));
    assert.equal(wrong.code, 1);
    assert.match(wrong.err, /SERVER_NOT_TRUSTED.*--ca FILE/s);
    const nowhere = await run('guess', '--port', '1');
    assert.match(nowhere.err, /SERVER_UNREACHABLE/);
    assert.equal((await run('guess', '--ca', '/nowhere.pem')).code, 2);
    assert.equal((await run('guess', '--mode', 'both')).code, 2);
  });

  test('its rounds are in the history, and are replayed message by message', async () => {
    const history = await run('history', '--server', server.url, '--game', 'guess', '--json');
    const matches = history.out
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line).match);
    const shared = matches.find((match) => {
      return match.seats.length === 2 && match.seats[0].score === 1;
    });
    const file = join(folder, 'round.json');
    const online = await run('replay', shared.id, '--server', server.url, '--export', file);
    assert.equal(online.code, 0, online.err);
    assert.match(online.out, /step 1 {3}Guest#\d+: \{"number":5\}/);
    assert.match(online.out, /Same end/);
    assert.ok(existsSync(file));
    const offline = await run('replay', '--file', file, '--server', 'http://127.0.0.1:1');
    assert.equal(offline.code, 0, offline.err);
    assert.equal(offline.out, online.out);
    played = { id: shared.id, out: online.out };
    assert.equal(
      (await run('replay', shared.id, '--server', server.url, '--export', file)).code,
      2,
    );
    assert.equal((await run('replay', shared.id, '--file', file)).code, 2);
    writeFileSync(file, '{"format":"paperclip-match-1","match":{},"record":{}}');
    const forged = await run('replay', '--file', file);
    assert.equal(forged.code, 2);
    assert.match(forged.err, /is not a match/);
  });
});

test('when the server has stopped, its data replay the same', async () => {
  const { code, out } = await run('replay', played.id, '--data', data);
  assert.equal(code, 0);
  assert.equal(out, played.out);
  assert.equal((await run('replay', played.id, '--data', join(folder, 'none.sqlite'))).code, 2);
  assert.equal((await run('replay', 'no-such', '--data', data)).code, 1);
});
