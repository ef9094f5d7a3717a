// A server with the WebSocket gateway on it, and clients that take messages one at a time.

import { once } from 'node:events';
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type ClientOptions, WebSocket } from 'ws';
import { silentMetrics } from '../../contract/telemetry.ts';
import { FakePlatform } from '../fake-platform.fixture.ts';
import { ManualTimers } from '../manual-timers.fixture.ts';
import { WebSocketGateway, type WebSocketGatewayOptions } from './websocket-gateway.ts';

export type Message = Readonly<Record<string, unknown>> & {
  readonly error?: { readonly code: string; readonly details?: Readonly<Record<string, unknown>> };
};

export class TestServer implements AsyncDisposable {
  readonly platform: FakePlatform;
  readonly timers = new ManualTimers();
  readonly gateway: WebSocketGateway;
  readonly ends: string[] = [];
  readonly #http = createServer();
  readonly #clients: TestClient[] = [];
  #waiting: (() => void)[] = [];

  private constructor(options: Partial<WebSocketGatewayOptions>, platform: FakePlatform) {
    this.platform = platform;
    this.gateway = new WebSocketGateway({
      dispatcher: platform.dispatcher,
      events: platform.events,
      timers: this.timers,
      log: platform.log,
      metrics: {
        ...silentMetrics,
        count: (_name, labels) => {
          this.ends.push(labels?.['reason'] ?? '');
          for (const resume of this.#waiting.splice(0)) resume();
        },
      },
      ...options,
    });
    this.#http.on('upgrade', this.gateway.handleUpgrade);
  }

  static async start(
    options: Partial<WebSocketGatewayOptions> = {},
    platform = new FakePlatform(),
  ): Promise<TestServer> {
    const server = new TestServer(options, platform);
    server.#http.listen(0, '127.0.0.1');
    await once(server.#http, 'listening');
    return server;
  }

  get url(): string {
    return `ws://127.0.0.1:${(this.#http.address() as AddressInfo).port}/v1/ws`;
  }

  async connect(options: ClientOptions = {}): Promise<TestClient> {
    const client = new TestClient(new WebSocket(this.url, options));
    this.#clients.push(client);
    await once(client.socket, 'open');
    return client;
  }

  async player(token: string): Promise<TestClient> {
    const client = await this.connect();
    await client.ask({ id: 'auth', auth: token });
    return client;
  }

  /** The HTTP answer to an upgrade that is not let in. */
  async refusal(options: ClientOptions = {}, url = this.url): Promise<[number, Message['error']]> {
    const socket = new WebSocket(url, options);
    const [, response] = (await once(socket, 'unexpected-response')) as [object, IncomingMessage];
    let text = '';
    for await (const chunk of response.setEncoding('utf8')) text += chunk;
    return [response.statusCode ?? 0, (JSON.parse(text) as Message).error];
  }

  /** Resolves when the server has seen that many sockets end. */
  async ended(count: number): Promise<void> {
    while (this.ends.length < count) {
      await new Promise<void>((resolve) => this.#waiting.push(resolve));
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const client of this.#clients) client.socket.terminate();
    await this.gateway.close();
    this.#http.close();
    this.#http.closeAllConnections();
  }
}

export class TestClient {
  readonly socket: WebSocket;
  /** Close code and reason. */
  readonly closed: Promise<readonly [number, string]>;
  readonly #messages: Message[] = [];
  #wake: () => void = () => {};

  constructor(socket: WebSocket) {
    this.socket = socket;
    this.closed = once(socket, 'close').then(([code, reason]) => [code, String(reason)]);
    socket.on('error', () => {});
    socket.on('message', (data) => {
      this.#messages.push(JSON.parse(String(data)) as Message);
      this.#wake();
    });
  }

  send(message: object | string): void {
    this.socket.send(typeof message === 'string' ? message : JSON.stringify(message));
  }

  async next(): Promise<Message> {
    while (this.#messages.length === 0) {
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
    return this.#messages.shift()!;
  }

  ask(message: object | string): Promise<Message> {
    this.send(message);
    return this.next();
  }
}
