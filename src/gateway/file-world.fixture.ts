// Two players and a file between them, over the real platform in virtual time, with the files port
// and the HTTP gateway on real sockets.

import { createHash } from 'node:crypto';
import { connect, type Socket } from 'node:net';
import { seededRandom } from '../base/prng.ts';
import type { PlatformEvent } from '../contract/events.ts';
import { silentLog } from '../contract/telemetry.ts';
import {
  type TestPlatform,
  type TestPlayer,
  testPlatform,
} from '../domain/test-platform.fixture.ts';
import { listenTcp } from '../driver/tcp.ts';
import type { StreamListener } from '../protocol/byte-stream.ts';
import { createHttpGateway, type HttpGateway } from './http/http-gateway.ts';
import type { httpLimits } from './http/http-limits.ts';
import { ManualTimers } from './manual-timers.fixture.ts';
import { FileBytesServer } from './text/file-bytes.ts';

export const sha256 = (bytes: Uint8Array): string =>
  createHash('sha256').update(bytes).digest('hex');

/** Random bytes that repeat with a prime period, so that no two pieces of a file are alike. */
export function fileOf(length: number, seed = 1): Buffer {
  const random = seededRandom('file', seed);
  const period = Uint8Array.from({ length: Math.min(length, 65_521) }, () => random.below(256));
  return length === 0 ? Buffer.alloc(0) : Buffer.alloc(length, period);
}

export interface FileWorldOptions {
  readonly httpLimits?: Partial<Record<keyof typeof httpLimits, number>>;
}

export class FileWorld {
  readonly platform: TestPlatform;
  readonly mario: TestPlayer;
  readonly luigi: TestPlayer;
  /** As Mario, who sends, hears them. */
  readonly events: PlatformEvent[];
  readonly timers: ManualTimers;
  readonly url: string;
  readonly port: number;
  readonly #gateway: HttpGateway;
  readonly #listener: StreamListener;
  readonly #sockets = new Set<Socket>();

  private constructor(
    platform: TestPlatform,
    players: readonly [TestPlayer, TestPlayer],
    gateway: HttpGateway,
    httpPort: number,
    listener: StreamListener,
    timers: ManualTimers,
  ) {
    this.platform = platform;
    [this.mario, this.luigi] = players;
    this.events = this.mario.connect().events;
    this.luigi.connect();
    this.#gateway = gateway;
    this.url = `http://127.0.0.1:${httpPort}/v1/files`;
    this.#listener = listener;
    this.port = listener.address.port;
    this.timers = timers;
  }

  static async start(options: FileWorldOptions = {}): Promise<FileWorld> {
    const platform = await testPlatform();
    const { dispatcher, files } = platform.platform;
    const gateway = await createHttpGateway({
      dispatcher,
      files,
      log: silentLog,
      version: '1.2.3',
      readiness: async () => [],
      limits: { closeGraceMs: 0, ...options.httpLimits },
    });
    const timers = new ManualTimers();
    const server = new FileBytesServer({ files, timers });
    const players = [await platform.guest('mario'), await platform.guest('luigi')] as const;
    const port = await gateway.listen('127.0.0.1', 0);
    const listener = await listenTcp({ port: 0 }, server.accept);
    return new FileWorld(platform, players, gateway, port, listener, timers);
  }

  /** Offered and accepted; resolves with the transfer's id. */
  async transfer(
    offer: { readonly size?: number; readonly sha256?: string } = {},
    name = 'notes.txt',
  ): Promise<string> {
    const { fileId } = await this.mario.call('file.offer', {
      to: this.luigi.player.id,
      name,
      ...offer,
    });
    const { transferId } = await this.luigi.call('file.answer', { fileId, accept: true });
    if (transferId === undefined) throw new Error('no transfer');
    return transferId;
  }

  connect(hello: string | Uint8Array = ''): Socket {
    const socket = connect({ port: this.port, host: '127.0.0.1' });
    this.#sockets.add(socket);
    socket.on('error', () => {});
    if (hello.length > 0) socket.write(hello);
    return socket;
  }

  /** Every HTTP connection at once, as a network that fails does. */
  breakConnections(): void {
    this.#gateway.server.closeAllConnections();
  }

  /** How the last file ended. */
  get done(): object | undefined {
    const event = this.events.findLast((one) => one.event === 'file.done');
    return event?.event === 'file.done'
      ? { ok: event.data.ok, ...(event.data.reason && { reason: event.data.reason }) }
      : undefined;
  }

  async close(): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    await this.#listener.close();
    await this.#gateway.close();
    await this.platform.close();
  }
}

/** All that comes until the other side ends or cuts off. */
export async function readAll(socket: Socket): Promise<Buffer> {
  const chunks: Buffer[] = [];
  const { promise, resolve } = Promise.withResolvers<void>();
  socket.on('data', (chunk: Buffer) => void chunks.push(chunk));
  socket.on('close', () => resolve());
  await promise;
  return Buffer.concat(chunks);
}

/** Resolves with at least so many bytes, and cuts the connection off. */
export async function readThenBreak(socket: Socket, bytesMin: number): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let length = 0;
  const { promise, resolve } = Promise.withResolvers<void>();
  socket.on('data', (chunk: Buffer) => {
    chunks.push(chunk);
    length += chunk.length;
    if (length < bytesMin) return;
    socket.removeAllListeners('data');
    socket.resetAndDestroy();
    resolve();
  });
  await promise;
  return Buffer.concat(chunks);
}

/** Resolves when the socket is closed, whether it has read all or not. */
export async function closed(socket: Socket): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  if (socket.closed) resolve();
  // Not `once`, which takes a reset for a failure of the test.
  else socket.resume().on('close', () => resolve());
  await promise;
}
