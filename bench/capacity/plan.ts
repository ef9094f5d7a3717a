// What both ends of the capacity benchmark must know: the channels of Paperclip's connections, of
// which one is as reliable as Colyseus' WebSocket, and on how many sockets a generator has them.

import type { ChannelPlan } from '../../src/driver/index.ts';

export const echoChannel = 'echo';
export const channels: ChannelPlan = { [echoChannel]: 'reliable-ordered' };

/** A socket per connection would measure the generator. */
export const generatorSockets = 50;
