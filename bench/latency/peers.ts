// Everyone who takes part in the latency benchmark, in the order of its table.

import { enet } from './enet.ts';
import { paperclipPeers } from './paperclip.ts';
import type { LatencyPeer } from './peer.ts';
import { tcp } from './tcp.ts';

export const latencyPeers: readonly LatencyPeer[] = [tcp, enet, ...paperclipPeers];
