// The keys of connections, for tools that look at captured packets (`docs/protocol/debugging.md`):
// one line each, in the spirit of SSLKEYLOGFILE.
//
//   PAPERCLIP1 <client id 8> <host id 8> <client to host key 64> <host to client key 64>, all hex
//
// They are the first keys; the later ones follow from them.

import { constants } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { emitWarning } from 'node:process';
import { toHex } from '../base/bytes.ts';
import type { ConnectionSetup } from '../protocol/paperclip/parameters.ts';

/** Lines that wait for the disk; past it, they are lost. */
export const keyLogWaitingMax = 1024;

export function keyLogLine(setup: ConnectionSetup): string {
  const { role, localConnectionId, remoteConnectionId, sealKey, openKey } = setup;
  const id = (number: number) => number.toString(16).padStart(8, '0');
  const fields =
    role === 'client'
      ? [id(localConnectionId), id(remoteConnectionId), toHex(sealKey), toHex(openKey)]
      : [id(remoteConnectionId), id(localConnectionId), toHex(openKey), toHex(sealKey)];
  return `PAPERCLIP1 ${fields.join(' ')}\n`;
}

export class KeyLog {
  readonly #path: string;
  readonly #waiting: string[] = [];
  #isBusy = false;
  #written: Promise<void> | undefined;

  constructor(path: string) {
    this.#path = path;
    emitWarning(
      `the keys of all connections are written to ${path}: who reads it reads everything`,
    );
  }

  add(setup: ConnectionSetup): void {
    if (this.#waiting.length >= keyLogWaitingMax) return;
    this.#waiting.push(keyLogLine(setup));
    if (!this.#isBusy) this.#written = this.#drain();
  }

  /** What was added so far is in the file, or lost with a warning. */
  get written(): Promise<void> {
    return this.#written ?? Promise.resolve();
  }

  async #drain(): Promise<void> {
    this.#isBusy = true;
    let file: FileHandle | undefined;
    try {
      file = await openPrivate(this.#path);
      while (this.#waiting.length > 0) await file.appendFile(this.#waiting.splice(0).join(''));
    } catch (error) {
      this.#waiting.length = 0;
      emitWarning(`the key log ${this.#path}: ${error instanceof Error ? error.message : error}`);
    } finally {
      this.#isBusy = false;
      // A disk may say only now that it is full. What it kept was warned of already.
      await file?.close().catch(() => undefined);
    }
  }
}

/**
 * Its owner's alone, also when it was there before; never through a link that somebody laid, and no
 * pipe that would wait for its reader.
 */
async function openPrivate(path: string): Promise<FileHandle> {
  const { O_APPEND, O_CREAT, O_WRONLY, O_NOFOLLOW, O_NONBLOCK } = constants;
  const flags = O_APPEND | O_CREAT | O_WRONLY | (O_NOFOLLOW ?? 0) | (O_NONBLOCK ?? 0);
  const file = await open(path, flags, 0o600);
  try {
    // A device is others' too: its permissions are not ours to change.
    if (!(await file.stat()).isFile()) throw new Error('it is not a file');
    await file.chmod(0o600);
    return file;
  } catch (error) {
    await file.close();
    throw error;
  }
}
