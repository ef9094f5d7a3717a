// Sending and receiving the bytes of a file whose transfer both sides have agreed on, over HTTP:
// with progress, and going on after a connection that broke. It works where `fetch` and `Blob`
// do; in Node, `fs.openAsBlob` makes a Blob of a file without reading it.
//
// It does NOT offer or answer files: those are the commands `file.offer` and `file.answer`.

import { parseJson } from '../base/json.ts';
import { PaperclipError } from '../contract/errors.ts';
import { ClientError } from './client-error.ts';
import { remoteError, serverUrl, urlText } from './http-caller.ts';

export interface TransferOptions {
  /** Of the server. */
  readonly url: string;
  readonly transferId: string;
  readonly onProgress?: (bytesDone: number, bytesInAll: number | undefined) => void;
  readonly signal?: AbortSignal;
  /** Attempts in a row that move nothing before it gives up. Default 5. */
  readonly attemptsMax?: number;
  /** Between two attempts. Default: 500 ms. */
  readonly wait?: () => Promise<void>;
}

export interface UploadOptions extends TransferOptions {
  /**
   * A request each: so there is progress to tell, also where bodies cannot be streamed. Smaller
   * ones tell more often, and wait for more answers. Default 8 MiB.
   */
  readonly partBytes?: number;
}

/** As `node:crypto` has it behind a few lines; browsers have none that takes pieces. */
export interface RunningHash {
  update(bytes: Uint8Array): void;
  /** In lower-case hex. */
  finish(): string;
}

export interface DownloadOptions extends TransferOptions {
  /** Takes the bytes in order; the next come when it is done. */
  readonly write: (bytes: Uint8Array) => void | Promise<void>;
  /** What the sender said. Default: what the server says that the sender said. */
  readonly sha256?: string;
  /** SHA-256. Without it the server's own check has to do. */
  readonly createHash?: () => RunningHash;
}

const partBytesDefault = 8 * 1024 * 1024;
const attemptsDefault = 5;
const waitDefaultMs = 500;

/** Resolves when the server has taken all of it and found it to be as it was offered. */
export async function uploadFile(file: Blob, options: UploadOptions): Promise<void> {
  const url = bytesUrl(options);
  const partBytes = options.partBytes ?? partBytesDefault;
  let offset = 0;
  await withAttempts(options, async (moved) => {
    if (moved.isRepeat) offset = await offsetOf(url, options);
    // All was taken, and only the answer was lost.
    if (moved.isRepeat && offset === file.size) return;
    for (;;) {
      const end = Math.min(file.size, offset + partBytes);
      const response = await fetch(url, {
        method: 'PUT',
        body: file.slice(offset, end),
        headers: {
          'upload-offset': String(offset),
          'upload-complete': end === file.size ? '?1' : '?0',
        },
        ...signalOf(options),
      });
      await requireOk(response);
      offset = end;
      moved.mark();
      options.onProgress?.(offset, file.size);
      if (offset === file.size) return;
    }
  });
}

export interface Downloaded {
  readonly bytes: number;
  /** Compared here and found right; false: nothing to compare, or nothing to do it with. */
  readonly isVerified: boolean;
}

/** Rejects with FILE_FAILED when the bytes are not those that the sender offered. */
export async function downloadFile(options: DownloadOptions): Promise<Downloaded> {
  const url = bytesUrl(options);
  const hash = options.createHash?.();
  let expected = options.sha256?.toLowerCase();
  let size: number | undefined;
  let done = 0;
  await withAttempts(options, async (moved) => {
    if (done > 0 && done === size) return;
    const headers: Record<string, string> = done === 0 ? {} : { range: `bytes=${done}-` };
    const response = await fetch(url, { headers, ...signalOf(options) });
    await requireOk(response);
    const length = response.headers.get('content-length');
    if (length !== null) size = done + Number(length);
    expected ??= digestIn(response.headers.get('repr-digest'));
    for await (const bytes of response.body ?? []) {
      hash?.update(bytes);
      await options.write(bytes);
      done += bytes.length;
      moved.mark();
      options.onProgress?.(done, size);
    }
  });
  if (hash === undefined || expected === undefined) return { bytes: done, isVerified: false };
  if (hash.finish() !== expected) throw new PaperclipError('FILE_FAILED', { reason: 'checksum' });
  return { bytes: done, isVerified: true };
}

interface Moved {
  readonly isRepeat: boolean;
  mark(): void;
}

/** Again after a broken connection, as long as something moves. What the server says is final. */
async function withAttempts(
  options: TransferOptions,
  attempt: (moved: Moved) => Promise<void>,
): Promise<void> {
  const wait = options.wait ?? (() => new Promise<void>((go) => setTimeout(go, waitDefaultMs)));
  let isRepeat = false;
  for (let left = options.attemptsMax ?? attemptsDefault; ; left--) {
    try {
      await attempt({
        isRepeat,
        mark: () => {
          left = options.attemptsMax ?? attemptsDefault;
        },
      });
      return;
    } catch (cause) {
      if (options.signal?.aborted) throw cause;
      if (cause instanceof PaperclipError && cause.code !== 'FILE_OFFSET_WRONG') throw cause;
      if (left <= 1) throw cause instanceof PaperclipError ? cause : unreachable(options, cause);
    }
    isRepeat = true;
    await wait();
  }
}

async function offsetOf(url: string, options: TransferOptions): Promise<number> {
  const response = await fetch(url, { method: 'HEAD', ...signalOf(options) });
  // An answer to HEAD has no body that could say more.
  if (response.status === 404) throw new PaperclipError('FILE_NOT_FOUND');
  return Number(response.headers.get('upload-offset'));
}

async function requireOk(response: Response): Promise<void> {
  if (response.ok) return;
  const parsed = parseJson(await response.text());
  const body = parsed.ok && typeof parsed.value === 'object' ? parsed.value : undefined;
  const error = body && 'error' in body ? remoteError(body.error) : undefined;
  throw (
    error ??
    new ClientError('NOT_PAPERCLIP', { url: response.url, problem: `status ${response.status}` })
  );
}

const bytesUrl = ({ url, transferId }: TransferOptions): string =>
  `${urlText(serverUrl(url))}/v1/files/${encodeURIComponent(transferId)}`;

const signalOf = ({ signal }: TransferOptions): { readonly signal?: AbortSignal } =>
  signal === undefined ? {} : { signal };

function unreachable({ url }: TransferOptions, cause: unknown): unknown {
  if (cause instanceof ClientError) return cause;
  const problem = cause instanceof Error ? cause.message : String(cause);
  return new ClientError('SERVER_UNREACHABLE', { url, problem }, cause);
}

/** RFC 9530: `sha-256=:<base64>:`. */
function digestIn(header: string | null): string | undefined {
  const [, base64] = /sha-256=:([A-Za-z0-9+/=]+):/.exec(header ?? '') ?? [];
  if (base64 === undefined) return undefined;
  const bytes = Uint8Array.from(atob(base64), (sign) => sign.charCodeAt(0));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');
}
