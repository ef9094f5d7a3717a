// The lobby protocol as a gateway: one server for each of its framings, and what their clients
// share, whichever they speak. It opens no port: whoever does gives it streams, plain or TLS.
// docs/lobby-protocol.md is its page.

import type { Log, Metrics } from '../../contract/telemetry.ts';
import type { Dispatcher, PlayerEvents } from '../../domain/platform.ts';
import type { Clock, Timers } from '../../domain/ports.ts';
import { jsonLineCodec } from '../../protocol/lobby/json-line-codec.ts';
import type { LobbyCodec } from '../../protocol/lobby/lobby-codec.ts';
import { qdatastreamCodec } from '../../protocol/lobby/qdatastream-codec.ts';
import { FramedServer } from '../framed-server.ts';
import { parseUntrustedJson } from '../untrusted-json.ts';
import { GameBroadcasts } from './game-feed.ts';
import { HeldBytes, LobbyConnection } from './lobby-connection.ts';
import { type LobbyLimits, lobbyLimits } from './lobby-limits.ts';
import { LobbySession, wire } from './lobby-session.ts';
import type { LobbyShared, LobbyUser } from './lobby-user.ts';
import { NumberBook } from './number-book.ts';
import { playerInfos, playerObject, type SeenPlayer } from './player-info.ts';
import { type BroadcastGroup, ThrottledBroadcast } from './throttled-broadcast.ts';

export interface LobbyGatewayOptions {
  readonly dispatcher: Dispatcher;
  readonly events: PlayerEvents;
  readonly timers: Timers;
  readonly clock: Clock;
  readonly log: Log;
  readonly metrics: Metrics;
  readonly limits?: Partial<LobbyLimits>;
}

export type LobbyServer = FramedServer<LobbyConnection>;

export interface LobbyGateway {
  readonly json: LobbyServer;
  readonly qdatastream: LobbyServer;
}

export function lobbyGateway(options: LobbyGatewayOptions): LobbyGateway {
  const limits: LobbyLimits = { ...lobbyLimits, ...options.limits };
  const numbers = new NumberBook(limits.numbersMax);
  const players: LobbyShared['players'] = new ThrottledBroadcast({
    timers: options.timers,
    everyMs: limits.broadcastEveryMs,
    idOf: ({ person }) => person.id,
    stampOf: ({ person, isOffline }) => `${person.id} ${isOffline} ${person.name}`,
    deliver: (groups) => deliverPlayers(groups, shared),
  });
  const shared: LobbyShared = {
    ...options,
    ...{ limits, numbers, players, sessions: new Map() },
    games: new GameBroadcasts(numbers, options.metrics),
    newSessionNumber: () => crypto.getRandomValues(new Uint32Array(1))[0] ?? 0,
  };
  return {
    json: lobbyServer(jsonLineCodec(parseUntrustedJson), shared),
    qdatastream: lobbyServer(qdatastreamCodec(parseUntrustedJson), shared),
  };
}

function lobbyServer(codec: LobbyCodec, shared: LobbyShared): LobbyServer {
  const { timers, log, metrics, limits } = shared;
  const held = new HeldBytes(limits.heldBytesMax);
  return new FramedServer({
    ...{ wire: `${wire}-${codec.name}`, timers, metrics, closeGraceMs: limits.closeGraceMs },
    connect: (stream, onEnd) => {
      const context = { wire, timers, log, metrics, limits, held };
      return new LobbyConnection(stream, codec, context, onEnd);
    },
    start: (connection) => connection.open(() => new LobbySession(connection, shared)),
  });
}

async function deliverPlayers(
  groups: readonly BroadcastGroup<LobbyUser, SeenPlayer>[],
  { players, numbers, metrics, limits, log }: LobbyShared,
): Promise<void> {
  const ready = groups.map(({ listeners, entities }) => {
    // Who is in the middle of the log-in hears of it after that.
    for (const listener of listeners) {
      if (!listener.isReady) for (const entity of entities) players.mark(listener, entity);
    }
    return { entities, listeners: listeners.filter(({ isReady }) => isReady) };
  });
  for (const { entities, listeners } of ready) {
    const [asker] = listeners.filter(({ isReady }) => isReady);
    if (asker === undefined) continue;
    try {
      const ids = entities.map(({ person }) => person.id);
      const known = await numbers.of(ids, (command, args) => asker.call(command, args));
      const objects = entities.flatMap((entity) => {
        const number = known.get(entity.person.id);
        return number === undefined ? [] : [playerObject(number, entity)];
      });
      if (objects.length === 0) continue;
      metrics.count('paperclip_lobby_broadcasts_total', { kind: 'players' });
      metrics.count('paperclip_lobby_broadcast_entities_total', { kind: 'players' }, ids.length);
      for (const message of playerInfos(objects, limits.playersPerMessageMax)) {
        postToAll(listeners, message);
      }
    } catch (error) {
      // The one who asked is gone, or the server is going: the others hear of it next time.
      log.debug('players not broadcast', { wire, error });
      for (const listener of listeners) {
        if (listener !== asker && listener.isReady)
          for (const entity of entities) players.mark(listener, entity);
      }
    }
  }
}

/** Encoded once for each framing. */
function postToAll(listeners: readonly LobbyUser[], message: object): void {
  const encoded = new Map<LobbyCodec, Uint8Array>();
  for (const listener of listeners) {
    const bytes = encoded.get(listener.codec) ?? listener.codec.encode(message);
    encoded.set(listener.codec, bytes);
    listener.postEncoded(bytes);
  }
}
