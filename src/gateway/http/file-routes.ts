// The bytes of files over HTTP, streamed both ways and held back by the slower side. Who has the
// transfer's id may send or receive; there is no session to show, so that any HTTP client can do
// it. Names follow the IETF's resumable uploads (draft-ietf-httpbis-resumable-upload) where they
// fit.

import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { PaperclipError } from '../../contract/errors.ts';
import type {
  FileBytes,
  FileRefusal,
  FileSideEnd,
  FileStat,
} from '../../domain/file/file-bytes.ts';
import { badRequest } from '../failure.ts';

export const fileMethods = ['GET', 'HEAD', 'PUT'] as const;

const url = '/v1/files/:transferId';

export const isFilePath = (path: string): boolean => /^\/v1\/files\/[^/]+$/.test(path);

/** `uploads` gets the sockets whose requests take as long as a file does. */
export function addFileRoutes(
  app: FastifyInstance,
  files: FileBytes,
  uploads: WeakSet<object>,
): void {
  // In a scope of its own, since here bodies of any type stay unread until the handler reads them.
  app.register(async (scope) => {
    scope.removeAllContentTypeParsers();
    scope.addContentTypeParser('*', (_request, _payload, done) => done(null));
    scope.head(url, async (request, reply) => {
      const stat = statOf(files, idOf(request));
      return reply.code(204).headers(uploadHeaders(stat.taken, stat)).send();
    });
    scope.put(url, { bodyLimit: Number.MAX_SAFE_INTEGER }, async (request, reply) => {
      uploads.add(request.raw.socket);
      try {
        return await upload(request, reply, files);
      } finally {
        uploads.delete(request.raw.socket);
      }
    });
    scope.get(url, { exposeHeadRoute: false }, async (request, reply) => {
      download(request, reply, files);
      return reply;
    });
  });
}

async function upload(request: FastifyRequest, reply: FastifyReply, files: FileBytes) {
  const transferId = idOf(request);
  const offset = offsetHeader(request.headers['upload-offset']);
  // Structured field: `?0` says that more will come in another request.
  const isPart = request.headers['upload-complete'] === '?0';
  const before = statOf(files, transferId);
  const end = await receive(request.raw, files, transferId, offset, isPart);
  if (end === 'done' || end === 'part') {
    const isComplete = end === 'done';
    const taken = files.stat(transferId)?.taken ?? before.size ?? 0;
    return reply
      .headers(uploadHeaders(taken, { ...before, isComplete }))
      .send({ offset: taken, complete: isComplete });
  }
  // What is left of the body would be read to its end otherwise.
  reply.header('connection', 'close');
  if (end === 'offset') {
    const { taken } = before;
    reply.headers(uploadHeaders(taken, before));
    throw new PaperclipError('FILE_OFFSET_WRONG', { offset: taken });
  }
  if (end === 'unknown') throw new PaperclipError('FILE_NOT_FOUND');
  throw new PaperclipError('FILE_FAILED', { reason: end });
}

type UploadEnd = FileSideEnd | FileRefusal | 'part' | 'aborted';

/** Resolves when the file is taken, this part of it is, or there is no going on. */
function receive(
  body: FastifyRequest['raw'],
  files: FileBytes,
  transferId: string,
  offset: number,
  isPart: boolean,
): Promise<UploadEnd> {
  const { promise, resolve } = Promise.withResolvers<UploadEnd>();
  const source = files.openSource(transferId, offset, {
    resume: () => body.resume(),
    closed(end) {
      resolve(end);
      // More than was offered: thrown away, so that the answer can be read.
      if (end === 'done') body.resume();
    },
  });
  if (typeof source === 'string') return Promise.resolve(source);
  body.on('data', (bytes: Uint8Array) => {
    if (!source.push(bytes)) body.pause();
  });
  body.on('end', () => {
    if (!isPart) return source.finish();
    source.detach();
    resolve('part');
  });
  const lost = () => {
    source.detach();
    resolve('aborted');
  };
  body.on('error', lost);
  body.on('close', lost);
  return promise;
}

