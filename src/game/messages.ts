// What a host and a client of a match tell each other, as data: schemas, types, limits and the
// bytes (UTF-8 JSON). Both decoders take anything and never throw. Who sends what when is the
// match runner's and the player view's business; the record of an ended match is match-record.ts.

import { type Static, Type as t } from 'typebox';
import { Compile } from 'typebox/compile';
import { utf8, utf8Text } from '../base/bytes.ts';
import { parseJson } from '../base/json.ts';
import { err, ok, type Result } from '../base/result.ts';
import { MatchEndReason } from '../contract/schema.ts';
import { gameLimits } from './limits.ts';
import { OutcomeSchema } from './match-record.ts';

export type { MatchEndReason, MatchRecord } from './match-record.ts';

/**
 * The channels of a match's link. Everything a client sends goes on `reliable`, but for
 * `view-ack`, which goes on `state`.
 */
export const matchChannels = {
  // A player feels each round trip that an input waits for its resend.
  reliable: { mode: 'reliable-ordered', redundancy: true },
  state: 'unreliable-sequenced',
} as const;

export type MatchChannel = keyof typeof matchChannels;

/** Why a host closes a player's link on purpose: the code that stands in its last word. */
export const matchCloseCodes = {
  'match-over': 0,
  'no-such-seat': 16,
  'bad-message': 17,
  /** The player did not read until its queue was full. */
  'too-slow': 18,
  /** The same player came back on another link. */
  replaced: 19,
} as const;

const strict = { additionalProperties: false } as const;
const counter = t.Integer({ minimum: 0, maximum: 4294967295 });
const tick = t.Integer({ minimum: 0, maximum: gameLimits.ticksMax });
const seat = t.Integer({ minimum: 0, maximum: gameLimits.playersMax - 1 });

/** `away`: not connected, and may come (back). `left`: will not take part any more. */
const PlayerStatus = t.Union([t.Literal('here'), t.Literal('away'), t.Literal('left')]);

const RefusalCode = t.Union([
  /** The match has not begun: not everyone is here. */
  t.Literal('not-started'),
  t.Literal('ended'),
  /** This seat left the match for good. */
  t.Literal('left'),
  /** It does not fit the game's input schema; `field` says where. */
  t.Literal('malformed'),
  /** The game's rules refuse it now; `message` is the game's sentence. */
  t.Literal('rules'),
  /** More inputs than `inputsPerSecond` or `inputsWaitingMax`. */
  t.Literal('too-fast'),
  /** This seat used up its share of the input log. */
  t.Literal('log-full'),
]);

/** First on every connection: where the player is, and how far this seat's inputs got. */
const Welcome = t.Object(
  {
    kind: t.Literal('welcome'),
    matchId: t.String({ maxLength: 40 }),
    game: t.String({ maxLength: 32 }),
    version: t.Integer({ minimum: 1 }),
    seat,
    players: t.Array(
      t.Object(
        { name: t.String({ maxLength: 64 }), bot: t.Boolean(), status: PlayerStatus },
        strict,
      ),
      { minItems: 1, maxItems: gameLimits.playersMax },
    ),
    settings: t.Unknown(),
    /** Steps so far. */
    tick,
    /** Absent for turn games. */
    tickHz: t.Optional(t.Number({ minimum: 1, maximum: gameLimits.tickHzMax })),
    /** The highest that came: those above it were lost with an earlier connection. */
    lastSequence: counter,
  },
  strict,
);

/** What this seat sees now: whole (`base` 0, `full`), or as a change against view `base`. */
const View = t.Object(
  {
    kind: t.Literal('view'),
    /** 1 and up, one more per view sent to this seat, over all its connections. */
    n: t.Integer({ minimum: 1, maximum: 4294967295 }),
    base: counter,
    full: t.Optional(t.Unknown()),
    /** See view-delta.ts. */
    delta: t.Optional(t.Unknown()),
    tick,
    /** The highest sequence of this seat's inputs that was decided (applied or refused). */
    lastSequence: counter,
    /** Turn games with a turn time: milliseconds left when this was sent. */
    turnEndsInMs: t.Optional(t.Number({ minimum: 0 })),
  },
  strict,
);

