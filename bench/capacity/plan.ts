// The channels of the capacity benchmark: one, as reliable as Colyseus' WebSocket.

import type { ChannelPlan } from '../../src/driver/index.ts';

export const echoChannel = 'echo';
export const channels: ChannelPlan = { [echoChannel]: 'reliable-ordered' };
