// What a channel's mode means to the parts of a connection that do not carry its messages.

import type { ChannelMode, Lane } from '../link.ts';
import type { PlannedChannel } from './parameters.ts';

export const isReliable = (mode: ChannelMode): boolean =>
  mode === 'reliable-unordered' || mode === 'reliable-ordered';

/** A message must not overtake another of its channel on this side. */
export const keepsOrder = (mode: ChannelMode): boolean =>
  mode !== 'unreliable' && mode !== 'reliable-unordered';

export const usualLane = (mode: ChannelMode): Lane => (isReliable(mode) ? 'reliable' : 'state');

/** The largest message that needs credit, or 0. */
export function largestReliableMessage(channels: readonly PlannedChannel[]): number {
  let largest = 0;
  for (const { mode, messageBytesMax } of channels) {
    if (isReliable(mode)) largest = Math.max(largest, messageBytesMax);
  }
  return largest;
}
