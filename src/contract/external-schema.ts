// The schemas of external games: games that the platform brings together and does not run. Programs
// on the players' machines play them with each other; the platform keeps the list, says who is to
// connect to whom, passes on what they tell each other for that, and stores what they report.

import { contractLimits as limits } from './limits.ts';
import { Person } from './people-schema.ts';
import { type Static, Timestamp, t } from './schema.ts';

const strict = { additionalProperties: false } as const;

const printable = (charactersMax: number, description: string) =>
  t.String({
    minLength: 1,
    maxLength: charactersMax,
    pattern: '^[ -~]*[!-~][ -~]*$',
    description: `${description} ASCII, not blank.`,
  });

export const ExternalNumber = t.Integer({
  minimum: 1,
  maximum: 2 ** 31 - 1,
  description: 'Names the game, and no other before or after it.',
});

export const ExternalTitle = printable(limits.externalTitleCharactersMax, 'As it is listed.');
export const ExternalMod = printable(limits.externalNameCharactersMax, 'What program plays it.');
export const ExternalMap = printable(limits.externalNameCharactersMax, 'Where it is played.');

export const ExternalVisibility = t.Union([t.Literal('public'), t.Literal('friends')]);

export const ExternalPassword = t.String({
  minLength: 1,
  maxLength: limits.externalPasswordCharactersMax,
  description: 'What whoever joins has to know.',
});

export const ExternalRating = t.Number({ minimum: -100_000, maximum: 100_000 });

export const ExternalGame = t.Object(
  {
    number: ExternalNumber,
    title: t.String(),
    mod: t.String(),
    map: t.String(),
    visibility: ExternalVisibility,
    hasPassword: t.Boolean(),
    ratingMin: t.Optional(t.Number()),
    ratingMax: t.Optional(t.Number()),
    enforceRatingRange: t.Boolean({ description: 'A wish to the players’ programs.' }),
    state: t.Union([
      t.Literal('starting', { description: 'Its host’s program is not ready yet.' }),
      t.Literal('open'),
      t.Literal('playing'),
      t.Literal('closed'),
    ]),
    host: Person,
    players: t.Array(t.Object({ player: Person, team: t.Optional(t.Integer()) }, strict), {
      description: 'Who is connected and has a place in the game.',
    }),
    teams: t.Array(t.Integer(), { description: 'Also those whose players have all left.' }),
    playersMax: t.Integer(),
    mods: t.Array(t.String(), { description: 'Ids of what changes the game.' }),
    hostedAt: Timestamp,
    launchedAt: t.Optional(Timestamp),
  },
  strict,
);

/** What a player's program is to do. */
export const ExternalSignal = t.Union([
  t.Object({ kind: t.Literal('host'), map: t.String() }, strict),
  t.Object({ kind: t.Literal('join'), host: Person }, strict),
  t.Object(
    {
      kind: t.Literal('connect'),
      peer: Person,
      offer: t.Boolean({ description: 'Whether to begin, or to wait for the peer.' }),
    },
    strict,
  ),
  t.Object({ kind: t.Literal('disconnect'), peer: Person }, strict),
  t.Object(
    {
      kind: t.Literal('ice'),
      from: Person,
      payload: t.Unknown({ description: 'As the sender gave it.' }),
    },
    strict,
  ),
]);

export const ExternalRemoval = t.Union([
  t.Literal('left'),
  t.Literal('timed-out', { description: 'The program did not say in time that it runs.' }),
  t.Literal('host-left', { description: 'The host left before the game was launched.' }),
]);

export type ExternalGame = Static<typeof ExternalGame>;
export type ExternalSignal = Static<typeof ExternalSignal>;
export type ExternalRemoval = Static<typeof ExternalRemoval>;
