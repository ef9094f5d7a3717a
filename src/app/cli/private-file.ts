// A file that only its owner may read: written whole or not at all, and changed by one process at a
// time. What is in it is the caller's.

import { randomUUID } from 'node:crypto';
import { mkdir, open, readFile, rename, rm, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

/** A holder that died leaves its lock behind; what is done under it takes far less than this. */
const lockStaleMs = 20_000;
const lockRetryMs = 50;

export class PrivateFile {
  readonly path: string;

  constructor(path: string) {
    this.path = path;
  }

  /** Undefined when it is not there. Rejects when it is and cannot be read. */
  async read(): Promise<string | undefined> {
    try {
      return await readFile(this.path, 'utf8');
    } catch (cause) {
      if (isCode(cause, 'ENOENT')) return undefined;
      throw cause;
    }
  }

  /** Never readable by others, not even for a moment; there after a crash once it resolves. */
  async write(text: string): Promise<void> {
    await this.#makeFolder();
    const draft = `${this.path}.${randomUUID()}`;
    const file = await open(draft, 'wx', 0o600);
    try {
      await file.writeFile(text);
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(draft, this.path);
  }

  async locked<T>(run: () => Promise<T>): Promise<T> {
    await this.#makeFolder();
    const lock = `${this.path}.lock`;
    for (;;) {
      const held = await open(lock, 'wx', 0o600).catch((cause: unknown) => {
        if (isCode(cause, 'EEXIST')) return undefined;
        throw cause;
      });
      if (held !== undefined) {
        try {
          return await run();
        } finally {
          await held.close();
          await rm(lock, { force: true });
        }
      }
      const info = await stat(lock).catch(() => undefined);
      if (info !== undefined && Date.now() - info.mtimeMs > lockStaleMs) {
        await rm(lock, { force: true });
      } else await sleep(lockRetryMs);
    }
  }

  #makeFolder(): Promise<unknown> {
    return mkdir(dirname(this.path), { recursive: true, mode: 0o700 });
  }
}

const isCode = (cause: unknown, code: string): boolean =>
  cause instanceof Error && 'code' in cause && cause.code === code;
