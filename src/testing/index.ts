// `paperclip/testing`: a network that misbehaves, in virtual time, for tests of programs and of the
// protocol itself.

export type { QlogOutput } from '../protocol/paperclip/qlog.ts';
export { Bottleneck } from './bottleneck.ts';
export { type LinkConditions, type LinkCounts, SimulatedLink } from './simulated-link.ts';
export { type Transmit, VirtualNetwork, type VirtualNode } from './virtual-network.ts';
export {
  type World,
  type WorldDialOptions,
  type WorldHost,
  type WorldHostOptions,
  type WorldOptions,
  type WorldPlayer,
  world,
} from './world.ts';
