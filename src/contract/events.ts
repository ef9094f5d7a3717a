// The events that the platform pushes to players, as data. WebSocket clients get those addressed to
// their player; the names and schemas are the same on every wire.

import { Lobby, LobbyId, MatchId, MatchSummary, type Static, type TSchema, t } from './schema.ts';

export interface EventRow {
  readonly summary: string;
  readonly data: TSchema;
}

const data = <P extends Record<string, TSchema>>(properties: P) =>
  t.Object(properties, { additionalProperties: false });

export const eventTable = {
  'lobby.changed': {
    summary: 'A lobby that you are in has a new state, whole.',
    data: data({ lobby: Lobby }),
  },
  'lobby.removed': {
    summary: 'You are no longer in the lobby.',
    data: data({
      lobbyId: LobbyId,
      reason: t.Union([
        t.Literal('left'),
        t.Literal('kicked'),
        t.Literal('absent'),
        t.Literal('closed'),
      ]),
    }),
  },
  'match.placed': {
    summary: 'Your match has a host: ask for a ticket and connect.',
    data: data({ matchId: MatchId, lobbyId: LobbyId, game: t.String() }),
  },
  'match.ended': {
    summary: 'Your match has ended and its result is stored.',
    data: data({ match: MatchSummary }),
  },
  'session.ended': {
    summary: 'This session was ended elsewhere; log in again.',
    data: data({ reason: t.Union([t.Literal('logged-out'), t.Literal('refresh-reused')]) }),
  },
} as const satisfies Record<string, EventRow>;

export type EventName = keyof typeof eventTable;
export type EventData<Name extends EventName> = Static<(typeof eventTable)[Name]['data']>;

export type PlatformEvent = {
  [Name in EventName]: { readonly event: Name; readonly data: EventData<Name> };
}[EventName];
