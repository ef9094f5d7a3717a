// Files on this disk: one that is to be sent, and the part of one that comes. What is refused is a
// `ChatMistake` with a sentence. Nothing that exists is ever written over, and a file has its
// name only when it is whole.

import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { type FileHandle, lstat, open, rename, rm, stat, statfs } from 'node:fs/promises';
import { homedir } from 'node:os';
import { basename, dirname, join, resolve, sep } from 'node:path';
import { bytes as amount } from '../terminal.ts';
import { ChatMistake } from './chat-mistake.ts';
import { harmless } from './chat-text.ts';
import { localFileName, numberedName } from './local-file-name.ts';

export interface FileToSend {
  readonly path: string;
  readonly name: string;
  readonly size: number;
  readonly mtimeMs: number;
}

/** As typed: `~/x` and quotes are understood, since no shell does it here. */
export function typedPath(typed: string, folder: string): string {
  const bare = /^(["'])(.+)\1$/.exec(typed.trim())?.[2] ?? typed.trim();
  const isHome = bare === '~' || bare.startsWith('~/');
  return isHome ? join(homedir(), bare.slice(2)) : resolve(folder, bare);
}

export async function fileToSend(typed: string): Promise<FileToSend> {
  const path = typedPath(typed, '.');
  const shown = harmless(typed);
  try {
    const facts = await stat(path);
    if (facts.isDirectory()) throw new ChatMistake(`${shown} is a folder: only files are sent.`);
    if (!facts.isFile()) throw new ChatMistake(`${shown} is no ordinary file.`);
    return { path, name: basename(path), size: facts.size, mtimeMs: facts.mtimeMs };
  } catch (cause) {
    throw diskMistake(cause, shown);
  }
}

/** Of all of it, in pieces: a large file does not fill the memory. */
export async function sha256Of(file: FileToSend, signal: AbortSignal): Promise<string> {
  const hash = createHash('sha256');
  try {
    for await (const part of createReadStream(file.path, { signal })) hash.update(part);
  } catch (cause) {
    if (signal.aborted) throw new ChatMistake(`${harmless(file.name)} was not sent.`);
    throw diskMistake(cause, harmless(file.name));
  }
  if (await hasChanged(file)) {
    throw new ChatMistake(`${harmless(file.name)} changed while it was read: try again.`);
  }
  return hash.digest('hex');
}

/** Since it was looked at; also when it is gone. */
export async function hasChanged(file: FileToSend): Promise<boolean> {
  const now = await stat(file.path).catch(() => undefined);
  return now === undefined || now.size !== file.size || now.mtimeMs !== file.mtimeMs;
}

export interface Place {
  readonly folder: string;
  readonly name: string;
}

/** A stranger's name stays in `folder`; `as` is what its receiver typed, and may lead out. */
export async function placeFor(folder: string, name: string, as?: string): Promise<Place> {
  const safe = localFileName(name);
  if (as === undefined) return { folder: resolve(folder), name: safe };
  const path = typedPath(as, folder);
  const isFolder = await stat(path).then(
    (facts) => facts.isDirectory(),
    () => as.endsWith('/') || as.endsWith(sep),
  );
  return isFolder ? { folder: path, name: safe } : { folder: dirname(path), name: basename(path) };
}

/** Names that are tried before it gives up: `name (10000)`. */
const namesTriedMax = 10_000;

export class PartFile {
  readonly #place: Place;
  readonly #path: string;
  readonly #file: FileHandle;
  #isOpen = true;

  private constructor(place: Place, path: string, file: FileHandle) {
    this.#place = place;
    this.#path = path;
    this.#file = file;
  }

  static async open(place: Place, size: number | undefined): Promise<PartFile> {
    await requireRoom(place.folder, size);
    return firstFree(place, async (path) => {
      if (await exists(path)) return undefined;
      const part = `${path}.part`;
      const file = await openNew(part);
      return file && new PartFile(place, part, file);
    });
  }

  async write(bytes: Uint8Array): Promise<void> {
    try {
      for (let at = 0; at < bytes.length; ) {
        at += (await this.#file.write(bytes, at)).bytesWritten;
      }
    } catch (cause) {
      throw diskMistake(cause, harmless(this.#place.folder));
    }
  }

  /** It is whole: it gets its name. Resolves with the path. */
  async keep(): Promise<string> {
    await this.#close();
    return firstFree(this.#place, async (path) => {
      // Taken first, since a rename writes over what came there meanwhile.
      const taken = await openNew(path);
      if (taken === undefined) return undefined;
      await taken.close();
      await rename(this.#path, path);
      return path;
    });
  }

  async drop(): Promise<void> {
    await this.#close();
    await rm(this.#path, { force: true });
  }

  async #close(): Promise<void> {
    if (!this.#isOpen) return;
    this.#isOpen = false;
    await this.#file.close();
  }
}

async function firstFree<T>(
  { folder, name }: Place,
  use: (path: string) => Promise<T | undefined>,
): Promise<T> {
  try {
    for (let number = 1; number <= namesTriedMax; number++) {
      const used = await use(join(folder, numberedName(name, number)));
      if (used !== undefined) return used;
    }
  } catch (cause) {
    throw diskMistake(cause, harmless(folder));
  }
  throw new ChatMistake(`${harmless(folder)} is full of files called ${harmless(name)}.`);
}

/** Undefined: there is something of that name. */
async function openNew(path: string): Promise<FileHandle | undefined> {
  try {
    return await open(path, 'wx');
  } catch (cause) {
    if (codeOf(cause) === 'EEXIST') return undefined;
    throw cause;
  }
}

/** What may not be looked at says so when it is opened. */
const exists = (path: string): Promise<boolean> =>
  lstat(path).then(
    () => true,
    () => false,
  );

async function requireRoom(folder: string, size = 0): Promise<void> {
  // Not every file system tells; then the writing will.
  const facts = await statfs(folder).catch(() => undefined);
  if (facts === undefined) return;
  const free = facts.bavail * facts.bsize;
  if (size <= free) return;
  throw new ChatMistake(
    `${harmless(folder)} has no room: ${amount(size)} are to come, and ${amount(free)} are free.`,
  );
}

const sentences: Readonly<Record<string, string>> = {
  ENOENT: 'is not there.',
  ENOTDIR: 'is not there.',
  EACCES: 'may not be used by you.',
  EPERM: 'may not be used by you.',
  EROFS: 'can only be read.',
  EISDIR: 'is a folder.',
  ENOSPC: 'is full: there is no room on the disk.',
  EDQUOT: 'is full: you may store no more on that disk.',
  EFBIG: 'cannot hold a file that large.',
  ENAMETOOLONG: 'has too long a name.',
  EMFILE: 'cannot be opened: too many files are open.',
};

/** What the disk refused, as a sentence about `what`; anything else as it is. */
function diskMistake(cause: unknown, what: string): unknown {
  const code = codeOf(cause);
  if (code === undefined || cause instanceof ChatMistake) return cause;
  return new ChatMistake(`${what} ${sentences[code] ?? `cannot be used (${code}).`}`);
}

const codeOf = (cause: unknown): string | undefined =>
  cause instanceof Error && 'code' in cause && typeof cause.code === 'string'
    ? cause.code
    : undefined;
