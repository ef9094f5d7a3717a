// `LinkStats` gathered from the parts of a connection that count, and what each holds in memory.
// Nothing is counted here.

import type { LinkStats } from '../link.ts';
import type { Inbox } from './inbox.ts';
import type { Outbox } from './outbox.ts';
import type { PacketReceiver } from './packet-receiver.ts';
import type { PacketSender } from './packet-sender.ts';

export interface ConnectionMemory {
  /** Message bytes that `send` took and whose fate is open. */
  readonly queuedBytes: number;
  /** Received message bytes that are not whole, or wait for an earlier message. */
  readonly heldBytes: number;
  readonly trackedPackets: number;
  /** Packet numbers from the oldest tracked packet on: each has a place in a ring. */
  readonly trackedSpan: number;
  readonly pendingEvents: number;
}

export function connectionStats(
  sender: PacketSender,
  receiver: PacketReceiver,
  inbox: Inbox,
  outbox: Outbox,
  paths: { readonly changes: number },
): LinkStats {
  const { rtt, loss, congestion, sent } = sender;
  const settled = loss.packetsAcked + loss.packetsLost;
  return {
    srttMs: rtt.smoothedMs,
    rttMinMs: rtt.minMs,
    rttVarMs: rtt.varianceMs,
    latestRttMs: rtt.latestMs,
    jitterMs: rtt.jitterMs,
    congestionWindowBytes: congestion.windowBytes,
    bytesInFlight: sent.bytesInFlight,
    packetsSent: sender.packetsSent,
    packetsReceived: receiver.packetsReceived,
    packetsAcked: loss.packetsAcked,
    packetsLost: loss.packetsLost,
    lossRate: settled === 0 ? 0 : loss.packetsLost / settled,
    spuriousLosses: loss.spuriousLosses,
    deliveryRate: 1000 * loss.deliveryRate,
    queueDelayMs: rtt.hasSample ? Math.max(0, rtt.smoothedMs - rtt.minMs) : 0,
    congestionState: congestion.state,
    datagramBytes: sender.mtu.datagramBytes,
    mtuBlackHoles: sender.mtu.blackHoles,
    addressChanges: paths.changes,
    bytesSent: sender.bytesSent,
    bytesReceived: receiver.bytesReceived,
    redundantBytes: outbox.redundancy.redundantBytes,
    messagesSent: outbox.messagesSent,
    messagesReceived: inbox.messagesReceived,
    messagesResent: outbox.piecesResent,
    messagesLost: { ...outbox.messagesLost },
    bytesBeforeCompression: outbox.compression.bytesBefore,
    bytesAfterCompression: outbox.compression.bytesAfter,
    ptoCount: loss.ptoTotal,
    lanes: outbox.laneStats(),
    queuedBytes: outbox.queuedBytes,
    drops: { ...receiver.drops },
    invalidPackets: receiver.invalidPackets,
    packetsMissing: receiver.packetsMissing,
    keyUpdates: sender.keys.updates,
  };
}
