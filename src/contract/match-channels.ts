// The channel plan of every match link: both ends make their link with it, whatever the wire.

export const matchChannels = {
  /** Views of turn games, inputs, results: each once, in order. */
  game: 'reliable-ordered',
  /** Views of real-time games and their acknowledgements: the newest that arrives. */
  state: 'unreliable-sequenced',
} as const;

export type MatchChannel = keyof typeof matchChannels;

/** The match runner names a need; this names the channel that gives it. */
export const matchChannelOf = { reliable: 'game', state: 'state' } as const satisfies Record<
  string,
  MatchChannel
>;
