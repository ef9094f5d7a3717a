// One part of the files benchmark in a process of its own: the server, a sender, or a receiver. The
// sender and the receiver move the same pieces in every run, so that only the way differs.

import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { request } from 'node:http';
import { connect, createServer } from 'node:net';
import { type RunningServer, serve as serveGames } from '../../src/app/server/index.ts';
import { serve } from '../harness/calls.ts';
import { clockMs } from '../harness/clock.ts';

/** Of one write. */
const pieceBytes = 256 * 1024;

let server: RunningServer | undefined;
let peakRssBytes = 0;
let sampling: NodeJS.Timeout | undefined;
let received: Promise<number> | undefined;

const pieceOf = (): Buffer => Buffer.alloc(pieceBytes, Buffer.from('paperclip moves a file. '));

const calls = {
  async serve() {
    server = await serveGames({
      port: 0,
      udpPort: 0,
      hosts: 1,
      data: ':memory:',
      logLevel: 'silent',
    });
    return { url: server.url, port: server.addresses.lines.ports['files'] ?? 0 };
  },

  /** From now on the most that the process has at a time. */
  watchMemory(): { readonly rssBytes: number } {
    clearInterval(sampling);
    peakRssBytes = process.memoryUsage.rss();
    const rssBytes = peakRssBytes;
    sampling = setInterval(() => {
      peakRssBytes = Math.max(peakRssBytes, process.memoryUsage.rss());
    }, 5);
    return { rssBytes };
  },

  memory(): { readonly peakRssBytes: number; readonly cpuS: number } {
    const { user, system } = process.cpuUsage();
    return { peakRssBytes, cpuS: (user + system) / 1e6 };
  },

  /** Of the pieces that a sender sends. */
  hash({ bytes }: { readonly bytes: number }): string {
    const hash = createHash('sha256');
    const piece = pieceOf();
    for (let left = bytes; left > 0; left -= piece.length) {
      hash.update(piece.subarray(0, Math.min(left, piece.length)));
    }
    return hash.digest('hex');
  },

  /** A port that takes bytes from whoever connects: the copy without anything between. */
  async accept({ bytes }: { readonly bytes: number }): Promise<{ readonly port: number }> {
    const listener = createServer();
    received = new Promise((done) => {
      listener.on('connection', (socket) => done(countInto(socket, bytes)));
    });
    listener.listen(0, '127.0.0.1');
    await once(listener, 'listening');
    const address = listener.address();
    return { port: typeof address === 'object' && address !== null ? address.port : 0 };
  },

  async receiveTcp(input: {
    readonly port: number;
    readonly transferId: string;
    readonly bytes: number;
  }): Promise<void> {
    const socket = connect({ port: input.port, host: '127.0.0.1', noDelay: true });
    received = countInto(socket, input.bytes);
    await once(socket, 'connect');
    socket.write(`${input.transferId}R`);
  },

  async receiveHttp(input: { readonly url: string; readonly bytes: number }): Promise<void> {
    const asked = request(input.url).end();
    const [response] = await once(asked, 'response');
    received = countInto(response, input.bytes);
  },

  /** When the last byte came. */
  received(): Promise<number> {
    if (received === undefined) throw new Error('nothing is received');
    return received;
  },

  async sendTcp(input: { readonly port: number; readonly hello: string; readonly bytes: number }) {
    const socket = connect({ port: input.port, host: '127.0.0.1', noDelay: true });
    await once(socket, 'connect');
    const startedAtMs = clockMs();
    if (input.hello !== '') socket.write(input.hello);
    await pour(socket, input.bytes);
    return startedAtMs;
  },

  async sendHttp(input: { readonly url: string; readonly bytes: number }): Promise<number> {
    const startedAtMs = clockMs();
    const put = request(input.url, {
      method: 'PUT',
      headers: { 'content-length': input.bytes },
    });
    await pour(put, input.bytes);
    const [response] = await once(put, 'response');
    response.resume();
    if (response.statusCode !== 200) throw new Error(`status ${response.statusCode}`);
    return startedAtMs;
  },

  async close(): Promise<void> {
    clearInterval(sampling);
    await server?.close();
  },
};

export type FileCalls = typeof calls;

/** Resolves with the time at which all have come. */
function countInto(stream: NodeJS.ReadableStream, bytes: number): Promise<number> {
  return new Promise((done, fail) => {
    let left = bytes;
    stream.on('data', (chunk: Buffer) => {
      left -= chunk.length;
      if (left === 0) done(clockMs());
    });
    stream.on('error', fail);
    stream.on('close', () => fail(new Error(`${left} bytes did not come`)));
  });
}

async function pour(stream: NodeJS.WritableStream, bytes: number): Promise<void> {
  const piece = pieceOf();
  for (let left = bytes; left > 0; left -= piece.length) {
    const mayGoOn = stream.write(piece.subarray(0, Math.min(left, piece.length)));
    if (!mayGoOn) await once(stream, 'drain');
  }
  stream.end();
}

serve(calls);
