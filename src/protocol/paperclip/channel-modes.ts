// What a channel's mode means to the parts of a connection that do not carry its messages.

import type { ChannelMode } from '../link.ts';
import type { PlannedChannel } from './parameters.ts';

export const isReliable = (mode: ChannelMode): boolean =>
  mode === 'reliable-unordered' || mode === 'reliable-ordered';

/** The largest message that needs credit, or 0. */
export function largestReliableMessage(channels: readonly PlannedChannel[]): number {
  let largest = 0;
  for (const { mode, messageBytesMax } of channels) {
    if (isReliable(mode)) largest = Math.max(largest, messageBytesMax);
  }
  return largest;
}
