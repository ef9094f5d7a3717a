// The bytes of one accepted file, from this disk to the server or from the server to this disk,
// going on after connections that broke. Who offers what to whom is in `chat-files.ts`.

import { createHash } from 'node:crypto';
import { openAsBlob } from 'node:fs';
import { setTimeout as pause } from 'node:timers/promises';
import {
  downloadFile,
  PaperclipError,
  type RunningHash,
  uploadFile,
} from '../../../client/index.ts';
import { ChatMistake } from './chat-mistake.ts';
import { type FileToSend, hasChanged, type PartFile } from './disk-files.ts';

export interface Moving {
  /** Of the server. */
  readonly url: string;
  readonly transferId: string;
  /** Ends it; the rejection is then an AbortError or what the disk said. */
  readonly stop: AbortController;
  readonly onBytes: (bytesDone: number) => void;
  /** Between two attempts. Default: 1 s. */
  readonly wait?: () => Promise<void>;
}

/** With a second between them: as long as the server waits for who was cut off. */
const attemptsMax = 60;
const waitMs = 1_000;
/** Small, so that a slow line sees the bar move. */
const partBytes = 1024 * 1024;

/** No more of the file is read than the connection takes. */
export async function sendFromDisk(file: FileToSend, moving: Moving): Promise<void> {
  const { url, transferId, stop, onBytes } = moving;
  await requireSame(file);
  const blob = await openAsBlob(file.path);
  await uploadFile(blob, {
    url,
    transferId,
    partBytes,
    attemptsMax,
    signal: stop.signal,
    onProgress: onBytes,
    async wait() {
      // A blob of a file that changes cannot be read any more, however often one tries.
      await requireSame(file);
      await waitFor(moving);
    },
  });
}

async function requireSame(file: FileToSend): Promise<void> {
  if (await hasChanged(file)) throw new ChatMistake('it changed or went away meanwhile.');
}

export interface Expected {
  readonly size: number | undefined;
  readonly sha256: string | undefined;
}

/** Resolves with whether there was a checksum; one that is wrong rejects with FILE_FAILED. */
export async function receiveToDisk(
  part: PartFile,
  { size, sha256 }: Expected,
  moving: Moving,
): Promise<boolean> {
  const { url, transferId, stop, onBytes } = moving;
  let bytesDone = 0;
  let refused: unknown;
  try {
    const { bytes, isVerified } = await downloadFile({
      url,
      transferId,
      attemptsMax,
      signal: stop.signal,
      createHash: createSha256,
      ...(sha256 !== undefined && { sha256 }),
      wait: () => waitFor(moving),
      async write(bytes) {
        try {
          bytesDone += bytes.length;
          if (size !== undefined && bytesDone > size) throw wrongSize();
          await part.write(bytes);
        } catch (cause) {
          // Another attempt would not help.
          refused = cause;
          stop.abort();
          throw cause;
        }
      },
      onProgress: onBytes,
    });
    if (size !== undefined && bytes !== size) throw wrongSize();
    return isVerified;
  } catch (cause) {
    throw refused ?? cause;
  }
}

const waitFor = ({ wait, stop }: Moving): Promise<void> =>
  wait?.() ?? pause(waitMs, undefined, { signal: stop.signal });

const wrongSize = (): PaperclipError => new PaperclipError('FILE_FAILED', { reason: 'size' });

function createSha256(): RunningHash {
  const hash = createHash('sha256');
  return { update: (bytes) => void hash.update(bytes), finish: () => hash.digest('hex') };
}
