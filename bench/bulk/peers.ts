// Everyone who takes part in the bulk benchmark.

import { enet } from './enet.ts';
import { paperclip } from './paperclip.ts';
import type { BulkPeer } from './peer.ts';
import { tcp } from './tcp.ts';

export const bulkPeers: readonly BulkPeer[] = [tcp, enet, paperclip];
