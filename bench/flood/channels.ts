// What players and host of `flood.ts` speak over.

export const floodChannels = { echo: 'reliable-unordered' } as const;
