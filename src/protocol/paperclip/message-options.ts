// What a caller says of one message, checked against the mode of its channel: its key, its lane.
// How long it lives and whether it is compressed are the outbox's.

import type { Lane } from '../link.ts';
import { keepsOrder } from './channel-modes.ts';
import { lanes } from './lanes.ts';
import { protocolLimits } from './limits.ts';
import type { PlannedChannel } from './parameters.ts';

/** -1 where messages have none. */
export function keyFor({ name, mode }: PlannedChannel, key: number | undefined): number {
  if (mode === 'reliable-latest') {
    const { latestKeyMax } = protocolLimits;
    if (key === undefined) return 0;
    if (Number.isInteger(key) && key >= 0 && key <= latestKeyMax) return key;
    throw new RangeError(`key must be a whole number from 0 to ${latestKeyMax}, not ${key}`);
  }
  if (key === undefined) return -1;
  throw new TypeError(`key: channel ${name} is ${mode}, and only reliable-latest has keys`);
}

/** The index of the lane. */
export function laneFor({ name, mode }: PlannedChannel, priority: Lane): number {
  const lane = lanes.indexOf(priority);
  if (lane < 0) throw new TypeError(`priority must be one of ${lanes.join(', ')}, not ${priority}`);
  if (!keepsOrder(mode)) return lane;
  throw new TypeError(`priority: channel ${name} is ${mode}, and keeps its messages in order`);
}
