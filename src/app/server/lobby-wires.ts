// The lobby protocol as this server offers it: two framings on ports of their own, each plain and
// over TLS, and its lines of JSON over WebSocket on the HTTP port.

import type { ServerIdentity } from '../../driver/tcp.ts';
import { WebSocketLines } from '../../driver/websocket-lines.ts';
import { type LobbyGatewayOptions, lobbyGateway } from '../../gateway/lobby/lobby-gateway.ts';
import { lobbyLimits } from '../../gateway/lobby/lobby-limits.ts';
import { type IsTrustedProxy, peerAddress } from '../../gateway/peer-address.ts';
import type { LineWire } from './line-wires.ts';
import type { LineConfig } from './server-config.ts';

/** Of the HTTP port. */
export const lobbySocketPath = '/lobby';

export interface LobbyWires {
  readonly wires: (tls: ServerIdentity | undefined) => readonly LineWire[];
  /** Undefined: off. */
  readonly sockets: WebSocketLines | undefined;
}

export function lobbyWires(
  lines: LineConfig,
  isTrustedProxy: IsTrustedProxy,
  options: LobbyGatewayOptions,
): LobbyWires {
  const { json, qdatastream } = lobbyGateway(options);
  return {
    wires: (tls) => [
      { name: 'lobby', choice: lines.lobby, server: qdatastream },
      { name: 'lobby-json', choice: lines.lobbyJson, server: json },
      ...(tls === undefined
        ? []
        : [
            { name: 'lobby-tls', choice: lines.lobbyTls, server: qdatastream, tls },
            { name: 'lobby-json-tls', choice: lines.lobbyJsonTls, server: json, tls },
          ]),
    ],
    sockets:
      lines.lobbyJson === 'off'
        ? undefined
        : new WebSocketLines(
            {
              messageBytesMax: lobbyLimits.webSocketMessageBytesMax,
              addressOf: ({ headers, socket }) =>
                peerAddress(
                  {
                    socketAddress: socket.remoteAddress,
                    forwardedFor: [headers['x-forwarded-for'] ?? []].flat().join(',') || undefined,
                  },
                  isTrustedProxy,
                ),
            },
            json.accept,
          ),
  };
}
