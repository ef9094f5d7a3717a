// `paperclip serve` as a person and a script meet it: what it prints, how it ends, its exit codes.

import assert from 'node:assert/strict';
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { runServe, type ServeHost } from './serve-command.ts';

const quiet = ['--port=0', '--udp-port=0', '--hosts=1', '--data=:memory:', '--log-level=silent'];

class FakeHost implements ServeHost {
  readonly env: Record<string, string> = {};
  readonly exits: number[] = [];
  out = '';
  err = '';
  time = 0;
  #listener: (signal: string) => void = () => {};
  readonly #printed = Promise.withResolvers<void>();

  readonly stdout = {
    write: (text: string) => {
      this.out += text;
      this.#printed.resolve();
    },
  };
  readonly stderr = { write: (text: string) => (this.err += text) };

  /** Resolves with the first output. */
  async printed(): Promise<string> {
    await this.#printed.promise;
    return this.out;
  }

  onSignal(listener: (signal: string) => void): () => void {
    this.#listener = listener;
    return () => {
      this.#listener = () => {};
    };
  }

  signal(afterMs = 0): void {
    this.time += afterMs;
    this.#listener('SIGINT');
  }

  nowMs(): number {
    return this.time;
  }

  exit(code: number): void {
    this.exits.push(code);
  }
}

describe('paperclip serve', () => {
  test('--help prints the settings and starts nothing', async () => {
    for (const flag of ['--help', '-h']) {
      const host = new FakeHost();
      assert.equal(await runServe([flag, '--nonsense'], host), 0);
      assert.match(host.out, /^Runs a server.*--udp-port PORT/s);
      assert.equal(host.err, '');
    }
  });

  test('what to type next finds the games of a folder again', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'paperclip-serve-'));
    try {
      const rules = join(import.meta.dirname, '../../../games/rps/rules.ts');
      writeFileSync(
        join(folder, 'rps.ts'),
        `/* defineGame */ export * from ${JSON.stringify(rules)};`,
      );
      for (const [argv, next] of [
        [[folder], ` --games ${folder}\n`],
        [[], '\n'],
      ] as const) {
        const host = new FakeHost();
        const ended = runServe([...quiet, ...argv], host);
        const line = / play (?:rps|guess) --server http:\S+(.*\n)/.exec(await host.printed());
        assert.equal(line?.[1], next);
        host.signal();
        assert.equal(await ended, 0);
      }
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  test('--json prints one line with every address, and ends on a signal', async () => {
    const host = new FakeHost();
    const ended = runServe([...quiet, '--json'], host);
    const text = await host.printed();
    assert.equal(text.trimEnd().split('\n').length, 1);
    const line = JSON.parse(text) as Record<string, unknown> & { readonly url: string };
    assert.equal(line['event'], 'listening');
    assert.match(line.url, /^http:\/\/127\.0\.0\.1:\d+$/);
    assert.equal(line['webSocketUrl'], `${line.url.replace('http', 'ws')}/v1/ws`);
    const [udp] = line['hosts'] as readonly Record<string, unknown>[];
    assert.deepEqual([udp?.['hostId'], udp?.['address']], ['host-1', '127.0.0.1']);
    assert.ok((line['games'] as readonly string[]).includes('rps'));
    assert.equal((await fetch(`${line.url}/ready`)).status, 200);
    host.signal();
    assert.equal(await ended, 0);
    await assert.rejects(fetch(`${line.url}/health`));
  });

  test('tells a person where to look and what to type next', async () => {
    const host = new FakeHost();
    const ended = runServe(quiet, host);
    const text = await host.printed();
    const url = /HTTP, WebSocket +(\S+)/.exec(text)?.[1];
    assert.match(text, /matches \(UDP\) +127\.0\.0\.1:\d+/);
    assert.match(text, /database +:memory:/);
    assert.ok(text.includes(`play guess --server ${url}`));
    host.signal();
    assert.equal(await ended, 0);
  });

  test('says where Paperclip 0 is, when it is on', async () => {
    for (const [argv, pattern] of [
      [['--json'], /"classic":\{"host":"127\.0\.0\.1","port":[1-9]\d*\}/],
      [[], /Paperclip 0 \(UDP\) +127\.0\.0\.1:[1-9]\d*\n/],
    ] as const) {
      const host = new FakeHost();
      const ended = runServe([...quiet, '--classic', ...argv], host);
      assert.match(await host.printed(), pattern);
      host.signal();
      assert.equal(await ended, 0);
    }
  });

  test('takes one Ctrl-C that npm passes on for one, and a second one at its word', async () => {
    const host = new FakeHost();
    const ended = runServe([...quiet, '--json'], host);
    await host.printed();
    host.signal();
    host.signal(100);
    assert.deepEqual(host.exits, []);
    host.signal(1_000);
    assert.deepEqual(host.exits, [130]);
    assert.equal(await ended, 0);
  });

  test('refuses wrong settings with 2, one sentence for each', async () => {
    const host = new FakeHost();
    host.env['PAPERCLIP_HOSTS'] = 'many';
    assert.equal(await runServe(['--prot=1', '--port=x'], host), 2);
    assert.equal(host.out, '');
    assert.deepEqual(host.err.trimEnd().split('\n'), [
      'There is no flag --prot. Did you mean --port?',
      '--port must be a whole number from 0 to 65535.',
      'PAPERCLIP_HOSTS must be a whole number from 1 to 64.',
      'Nothing was started. See `paperclip serve --help`.',
    ]);
  });

  test('refuses to be reached by others with secrets of one run', async () => {
    const host = new FakeHost();
    const argv = [...quiet, '--host=0.0.0.0', '--public-address=game.example'];
    assert.equal(await runServe(argv, host), 2);
    assert.match(host.err, /secrets last for this run only/);
  });

  test('says what is in the way with 1: a port that is taken, a file that is no store', async () => {
    const other = createServer().listen(0, '127.0.0.1');
    await once(other, 'listening');
    const taken = other.address();
    const port = typeof taken === 'object' && taken !== null ? taken.port : 0;
    const host = new FakeHost();
    assert.equal(await runServe([...quiet, `--port=${port}`], host), 1);
    other.close();
    assert.match(host.err, new RegExp(`^127\\.0\\.0\\.1:${port} is taken.*Give --port`));
    const socket = createSocket('udp4').bind(0, '127.0.0.1');
    await once(socket, 'listening');
    const udpPort = socket.address().port;
    const third = new FakeHost();
    assert.equal(await runServe([...quiet, `--udp-port=${udpPort}`], third), 1);
    socket.close();
    assert.match(third.err, new RegExp(`127\\.0\\.0\\.1:${udpPort} is taken.*--udp-port`));

    const folder = mkdtempSync(join(tmpdir(), 'paperclip-serve-'));
    const file = join(folder, 'p.sqlite');
    writeFileSync(file, 'this is no database, and longer than a header of one would be'.repeat(9));
    const second = new FakeHost();
    assert.equal(await runServe([...quiet, `--data=${file}`], second), 1);
    assert.match(second.err, /^The server could not start: .*p\.sqlite/);
    rmSync(folder, { recursive: true });
  });
});
