// Byte streams over TCP and TLS: a port that accepts, and a client that connects. What strangers
// can cost is decided before TLS begins and before anybody hears of them: `stream-admission.ts`.
//
// Nothing that a peer does throws: it ends its stream, and the reason says how.

import {
  BlockList,
  connect,
  createServer,
  type Server,
  type Socket,
  type SocketAddress,
} from 'node:net';
import {
  createServer as createTlsServer,
  type TLSSocket,
  type Server as TlsServer,
  connect as tlsConnect,
} from 'node:tls';
import type { ByteStream, StreamListener, StreamRefusal } from '../protocol/byte-stream.ts';
import { SocketStream } from './socket-stream.ts';
import { StreamAdmission } from './stream-admission.ts';
import { type StreamLimits, streamLimits } from './stream-limits.ts';
import { TurnWrites } from './turn-writes.ts';

/** PEM texts: the private key, and the certificate with those between it and the authority's. */
export interface ServerIdentity {
  readonly key: string;
  readonly cert: string;
}

export interface ListenTcpOptions {
  /** Address to bind. Default `127.0.0.1`. */
  readonly host?: string;
  /** 0: any free one. */
  readonly port: number;
  /** Only TLS 1.2 and newer comes in then. Default: plain TCP. */
  readonly tls?: ServerIdentity;
  readonly limits?: Partial<StreamLimits>;
}

/** Rejects when the port cannot be had. `onStream` sets the stream's handlers at once. */
export async function listenTcp(
  options: ListenTcpOptions,
  onStream: (stream: ByteStream) => void,
): Promise<StreamListener> {
  const listener = new TcpListener(options, onStream);
  await listener.start(options.host ?? '127.0.0.1', options.port);
  return listener;
}

export interface ConnectTcpOptions {
  readonly host: string;
  readonly port: number;
  readonly tls?: {
    /** PEM text of the authorities to believe. Default: those that Node brings. */
    readonly ca?: string;
    /** The name that the certificate must have. Default: `host`. */
    readonly servername?: string;
  };
  /** Gives up. */
  readonly signal?: AbortSignal;
  readonly limits?: Partial<StreamLimits>;
}

/** Rejects with the system's error, or with TLS's when the certificate does not do. */
export function connectTcp(options: ConnectTcpOptions): Promise<ByteStream> {
  const limits = { ...streamLimits, ...options.limits };
  const { signal } = options;
  if (signal?.aborted) return Promise.reject(signal.reason);
  return new Promise((done, fail) => {
    const socket = clientSocket(options, limits);
    const settle = (): void => {
      clearTimeout(timer);
      signal?.removeEventListener('abort', abort);
      socket.off('error', giveUp);
      socket.off('close', closed);
    };
    const giveUp = (error: unknown): void => {
      settle();
      socket.on('error', () => {});
      socket.destroy();
      fail(error);
    };
    const closed = (): void => giveUp(new Error('the connection was closed before it was open'));
    const abort = (): void => giveUp(signal?.reason);
    const timer = setTimeout(() => {
      giveUp(new Error(`no connection to ${options.host}:${options.port} in time`));
    }, limits.connectTimeoutMs);
    signal?.addEventListener('abort', abort);
    socket.on('error', giveUp);
    socket.on('close', closed);
    socket.once(options.tls === undefined ? 'connect' : 'secureConnect', () => {
      settle();
      done(new SocketStream(socket, limits, new TurnWrites()));
    });
  });
}

function clientSocket(options: ConnectTcpOptions, limits: StreamLimits): Socket {
  const { host, port, tls } = options;
  const common = {
    host,
    port,
    noDelay: true,
    keepAlive: true,
    keepAliveInitialDelay: limits.keepAliveMs,
    allowHalfOpen: true,
  };
  return tls === undefined ? connect(common) : tlsConnect({ ...common, ...tls });
}

