// Everyone who takes part in the transport benchmark, in the order of its tables.

import { datagram } from './datagram.ts';
import { enetPeers } from './enet.ts';
import { paperclipPeers } from './paperclip.ts';
import type { Peer } from './peer.ts';
import { tcp } from './tcp.ts';
import { websocket } from './websocket.ts';

export const peers: readonly Peer[] = [tcp, websocket, datagram, ...enetPeers, ...paperclipPeers];
