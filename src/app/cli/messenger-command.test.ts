// `paperclip messenger` as a shell runs it, in pipes, against the true gateway over TCP and TLS.

import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough, Writable } from 'node:stream';
import { test } from 'node:test';
import { inWorld } from '../../gateway/messenger/messenger.fixture.ts';
import { runCli } from './run-cli.ts';

class Shell {
  readonly stdin = new PassThrough();
  readonly code: Promise<number>;
  interrupt = (): void => {};
  #out = '';
  err = '';
  #wake = (): void => {};

  constructor(args: readonly string[], env: Readonly<Record<string, string>> = {}) {
    const sink = (take: (text: string) => void) =>
      new Writable({
        write: (chunk: Buffer, _encoding, done) => {
          take(chunk.toString());
          done();
        },
      });
    this.code = runCli(['messenger', ...args], {
      env,
      stdin: this.stdin,
      stdout: sink((text) => {
        this.#out += text;
        this.#wake();
      }),
      stderr: sink((text) => {
        this.err += text;
      }),
      onInterrupt: (listener) => {
        this.interrupt = listener;
        return () => {};
      },
    });
  }

  types(...lines: readonly string[]): void {
    for (const line of lines) this.stdin.write(`${line}\n`);
  }

  /** Everything up to this, which is taken away. */
  async until(text: string): Promise<string> {
    for (;;) {
      const at = this.#out.indexOf(text);
      if (at >= 0) {
        const taken = this.#out.slice(0, at + text.length);
        this.#out = this.#out.slice(taken.length);
        return taken;
      }
      await new Promise<void>((done) => {
        this.#wake = done;
      });
    }
  }

  async rest(): Promise<string> {
    await this.code;
    return this.#out;
  }
}

test(
  'a whole session from a file: name, password, commands, and the end logs out',
  inWorld(
    async (world) => {
      const shell = new Shell(['--port', `${world.port}`]);
      shell.stdin.end('hans\ncorrect horse\nwhoelse\nmessage nobody hi\nfoo\nhelp\n');
      const out = await shell.rest();
      assert.equal(await shell.code, 0);
      assert.match(out, /^Welcome, hans\. This is Paperclip 1\.2\.3\.\nType `help`/);
      assert.match(out, /\nNobody else\.\nThere is no user nobody\.\nThere is no command foo\./);
      assert.match(out, /\nGoodbye, hans\.\n$/);
      assert.doesNotMatch(out, /correct horse/);
    },
    { transport: 'tcp' },
  ),
);

test(
  'two who talk in private go on when the server has gone, and end with each other',
  inWorld(
    async (world) => {
      const env = { PAPERCLIP_PASSWORD: 'correct horse' };
      const enter = async (name: string) => {
        const shell = new Shell(['--port', `${world.port}`, '--name', name], env);
        await shell.until('Type `help`');
        return shell;
      };
      const hans = await enter('hans');
      const yoda = await enter('yoda');
      await hans.until('yoda has logged in.');
      hans.types('startprivate yoda');
      await yoda.until('hans wants a private connection: yes or no?');
      yoda.types('yes');
      await hans.until('Private connection with yoda (encrypted).');
      await yoda.until('Private connection with hans (encrypted).');
      await world.gateway.close();
      await hans.until('The server is shutting down: goodbye.');
      await yoda.until('The server is shutting down: goodbye.');
      hans.types('private yoda still \u001b[2Jhere');
      await yoda.until('hans (private): still \ufffd[2Jhere');
      yoda.types('stopprivate hans');
      await hans.until('The private connection with yoda has ended.');
      assert.deepEqual(await Promise.all([hans.code, yoda.code]), [0, 0]);
    },
    { transport: 'tcp' },
  ),
);

test(
  'TLS with an authority of one’s own, and --json for programs',
  inWorld(
    async (world) => {
      const folder = await mkdtemp(join(tmpdir(), 'paperclip-messenger-'));
      const ca = join(folder, 'ca.pem');
      await writeFile(ca, world.authority);
      const args = ['--tls', '--port', `${world.port}`, '--json'];
      const shell = new Shell([...args, '--ca', ca]);
      shell.stdin.end('hans\ncorrect horse\nwhoelse\n');
      const events = (await shell.rest())
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line));
      assert.equal(await shell.code, 0);
      assert.deepEqual(events.slice(0, 3), [
        { event: 'needs-password', isNew: true },
        { event: 'logged-in', text: 'Welcome, hans. This is Paperclip 1.2.3.' },
        { event: 'names', names: [] },
      ]);
      // An authority that nobody has heard of is not believed.
      const strict = new Shell(args);
      assert.equal(await strict.code, 1);
      assert.match(strict.err, /SERVER_UNREACHABLE/);
      await rm(folder, { recursive: true });
    },
    { transport: 'tls' },
  ),
);

test(
  'a wrong password in a pipe, no server, wrong flags and Ctrl-C have their exit codes',
  inWorld(
    async (world) => {
      await world.platform.register('yoda');
      const wrong = new Shell(['--port', `${world.port}`]);
      wrong.stdin.end('yoda\nwrong\nwhoelse\n');
      assert.equal(await wrong.code, 1);
      assert.match(await wrong.rest(), /^The password is wrong\.\n$/);
      const nobody = new Shell(['--port', '4']);
      assert.equal(await nobody.code, 1);
      assert.match(nobody.err, /SERVER_UNREACHABLE.*localhost:4/);
      for (const args of [
        ['--ca', 'x'],
        ['--port', '0'],
        ['--tls', '--ca', '/no/such.pem'],
        ['x'],
      ]) {
        assert.equal(await new Shell(args).code, 2);
      }
      const polite = new Shell(['--port', `${world.port}`, '--name', 'yoda']);
      polite.types('correct horse');
      await polite.until('Type `help`');
      polite.interrupt();
      await polite.until('Goodbye, yoda.');
      assert.equal(await polite.code, 0);
    },
    { transport: 'tcp' },
  ),
);
