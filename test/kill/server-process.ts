// A real `paperclip serve` in a process of its own, which can be killed like by a power cut.

import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

const root = join(import.meta.dirname, '../..');

export class ServerProcess {
  readonly url: string;
  readonly #child: ChildProcess;
  readonly #ended: Promise<unknown>;

  private constructor(url: string, child: ChildProcess, ended: Promise<unknown>) {
    this.url = url;
    this.#child = child;
    this.#ended = ended;
  }

  /** Resolves when it listens; rejects with what it said when it cannot. */
  static async start(data: string, more: readonly string[] = []): Promise<ServerProcess> {
    // Clients name their address themselves, so that one machine can be many players.
    const flags = ['--port', '0', '--udp-port', '0', '--hosts', '1', '--trust-proxy', '127.0.0.1'];
    flags.push(...more);
    const child = spawn(
      process.execPath,
      [join(root, 'src/app/cli/main.ts'), 'serve', '--json', '--data', data, ...flags],
      {
        cwd: root,
        stdio: ['ignore', 'pipe', 'pipe'],
        env: { ...process.env, PAPERCLIP_LOG_LEVEL: 'warn' },
      },
    );
    const ended = once(child, 'exit');
    let said = '';
    child.stderr.on('data', (text: Buffer) => {
      said = `${said}${text}`.slice(-4000);
    });
    const lines = createInterface({ input: child.stdout });
    const failed = ended.then(() =>
      Promise.reject(new Error(`the server did not start:\n${said}`)),
    );
    const [line] = (await Promise.race([once(lines, 'line'), failed])) as [string];
    failed.catch(() => undefined);
    const { url } = JSON.parse(line) as { url: string };
    return new ServerProcess(url, child, ended);
  }

  async kill(): Promise<void> {
    this.#child.kill('SIGKILL');
    await this.#ended;
  }

  /** Its exit code. */
  async stop(): Promise<number | null> {
    this.#child.kill('SIGTERM');
    await this.#ended;
    return this.#child.exitCode;
  }
}