const Refused = t.Object(
  {
    kind: t.Literal('refused'),
    sequence: counter,
    code: RefusalCode,
    /** One sentence for a person. */
    message: t.String({ maxLength: 1000 }),
    field: t.Optional(t.String({ maxLength: 200 })),
  },
  strict,
);

const PlayerChange = t.Object({ kind: t.Literal('player'), seat, status: PlayerStatus }, strict);

/** The last message. The seat's final view came before it. */
const Ended = t.Object(
  {
    kind: t.Literal('ended'),
    reason: MatchEndReason,
    /** Absent when nobody is ranked: the match was abandoned, failed, or nobody came. */
    outcome: t.Optional(OutcomeSchema),
  },
  strict,
);

export const HostMessage = t.Union([Welcome, View, Refused, PlayerChange, Ended]);
export type HostMessage = Static<typeof HostMessage>;
export type HostMessageOf<Kind extends HostMessage['kind']> = Extract<HostMessage, { kind: Kind }>;
export type PlayerStatus = Static<typeof PlayerStatus>;
export type RefusalCode = Static<typeof RefusalCode>;

const Input = t.Object(
  {
    kind: t.Literal('input'),
    /** 1 and up, larger than all before it of this seat; a smaller one is taken as a repeat. */
    sequence: t.Integer({ minimum: 1, maximum: 4294967295 }),
    input: t.Unknown(),
  },
  strict,
);

/** Real-time games: view `n` is here. 0: nothing usable is here, send a full view. */
const ViewAck = t.Object({ kind: t.Literal('view-ack'), n: counter }, strict);

/** The player gives up the seat; there is no way back. */
const Forfeit = t.Object({ kind: t.Literal('forfeit') }, strict);

export const ClientMessage = t.Union([Input, ViewAck, Forfeit]);
export type ClientMessage = Static<typeof ClientMessage>;

const hostMessage = Compile(HostMessage);
const clientMessage = Compile(ClientMessage);

export const encodeHostMessage = (message: HostMessage): Uint8Array<ArrayBuffer> =>
  utf8(JSON.stringify(message));

export const encodeClientMessage = (message: ClientMessage): Uint8Array<ArrayBuffer> =>
  utf8(JSON.stringify(message));

/** Over a link, a message's channel follows from its kind. */
export const clientChannel = (message: ClientMessage): MatchChannel =>
  message.kind === 'view-ack' ? 'state' : 'reliable';

/** The error is a reason for a log: never a player's own words. */
export function decodeHostMessage(bytes: Uint8Array): Result<HostMessage, string> {
  const value = decodeJson(bytes, gameLimits.hostMessageBytesMax);
  if (!value.ok) return value;
  return checkHostMessage(value.value);
}

/** The same for a message that came as a value (a WebSocket frame, a test). */
export function checkHostMessage(value: unknown): Result<HostMessage, string> {
  if (!hostMessage.Check(value)) return err('not a host message');
  const isFull = value.kind === 'view' && value.base === 0;
  if (value.kind === 'view' && !('full' in value && isFull) && !('delta' in value && !isFull)) {
    return err('a view needs full with base 0, or delta with another');
  }
  return ok(value);
}

export function decodeClientMessage(bytes: Uint8Array): Result<ClientMessage, string> {
  const value = decodeJson(bytes, gameLimits.clientMessageBytesMax);
  if (!value.ok) return value;
  return clientMessage.Check(value.value) ? ok(value.value) : err('not a client message');
}

function decodeJson(bytes: Uint8Array, bytesMax: number): Result<unknown, string> {
  if (bytes.length > bytesMax) return err(`larger than ${bytesMax} bytes`);
  const text = utf8Text(bytes);
  if (text === undefined) return err('not UTF-8');
  const value = parseJson(text);
  return value.ok ? value : err('not JSON');
}