function download(request: FastifyRequest, reply: FastifyReply, files: FileBytes): void {
  const transferId = idOf(request);
  const stat = statOf(files, transferId);
  const offset = rangeStart(request.headers.range);
  const from = offset ?? 0;
  const isPastEnd = offset !== undefined && offset === stat.size;
  if (from < stat.replayFrom || from > stat.given || isPastEnd) {
    reply.header('content-range', `bytes */${stat.size ?? '*'}`);
    throw new PaperclipError('FILE_RANGE_GONE', { from: stat.replayFrom, to: stat.given });
  }
  reply.hijack();
  const response = reply.raw;
  // What the hooks have set; a hijacked reply sends none of it by itself.
  for (const [name, value] of Object.entries(reply.getHeaders())) {
    if (value !== undefined) response.setHeader(name, value);
  }
  response.writeHead(offset === undefined ? 200 : 206, downloadHeaders(stat, offset));
  // The receiver sees that the transfer is there, before there is a byte of it.
  response.flushHeaders();
  const sink = files.openSink(transferId, from, {
    write: (bytes) => void response.write(bytes),
    get bufferedBytes() {
      return response.writableLength;
    },
    // Cut off and not ended: a failed file must not look like a whole one.
    closed: (end) => void (end === 'done' ? response.end() : response.destroy()),
  });
  if (typeof sink === 'string') {
    response.destroy();
    return;
  }
  response.on('drain', () => sink.drained());
  response.on('close', () => sink.detach());
}

function downloadHeaders(stat: FileStat, offset: number | undefined): Record<string, string> {
  const { name, size, sha256 } = stat;
  const from = offset ?? 0;
  return {
    'content-type': 'application/octet-stream',
    'content-disposition': `attachment; filename*=UTF-8''${encodeRfc8187(name)}`,
    'accept-ranges': 'bytes',
    ...(size !== undefined && { 'content-length': String(size - from) }),
    // Without a size nobody can say yet where the range ends.
    ...(offset !== undefined && {
      'content-range':
        size === undefined ? `bytes ${from}-*/*` : `bytes ${from}-${size - 1}/${size}`,
    }),
    // RFC 9530, of the whole file.
    ...(sha256 !== undefined && { 'repr-digest': `sha-256=:${hexToBase64(sha256)}:` }),
  };
}

const uploadHeaders = (taken: number, { size, isComplete }: FileStat) => ({
  'upload-offset': String(taken),
  'upload-complete': isComplete ? '?1' : '?0',
  ...(size !== undefined && { 'upload-length': String(size) }),
});

function statOf(files: FileBytes, transferId: string): FileStat {
  const stat = files.stat(transferId);
  if (stat === undefined) throw new PaperclipError('FILE_NOT_FOUND');
  return stat;
}

const idOf = (request: FastifyRequest): string =>
  (request.params as { readonly transferId: string }).transferId;

function offsetHeader(header: string | readonly string[] | undefined): number {
  if (header === undefined) return 0;
  if (typeof header === 'string' && /^\d{1,15}$/.test(header)) return Number(header);
  throw badRequest('upload-offset', 'must be a whole number of bytes');
}

/** Other ranges than an open one are not served, which RFC 9110 allows: the whole file comes. */
function rangeStart(header: string | undefined): number | undefined {
  const [, start] = /^bytes=(\d{1,15})-$/.exec(header ?? '') ?? [];
  return start === undefined ? undefined : Number(start);
}

const encodeRfc8187 = (text: string): string =>
  encodeURIComponent(text).replace(
    /['()*]/g,
    (sign) => `%${sign.charCodeAt(0).toString(16).toUpperCase()}`,
  );

const hexToBase64 = (hex: string): string =>
  btoa(hex.replace(/../g, (pair) => String.fromCharCode(Number.parseInt(pair, 16))));
