// The player's event stream: one WebSocket that says who it is, hands on what the platform pushes,
// and comes back by itself when the connection is lost. Commands go over HTTP, so nothing that was
// asked is ever in doubt here; what was pushed while it was away is gone, which is why `onOpen`
// tells when to look at the state again.

import { parseJson } from '../base/json.ts';
import { PaperclipError } from '../contract/errors.ts';
import { eventTable, type PlatformEvent } from '../contract/events.ts';
import type { After } from './after.ts';
import { ClientError } from './client-error.ts';
import { remoteError, urlText } from './http-caller.ts';
import type { SessionKeeper } from './session-keeper.ts';

/** What is used of the host's `WebSocket`. */
export interface Socket {
  send(text: string): void;
  close(code?: number, reason?: string): void;
  addEventListener(type: 'open' | 'error', listener: () => void): void;
  addEventListener(type: 'close', listener: (event: { readonly code: number }) => void): void;
  addEventListener(type: 'message', listener: (event: { readonly data: unknown }) => void): void;
}

export type OpenSocket = (url: string) => Socket;

export interface EventSocketOptions {
  readonly server: URL;
  readonly session: SessionKeeper;
  readonly openSocket: OpenSocket;
  readonly after: After;
  /** In [0, 1): spreads the reconnections of many clients. */
  readonly jitter: () => number;
  readonly onEvent: (event: PlatformEvent) => void;
  /** Authenticated; `again` when it was so before and events may have been missed. */
  readonly onOpen: (again: boolean) => void;
  /** Lost; it will try again. */
  readonly onLost: () => void;
  /** The server does not want this session any more; it will not try again. */
  readonly onRefused: (error: Error) => void;
}

const backoffFirstMs = 250;
const backoffMaxMs = 8_000;
const answerTimeoutMs = 10_000;
/** The first message; nothing else here has an id. */
const authId = 1;

export class EventSocket {
  readonly #options: EventSocketOptions;
  #socket: Socket | undefined;
  #state: 'new' | 'connecting' | 'open' | 'waiting' | 'closed' = 'new';
  #wasOpen = false;
  #failures = 0;
  #cancelRetry: (() => void) | undefined;

  constructor(options: EventSocketOptions) {
    this.#options = options;
  }

  get isOpen(): boolean {
    return this.#state === 'open';
  }

  /** The first connection; rejects when it fails. Later ones are made in the background. */
  async open(): Promise<void> {
    await this.#connect();
  }

  close(): void {
    this.#state = 'closed';
    this.#cancelRetry?.();
    this.#socket?.close(1000, 'done');
    this.#socket = undefined;
  }

  async #connect(): Promise<void> {
    this.#state = 'connecting';
    await this.#options.session.withToken((accessToken) => this.#attempt(accessToken));
    if (this.#isClosed()) throw new ClientError('CLOSED');
    this.#state = 'open';
    this.#failures = 0;
    const again = this.#wasOpen;
    this.#wasOpen = true;
    this.#options.onOpen(again);
  }

  /** Open a socket and authenticate on it; on success it stays as the current one. */
  #attempt(accessToken: string): Promise<void> {
    const url = socketUrl(this.#options.server);
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const socket = this.#options.openSocket(url);
    this.#socket = socket;
    const cancelTimeout = this.#options.after(answerTimeoutMs, () => {
      reject(new ClientError('SERVER_SLOW', { url, timeoutS: answerTimeoutMs / 1000 }));
      socket.close();
    });
    socket.addEventListener('open', () => {
      socket.send(JSON.stringify({ id: authId, auth: accessToken }));
    });
    socket.addEventListener('message', ({ data }) => {
      if (socket !== this.#socket) return;
      const message = readMessage(data);
      if (message === undefined) return;
      if (message.kind === 'event') this.#options.onEvent(message.event);
      else if (message.error === undefined) resolve();
      else {
        reject(message.error);
        socket.close(1000);
      }
    });
    socket.addEventListener('error', () => {
      reject(unreachable(this.#options.server, 'the WebSocket failed'));
    });
    socket.addEventListener('close', ({ code }) => {
      reject(unreachable(this.#options.server, `the WebSocket closed with ${code}`));
      if (socket === this.#socket) this.#lost();
    });
    return promise.finally(cancelTimeout);
  }

  /** Only an open socket is lost; one that never opened fails in `#attempt`. */
  #lost(): void {
    this.#socket = undefined;
    if (this.#state !== 'open') return;
    this.#options.onLost();
    this.#retryLater();
  }

  #retryLater(): void {
    if (this.#isClosed()) return;
    this.#state = 'waiting';
    const delayMs = Math.min(backoffFirstMs * 2 ** this.#failures, backoffMaxMs);
    this.#failures++;
    // Between half and all of it, so that clients of a restarted server do not come in step.
    this.#cancelRetry = this.#options.after(delayMs * (0.5 + this.#options.jitter() / 2), () => {
      this.#connect().catch((cause: unknown) => this.#failedAgain(cause));
    });
  }

  #failedAgain(cause: unknown): void {
    if (this.#isClosed()) return;
    if (!isFinal(cause)) {
      this.#retryLater();
      return;
    }
    this.close();
    this.#options.onRefused(cause);
  }

  /** A method, because a check of the field would be remembered across an await by the compiler. */
  #isClosed(): boolean {
    return this.#state === 'closed';
  }
}

/** Asking again would not change the answer; a full or stopping server may have another later. */
function isFinal(cause: unknown): cause is PaperclipError {
  if (!(cause instanceof PaperclipError)) return false;
  return ['UNAUTHENTICATED', 'REFRESH_REFUSED', 'REFRESH_REUSED', 'FORBIDDEN'].includes(cause.code);
}

const socketUrl = (server: URL): string => `${urlText(server).replace(/^http/, 'ws')}/v1/ws`;

const unreachable = (server: URL, problem: string): ClientError =>
  new ClientError('SERVER_UNREACHABLE', { url: urlText(server), problem });

type Message =
  | { readonly kind: 'event'; readonly event: PlatformEvent }
  | { readonly kind: 'answer'; readonly error: Error | undefined };

/** Undefined for what this client does not know: a newer server may push more events. */
function readMessage(data: unknown): Message | undefined {
  if (typeof data !== 'string') return undefined;
  const parsed = parseJson(data);
  if (!parsed.ok || typeof parsed.value !== 'object' || parsed.value === null) return undefined;
  const { value } = parsed;
  if ('event' in value && 'data' in value) {
    if (typeof value.event !== 'string' || !Object.hasOwn(eventTable, value.event))
      return undefined;
    // Boundary: the platform made the data by the event's schema.
    return { kind: 'event', event: value as PlatformEvent };
  }
  if ('id' in value && value.id === authId && 'result' in value) {
    return { kind: 'answer', error: undefined };
  }
  if (!('error' in value)) return undefined;
  return {
    kind: 'answer',
    error:
      remoteError(value.error) ?? new ClientError('EVENTS_REFUSED', { problem: 'unknown reason' }),
  };
}
