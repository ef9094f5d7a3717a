// From an address to a client of the lobby protocol: over TCP or TLS in one of the two framings, or
// over a WebSocket, which carries lines of JSON. TCP is loaded when it is used.

import { parseJson } from '../../base/json.ts';
import { err } from '../../base/result.ts';
import type { ParseJson } from '../../codec/json-line/json-line.ts';
import type { ByteStream } from '../../protocol/byte-stream.ts';
import { jsonLineCodec } from '../../protocol/lobby/json-line-codec.ts';
import type { LobbyCodec } from '../../protocol/lobby/lobby-codec.ts';
import { qdatastreamCodec } from '../../protocol/lobby/qdatastream-codec.ts';
import { LobbyClient, type LobbyClientOptions } from './lobby-client.ts';
import { lobbyClientLimits } from './lobby-client-limits.ts';
import { type LineSocket, WebSocketStream } from './web-socket-stream.ts';

export type LobbyFormat = LobbyCodec['name'];

export type LobbyAddress =
  | {
      readonly kind: 'tcp';
      readonly host: string;
      readonly port: number;
      /** Of the port: there is no telling from what it says. */
      readonly format: LobbyFormat;
      /** Default: plain. `ca`: PEM of the authorities to believe, if not those of Node. */
      readonly tls?: { readonly ca?: string };
    }
  | { readonly kind: 'web-socket'; readonly url: string };

export interface ConnectLobbyOptions extends LobbyClientOptions {
  /** Gives up connecting. */
  readonly signal?: AbortSignal;
}

/** Nobody is logged in yet. Rejects when no connection comes about. */
export async function connectLobby(
  address: LobbyAddress,
  options: ConnectLobbyOptions,
): Promise<LobbyClient> {
  const { signal, ...clientOptions } = options;
  if (address.kind === 'web-socket') {
    const stream = await openWebSocket(address.url, signal);
    return new LobbyClient(stream, codecs.json, clientOptions);
  }
  const { host, port, tls, format } = address;
  const { connectTcp } = await import('../../driver/tcp.ts');
  const stream = await connectTcp({ host, port, ...(tls && { tls }), ...(signal && { signal }) });
  return new LobbyClient(stream, codecs[format], clientOptions);
}

const parse: ParseJson = (text) => {
  const parsed = parseJson(text);
  return parsed.ok ? parsed : err('is not valid JSON');
};

const codecs: Readonly<Record<LobbyFormat, LobbyCodec>> = {
  json: jsonLineCodec(parse),
  qdatastream: qdatastreamCodec(parse),
};

async function openWebSocket(url: string, signal: AbortSignal | undefined): Promise<ByteStream> {
  signal?.throwIfAborted();
  const socket: LineSocket = new WebSocket(url);
  const { promise, resolve, reject } = Promise.withResolvers<ByteStream>();
  // What the server says first can come in the turn in which the socket opens.
  socket.addEventListener('open', () => {
    resolve(new WebSocketStream(socket, lobbyClientLimits.unsentBytesMax));
  });
  socket.addEventListener('error', () => reject(new Error('no WebSocket is answered there')));
  socket.addEventListener('close', ({ code }) => {
    reject(new Error(`the WebSocket was closed with ${code} before it was open`));
  });
  const abort = (): void => {
    reject(signal?.reason);
    socket.close();
  };
  signal?.addEventListener('abort', abort);
  try {
    return await promise;
  } finally {
    signal?.removeEventListener('abort', abort);
  }
}
