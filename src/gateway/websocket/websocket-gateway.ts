// The WebSocket wire: every command and the player's events over one connection, on the HTTP port.
// It admits sockets, counts them, beats the heart and closes them all in the end; what happens on
// one is `websocket-connection.ts`. It does NOT open a port: the HTTP server's `upgrade` event goes
// to `handleUpgrade`.

import { type WebSocket, WebSocketServer } from 'ws';
import { type ErrorBody, errorTable, PaperclipError } from '../../contract/errors.ts';
import { contractLimits } from '../../contract/limits.ts';
import type { Log, Metrics } from '../../contract/telemetry.ts';
import type { Caller, Dispatcher, PlayerEvents } from '../../domain/platform.ts';
import type { Timers } from '../../domain/ports.ts';
import { bearerToken } from '../bearer-token.ts';
import { badRequest, failureBody, shortened } from '../failure.ts';
import { type IsTrustedProxy, peerAddress } from '../peer-address.ts';
import { type SocketEnd, WebSocketConnection } from './websocket-connection.ts';
import { closeCodes, webSocketLimits } from './websocket-limits.ts';

const webSocketPath = '/v1/ws';

export interface WebSocketGatewayOptions {
  readonly dispatcher: Dispatcher;
  readonly events: PlayerEvents;
  readonly timers: Timers;
  readonly log: Log;
  readonly metrics: Metrics;
  /** Browser origins that may connect beside the server's own, `*` for any. */
  readonly origins?: readonly string[];
  readonly isTrustedProxy?: IsTrustedProxy;
  readonly limits?: Partial<Record<'socketsMax' | 'socketsPerAddressMax', number>>;
}

/** A constant of its own, because the types of ws do not know closeTimeout yet. */
const serverOptions = {
  noServer: true,
  clientTracking: false,
  // Pings count against the budget of refusals, so they are answered by hand.
  autoPong: false,
  perMessageDeflate: false,
  maxPayload: contractLimits.webSocketMessageBytesMax,
  closeTimeout: webSocketLimits.closeTimeoutMs,
} as const;

type UpgradeArgs = Parameters<WebSocketServer['handleUpgrade']>;
type UpgradeRequest = UpgradeArgs[0];
type UpgradeSocket = UpgradeArgs[1];

export class WebSocketGateway {
  readonly #options: WebSocketGatewayOptions;
  readonly #limits: { readonly socketsMax: number; readonly socketsPerAddressMax: number };
  readonly #server = new WebSocketServer(serverOptions);
  /** With the address; oldest first. */
  readonly #connections = new Map<WebSocketConnection, string>();
  readonly #connectionsOfAddress = new Map<string, number>();
  /** With the player; oldest first. */
  readonly #connectionsOfPlayer = new Map<string, Set<WebSocketConnection>>();
  readonly #playerOf = new Map<WebSocketConnection, string>();
  #cancelHeartbeat: () => void;
  #closing: PromiseWithResolvers<void> | undefined;

  constructor(options: WebSocketGatewayOptions) {
    this.#options = options;
    this.#limits = { ...webSocketLimits, ...options.limits };
    this.#cancelHeartbeat = this.#armHeartbeat();
  }

  get size(): number {
    return this.#connections.size;
  }

