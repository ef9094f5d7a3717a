// A server for the client's tests: real sockets, answers by hand. What it was asked is in `asked`.

import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type WebSocket, WebSocketServer } from 'ws';
import type { ErrorBody, ErrorCode, ErrorDetails } from '../contract/errors.ts';
import { errorBody, errorTable } from '../contract/errors.ts';
import type { PlatformEvent } from '../contract/events.ts';
import type { Lobby, Session } from '../contract/schema.ts';

export interface Asked {
  readonly request: string;
  readonly token: string | undefined;
  readonly body: unknown;
}

/** `GET /v1/me` to what is answered: a body, a refusal, or anything else as it stands. */
export type Answers = Record<string, (asked: Asked) => unknown>;

export class Refusal {
  readonly body: ErrorBody;

  constructor(code: ErrorCode, details?: ErrorDetails) {
    this.body = errorBody(code, details);
  }
}

/** An answer that no Paperclip server gives. */
export class RawAnswer {
  readonly status: number;
  readonly text: string;

  constructor(status: number, text: string) {
    this.status = status;
    this.text = text;
  }
}

export interface FakeServer extends AsyncDisposable {
  readonly url: string;
  readonly asked: readonly Asked[];
  /** Access tokens that the WebSocket takes; others are answered with the given refusal. */
  readonly tokens: Map<string, Refusal | 'good'>;
  /** Resolves with the next WebSocket that authenticated. */
  nextSocket(): Promise<WebSocket>;
  push(event: PlatformEvent): void;
}

export async function fakeServer(answers: Answers): Promise<FakeServer> {
  const asked: Asked[] = [];
  const tokens = new Map<string, Refusal | 'good'>();
  const open = new Set<WebSocket>();
  let socketOpened = Promise.withResolvers<WebSocket>();
  const http = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const text = Buffer.concat(chunks).toString();
    const call: Asked = {
      request: `${request.method} ${request.url}`,
      token: request.headers.authorization?.replace('Bearer ', ''),
      body: text === '' ? undefined : JSON.parse(text),
    };
    asked.push(call);
    const answer = answers[call.request]?.(call) ?? new RawAnswer(404, 'nothing here');
    if (answer instanceof Refusal) {
      response.statusCode = errorTable[answer.body.code].httpStatus;
      response.end(JSON.stringify({ error: answer.body }));
    } else if (answer instanceof RawAnswer) {
      response.statusCode = answer.status;
      response.end(answer.text);
    } else response.end(JSON.stringify(answer));
  });
  const sockets = new WebSocketServer({ server: http, path: '/v1/ws' });
  sockets.on('connection', (socket) => {
    socket.on('message', (data) => {
      const { id, auth } = JSON.parse(String(data)) as { id: number; auth: string };
      const verdict = tokens.get(auth) ?? new Refusal('UNAUTHENTICATED');
      if (verdict === 'good') {
        socket.send(JSON.stringify({ id, result: {} }));
        open.add(socket);
        socketOpened.resolve(socket);
        socketOpened = Promise.withResolvers();
      } else socket.send(JSON.stringify({ id, error: verdict.body }));
    });
    socket.on('close', () => open.delete(socket));
  });
  http.listen(0, '127.0.0.1');
  await once(http, 'listening');
  return {
    url: `http://127.0.0.1:${(http.address() as AddressInfo).port}`,
    asked,
    tokens,
    nextSocket: () => socketOpened.promise,
    push(event) {
      for (const socket of open) socket.send(JSON.stringify(event));
    },
    async [Symbol.asyncDispose]() {
      for (const socket of sockets.clients) socket.terminate();
      http.closeAllConnections();
      http.close();
      await once(http, 'close');
    },
  };
}

export const sessionOf = (name: string, accessToken: string): Session => ({
  player: { id: `p_${name}`, name, kind: 'account', createdAt: '2026-01-01T00:00:00.000Z' },
  accessToken,
  accessTokenExpiresInS: 600,
  refreshToken: `refresh-of-${accessToken}`,
  refreshTokenExpiresInS: 3600,
});

export const lobbyOf = (id: string, player: string, more: Partial<Lobby> = {}): Lobby => ({
  id,
  game: 'rps',
  state: 'open',
  private: false,
  ownerId: `p_${player}`,
  members: [{ playerId: `p_${player}`, name: player, kind: 'account', seat: 0, ready: false }],
  playersMin: 2,
  playersMax: 2,
  settings: {},
  createdAt: '2026-01-01T00:00:00.000Z',
  ...more,
});