class TcpListener implements StreamListener {
  readonly #writes = new TurnWrites();
  readonly #limits: StreamLimits;
  readonly #admission: StreamAdmission;
  readonly #onStream: (stream: ByteStream) => void;
  readonly #server: Server;
  /** Never listens: it makes TLS of what the port has admitted. */
  readonly #tlsServer: TlsServer | undefined;
  readonly #sockets = new Set<Socket>();
  readonly #refusals = { full: 0, 'address-full': 0, 'address-rate': 0, handshake: 0 };
  #address = { host: '', port: 0 };
  /** Admitted at the door in this very turn, and not yet a socket here. */
  #arriving: string | undefined;
  #closing: Promise<void> | undefined;

  constructor(options: ListenTcpOptions, onStream: (stream: ByteStream) => void) {
    this.#limits = { ...streamLimits, ...options.limits };
    this.#admission = new StreamAdmission(this.#limits);
    this.#onStream = onStream;
    const blockList = new Door((host) => this.#isAdmitted(host));
    this.#server = createServer({ allowHalfOpen: true, blockList });
    this.#server.on('connection', (socket) => this.#handleConnection(socket));
    if (options.tls !== undefined) this.#tlsServer = this.#createTlsServer(options.tls);
  }

  get address(): { readonly host: string; readonly port: number } {
    return this.#address;
  }

  get size(): number {
    return this.#admission.size;
  }

  refusals(): Readonly<Record<StreamRefusal, number>> {
    return { ...this.#refusals };
  }

  start(host: string, port: number): Promise<void> {
    const server = this.#server;
    return new Promise((done, fail) => {
      server.once('error', fail);
      server.listen({ host, port, backlog: this.#limits.backlogMax }, () => {
        server.off('error', fail);
        // Such as too many open files: the one connection is lost, the port goes on.
        server.on('error', () => {});
        const bound = server.address();
        if (bound !== null && typeof bound === 'object') {
          this.#address = { host: bound.address, port: bound.port };
        }
        done();
      });
    });
  }

  close(): Promise<void> {
    this.#closing ??= new Promise((done) => {
      this.#server.close(() => done());
      for (const socket of this.#sockets) socket.destroy();
    });
    return this.#closing;
  }

  #isAdmitted(host: string): boolean {
    const refusal = this.#admission.admit(host, performance.now());
    if (refusal === undefined) this.#arriving = host;
    else this.#refusals[refusal]++;
    return refusal === undefined;
  }

  #handleConnection(socket: Socket): void {
    // Gone already, it has no address any more.
    const host = this.#arriving ?? socket.remoteAddress ?? '';
    const hasPlace = this.#arriving !== undefined || this.#isAdmitted(host);
    this.#arriving = undefined;
    if (!hasPlace) {
      socket.on('error', () => {});
      socket.destroy();
      return;
    }
    this.#sockets.add(socket);
    socket.on('close', () => {
      this.#sockets.delete(socket);
      this.#admission.release(host);
    });
    socket.setNoDelay(true);
    socket.setKeepAlive(true, this.#limits.keepAliveMs);
    if (this.#tlsServer === undefined) {
      this.#onStream(new SocketStream(socket, this.#limits, this.#writes));
    } else {
      socket.on('error', () => {});
      this.#tlsServer.emit('connection', socket);
    }
  }

  #createTlsServer(identity: ServerIdentity): TlsServer {
    const server = createTlsServer({
      ...identity,
      minVersion: 'TLSv1.2',
      handshakeTimeout: this.#limits.handshakeTimeoutMs,
    });
    server.on('secureConnection', (socket: TLSSocket) => {
      this.#onStream(new SocketStream(socket, this.#limits, this.#writes));
    });
    server.on('tlsClientError', (_error, socket: TLSSocket) => {
      this.#refusals.handshake++;
      socket.destroy();
    });
    return server;
  }
}

/**
 * Node asks a server's block list before it makes a socket of a connection, and making one is most
 * of what a flood costs. Were it not asked, `#handleConnection` would ask instead.
 */
class Door extends BlockList {
  readonly #isAdmitted: (host: string) => boolean;

  constructor(isAdmitted: (host: string) => boolean) {
    super();
    this.#isAdmitted = isAdmitted;
  }

  /** True: closed at once. */
  override check(address: string | SocketAddress): boolean {
    return !this.#isAdmitted(typeof address === 'string' ? address : address.address);
  }
}