  /** For the HTTP server's `upgrade` event. */
  readonly handleUpgrade = (
    request: UpgradeRequest,
    socket: UpgradeSocket,
    head: UpgradeArgs[2],
  ): void => {
    // Until ws takes the socket nobody else listens for its errors.
    const ignore = (): void => {};
    socket.on('error', ignore);
    this.#admit(request)
      .then(({ address, accessToken, caller }) => {
        this.#requireRoom(address);
        this.#server.handleUpgrade(request, socket, head, (webSocket) => {
          socket.off('error', ignore);
          const connection = this.#add(webSocket, address);
          if (accessToken !== undefined && caller !== undefined) {
            this.#adopt(connection, accessToken, caller);
          }
        });
      })
      .catch((cause: unknown) => refuseUpgrade(socket, cause, this.#options.log));
  };

  /** Tells every peer that the server goes away, and waits until they have hung up. */
  async close(): Promise<void> {
    if (this.#closing === undefined) {
      this.#closing = Promise.withResolvers();
      this.#cancelHeartbeat();
      for (const connection of this.#connections.keys()) {
        connection.close('shutdown', closeCodes.goingAway, 'the server is shutting down');
      }
      this.#resolveWhenEmpty();
    }
    await this.#closing.promise;
    this.#server.close();
  }

  /** Throws a `PaperclipError` for who may not come in. */
  async #admit(request: UpgradeRequest): Promise<Admission> {
    const { headers } = request;
    if (this.#closing !== undefined) throw new PaperclipError('SHUTTING_DOWN');
    const [path, query] = (request.url ?? '').split('?');
    if (path !== webSocketPath) {
      throw new PaperclipError('UNKNOWN_COMMAND', { command: shortened(`WebSocket ${path}`) });
    }
    if (query !== undefined) {
      throw badRequest(
        'url',
        'has a query; tokens in URLs end up in logs, send {id, auth} instead',
      );
    }
    if (!this.#mayComeFrom(headers.origin, headers.host)) {
      throw badRequest('origin', `${shortened(headers.origin ?? '')} may not connect`);
    }
    const address = peerAddress(
      {
        socketAddress: request.socket.remoteAddress,
        forwardedFor: [headers['x-forwarded-for'] ?? []].flat().join(',') || undefined,
      },
      this.#options.isTrustedProxy ?? (() => false),
    );
    const accessToken = bearerToken(headers.authorization);
    if (accessToken === undefined) return { address };
    const origin = { wire: 'websocket', address, accessToken };
    return { address, accessToken, caller: await this.#options.dispatcher.authenticate(origin) };
  }

  /** In the same turn as the socket is added, so that two cannot take the last place. */
  #requireRoom(address: string): void {
    if (this.#closing !== undefined) throw new PaperclipError('SHUTTING_DOWN');
    const ofAddress = this.#connectionsOfAddress.get(address) ?? 0;
    const isFull = this.#connections.size >= this.#limits.socketsMax;
    if (isFull || ofAddress >= this.#limits.socketsPerAddressMax) throw new PaperclipError('BUSY');
  }

  /** Programs send no Origin; pages of other sites must be named. */
  #mayComeFrom(origin: string | undefined, host: string | undefined): boolean {
    if (origin === undefined) return true;
    const { origins = [] } = this.#options;
    if (origins.includes('*') || origins.includes(origin)) return true;
    return host !== undefined && URL.parse(origin)?.host === host;
  }

  #add(socket: WebSocket, address: string): WebSocketConnection {
    const { dispatcher, events, timers, log, metrics } = this.#options;
    const connection = new WebSocketConnection(socket, {
      dispatcher,
      events,
      timers,
      log,
      address,
      onPlayer: (who, playerId) => this.#assign(who, playerId),
      onEnd: (who, end) => this.#remove(who, end),
    });
    this.#connections.set(connection, address);
    this.#connectionsOfAddress.set(address, (this.#connectionsOfAddress.get(address) ?? 0) + 1);
    metrics.gauge('paperclip_websockets', this.#connections.size);
    return connection;
  }

  /** The upgrade has been answered: what fails here cannot be said in HTTP any more. */
  #adopt(connection: WebSocketConnection, accessToken: string, caller: Caller): void {
    try {
      connection.adopt(accessToken, caller);
    } catch (cause) {
      const { code } = failureBody(cause, this.#options.log, 'websocket');
      connection.close('session', closeCodes.session, code);
    }
  }

  #assign(connection: WebSocketConnection, playerId: string): void {
    if (this.#playerOf.get(connection) === playerId) return;
    this.#unassign(connection);
    const own = this.#connectionsOfPlayer.get(playerId) ?? new Set();
    const [oldest] = own;
    if (oldest !== undefined && own.size >= contractLimits.webSocketsPerPlayerMax) {
      // The oldest and not the newest: it may be a dead one that nobody has noticed yet.
      this.#unassign(oldest);
      oldest.close('replaced', closeCodes.replaced, 'this player opened too many connections');
    }
    own.add(connection);
    this.#connectionsOfPlayer.set(playerId, own);
    this.#playerOf.set(connection, playerId);
  }

  #unassign(connection: WebSocketConnection): void {
    const playerId = this.#playerOf.get(connection);
    if (playerId === undefined) return;
    this.#playerOf.delete(connection);
    const own = this.#connectionsOfPlayer.get(playerId);
    own?.delete(connection);
    if (own?.size === 0) this.#connectionsOfPlayer.delete(playerId);
  }

  #remove(connection: WebSocketConnection, end: SocketEnd): void {
    const address = this.#connections.get(connection);
    if (address === undefined) return;
    this.#connections.delete(connection);
    this.#unassign(connection);
    const left = (this.#connectionsOfAddress.get(address) ?? 1) - 1;
    if (left === 0) this.#connectionsOfAddress.delete(address);
    else this.#connectionsOfAddress.set(address, left);
    this.#options.metrics.gauge('paperclip_websockets', this.#connections.size);
    this.#options.metrics.count('paperclip_websockets_closed_total', { reason: end });
    this.#resolveWhenEmpty();
  }

  #resolveWhenEmpty(): void {
    if (this.#connections.size === 0) this.#closing?.resolve();
  }

  #armHeartbeat(): () => void {
    return this.#options.timers.after(webSocketLimits.heartbeatMs, () => {
      this.#cancelHeartbeat = this.#armHeartbeat();
      for (const connection of [...this.#connections.keys()]) connection.beat();
    });
  }
}

interface Admission {
  readonly address: string;
  readonly accessToken?: string;
  readonly caller?: Caller;
}

/** The answer of an HTTP server, since the connection is not a WebSocket yet. */
function refuseUpgrade(socket: UpgradeSocket, cause: unknown, log: Log): void {
  const error: ErrorBody = failureBody(cause, log, 'websocket');
  const isOrigin = error.details?.['field'] === 'origin';
  const status = isOrigin ? 403 : errorTable[error.code].httpStatus;
  const text = JSON.stringify({ error });
  socket.end(
    [
      `HTTP/1.1 ${status} Refused`,
      'Connection: close',
      'Content-Type: application/json; charset=utf-8',
      `Content-Length: ${new TextEncoder().encode(text).length}`,
      '',
      text,
    ].join('\r\n'),
  );
}
