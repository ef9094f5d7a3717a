// From a datagram to the frames in it: the numbered receive checks of the paper, in its order, up
// to the point where the bytes are the peer's. What the frames say is not known here.

import { expandPacketNumber } from '../../base/sequence.ts';
import { PacketHeader, packetBytesMin, readPacketHeader } from '../../codec/paperclip/packet.ts';
import type { AeadKey } from '../crypto.ts';
import { type DropCounts, type DropReason, noDrops } from './drops.ts';
import { protocolLimits } from './limits.ts';
import type { TransportParameters } from './parameters.ts';
import { ReplayWindow } from './replay-window.ts';

/** The longest datagram that this end opens. */
export const receiveBytesMax = (local: TransportParameters): number =>
  Math.min(protocolLimits.datagramBytesMax, local.datagramBytesMax);

export class PacketReceiver {
  readonly drops: DropCounts = noDrops();
  /** The frames of the last opened packet: `bytes[0, end)`. */
  readonly bytes: Uint8Array;
  end = 0;
  packetNumber = 0;
  packetsReceived = 0;
  bytesReceived = 0;

  readonly #openKey: AeadKey;
  readonly #connectionId: number;
  readonly #header = new PacketHeader();
  readonly #replay = new ReplayWindow();

  constructor(openKey: AeadKey, connectionId: number, datagramBytesMax: number) {
    this.#openKey = openKey;
    this.#connectionId = connectionId;
    this.bytes = new Uint8Array(datagramBytesMax);
  }

  /** False: dropped and counted, and nothing changed. */
  open(datagram: Uint8Array, start: number, end: number): boolean {
    // 1. Length.
    const length = end - start;
    if (length < packetBytesMin || length > this.bytes.length) return this.drop('malformed-length');
    // 2. Header; key phase 1 comes into use with the first key update.
    const header = this.#header;
    const result = readPacketHeader(header, datagram, start, end);
    if (result === 'need-more') return this.drop('malformed-length');
    if (result === 'malformed' || header.keyPhase !== 0) return this.drop('malformed-header');
    // 3. Connection.
    if (header.destinationId !== this.#connectionId) return this.drop('wrong-connection');
    // 4. Replay, before the cost of the AEAD.
    const { truncatedNumber, numberLength } = header;
    const number = expandPacketNumber(this.#replay.largest, truncatedNumber, numberLength);
    if (!this.#replay.isFresh(number)) return this.drop('replayed');
    // 5. Authenticity; the header is associated data.
    const at = header.end;
    this.end = this.#openKey.open(this.bytes, 0, datagram, at, end, number, datagram, start, at);
    if (this.end < 0) return this.drop('aead-failed');
    // 6. Only now the window moves.
    this.#replay.accept(number);
    this.packetNumber = number;
    this.packetsReceived += 1;
    this.bytesReceived += length;
    return true;
  }

  drop(reason: DropReason): false {
    this.drops[reason] += 1;
    return false;
  }
}
