// What a channel's mode means to the parts of a connection that do not carry its messages.

import { varintLength } from '../../base/varint.ts';
import type { ChannelMode, Lane } from '../link.ts';
import { protocolLimits } from './limits.ts';
import type { PlannedChannel } from './parameters.ts';

/** Its messages stay until they are acknowledged, or superseded, or the caller's time is over. */
export const isReliable = (mode: ChannelMode): boolean =>
  mode === 'reliable-latest' || needsCredit(mode);

/** What is on its way is bounded by the receiver's credit, and not by keys or time. */
export const needsCredit = (mode: ChannelMode): boolean =>
  mode === 'reliable-unordered' || mode === 'reliable-ordered';

/** A message must not overtake another of its channel on this side. */
export const keepsOrder = (mode: ChannelMode): boolean =>
  mode !== 'unreliable' && mode !== 'reliable-unordered';

export const usualLane = (mode: ChannelMode): Lane => (needsCredit(mode) ? 'reliable' : 'state');

/** The largest message that needs credit, or 0. */
export function largestReliableMessage(channels: readonly PlannedChannel[]): number {
  let largest = 0;
  for (const { mode, messageBytesMax } of channels) {
    if (needsCredit(mode)) largest = Math.max(largest, messageBytesMax);
  }
  return largest;
}

/** The varint of the largest key, in front of each value. */
export const latestKeyBytesMax = varintLength(protocolLimits.latestKeyMax);
