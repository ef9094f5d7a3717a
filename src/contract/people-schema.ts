// The schemas of people and talk: who somebody is to another, what they say, where they are. One
// TypeBox value is the type, the validator, the JSON Schema in OpenAPI and the row in the docs.

import { contractLimits as limits } from './limits.ts';
import { PlayerId, PlayerKind, type Static, Timestamp, t } from './schema.ts';

const strict = { additionalProperties: false } as const;

/** Whom a command is about: an id or a name. */
export const PlayerRef = t.String({
  minLength: 1,
  maxLength: 64,
  description: 'Id or name of a player; names without regard to case.',
});

/** Another player, as much as everybody may know. */
export const Person = t.Object({ id: PlayerId, name: t.String(), kind: PlayerKind }, strict);

export const PresenceState = t.Union(
  [
    t.Literal('offline'),
    t.Literal('away'),
    t.Literal('online'),
    t.Literal('in-lobby'),
    t.Literal('in-match'),
  ],
  { description: 'Of all of a player’s connections together.' },
);

export const Presence = t.Object(
  {
    player: Person,
    state: PresenceState,
    lastSeenAt: t.Optional(Timestamp),
  },
  strict,
);

export const FriendRow = t.Object(
  {
    player: Person,
    state: t.Optional(PresenceState),
    lastSeenAt: t.Optional(Timestamp),
    since: Timestamp,
  },
  strict,
);

/** What people write. The pattern refuses control characters, save tab and line feed. */
export const MessageText = t.String({
  minLength: 1,
  maxLength: limits.messageCharactersMax,
  pattern: '^(?=[\\s\\S]*\\S)[^\\u0000-\\u0008\\u000b-\\u001f\\u007f-\\u009f]*$',
  description: `1 to ${limits.messageCharactersMax} characters, not only spaces, no control characters but tab and line feed.`,
});

export const SealedText = t.String({
  minLength: 1,
  maxLength: limits.sealedCharactersMax,
  pattern: '^[A-Za-z0-9_-]+$',
  description: 'A message that only its receiver can read, base64url.',
});

export const MessageId = t.Integer({
  minimum: 0,
  maximum: Number.MAX_SAFE_INTEGER,
  description: 'Grows with time; of two messages the later one has the greater.',
});

/** Exactly one of `message` and `sealed` is there. */
export const DirectMessage = t.Object(
  {
    id: MessageId,
    from: Person,
    to: Person,
    message: t.Optional(t.String()),
    sealed: t.Optional(t.String()),
    sentAt: Timestamp,
  },
  strict,
);

export const Conversation = t.Object(
  {
    player: Person,
    last: DirectMessage,
    unread: t.Integer({ minimum: 0, description: 'Of what the other sent.' }),
    /** Up to here the other has read what you sent. */
    readByOther: t.Optional(MessageId),
  },
  strict,
);

export const SignalKind = t.String({
  minLength: 1,
  maxLength: 40,
  pattern: '^[a-z0-9.-]+$',
  description: 'What the two clients agree on, such as my-game.trade.',
});

export const DeviceId = t.String({ minLength: 1, maxLength: 40, pattern: '^[A-Za-z0-9_-]+$' });

export const DeviceKeys = t.Object(
  {
    deviceId: DeviceId,
    bundle: t.String({ description: 'The device’s public keys, signed, base64url.' }),
    publishedAt: Timestamp,
  },
  strict,
);

export const SessionRow = t.Object(
  {
    id: t.String(),
    current: t.Boolean(),
    wire: t.String(),
    address: t.String(),
    createdAt: Timestamp,
    expiresAt: Timestamp,
  },
  strict,
);

export const LoginRow = t.Object(
  {
    at: Timestamp,
    wire: t.String(),
    address: t.String(),
    outcome: t.Union([
      t.Literal('ok'),
      t.Literal('registered'),
      t.Literal('wrong-password'),
      t.Literal('locked'),
      t.Literal('banned'),
    ]),
  },
  strict,
);

export const SanctionKind = t.Union([t.Literal('ban'), t.Literal('mute')]);

export const Sanction = t.Object(
  {
    player: Person,
    kind: SanctionKind,
    reason: t.String(),
    since: Timestamp,
    until: t.Optional(Timestamp),
  },
  strict,
);

export type Person = Static<typeof Person>;
export type PresenceState = Static<typeof PresenceState>;
export type Presence = Static<typeof Presence>;
export type FriendRow = Static<typeof FriendRow>;
export type DirectMessage = Static<typeof DirectMessage>;
export type Conversation = Static<typeof Conversation>;
export type SessionRow = Static<typeof SessionRow>;
export type LoginRow = Static<typeof LoginRow>;
export type Sanction = Static<typeof Sanction>;
