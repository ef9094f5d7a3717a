// From a datagram to the frames in it: the numbered receive checks of the paper, in its order, up
// to the point where the bytes are the peer's. What the frames say is not known here.

import { expandPacketNumber } from '../../base/sequence.ts';
import { PacketHeader, packetBytesMin, readPacketHeader } from '../../codec/paperclip/packet.ts';
import { type DropCounts, type DropReason, noDrops } from './drops.ts';
import type { KeySchedule } from './key-schedule.ts';
import { protocolLimits } from './limits.ts';
import type { ConnectionSetup, TransportParameters } from './parameters.ts';
import { ReplayWindow } from './replay-window.ts';

/** The longest datagram that this end opens. */
const receiveBytesMax = (local: TransportParameters): number =>
  Math.min(protocolLimits.datagramBytesMax, local.datagramBytesMax);

export class PacketReceiver {
  readonly drops: DropCounts = noDrops();
  /** The frames of the last opened packet: `bytes[0, end)`. */
  readonly bytes: Uint8Array;
  end = 0;
  packetNumber = 0;
  /** No packet with a higher number was opened before it. */
  isNewest = false;
  packetsReceived = 0;
  /** Why `open` or `drop` said false last. */
  lastDrop: DropReason = 'malformed-length';
  bytesReceived = 0;

  readonly #keys: KeySchedule;
  readonly #connectionId: number;
  readonly #firstNumber: number;
  readonly #aeadFailuresMax: number;
  readonly #datagramBytesMax: number;
  readonly #header: PacketHeader;
  readonly #replay: ReplayWindow;

  constructor(setup: ConnectionSetup, keys: KeySchedule) {
    const { localConnectionId, local, keyLimits, memory, firstPacketNumber = 0 } = setup;
    this.#firstNumber = firstPacketNumber;
    this.#keys = keys;
    this.#connectionId = localConnectionId;
    this.#aeadFailuresMax = keyLimits?.aeadFailuresMax ?? protocolLimits.aeadFailuresMax;
    this.#replay = new ReplayWindow(firstPacketNumber);
    this.#datagramBytesMax = receiveBytesMax(local);
    this.#header = memory?.header ?? new PacketHeader();
    this.bytes = memory?.opened ?? new Uint8Array(this.#datagramBytesMax);
  }

  /** Of the last opened packet. */
  get keyPhase(): number {
    return this.#header.keyPhase;
  }
  /** Datagrams that did not prove to be the peer's. */
  get invalidPackets(): number {
    const { drops } = this;
    return drops['malformed-length'] + drops['malformed-header'] + drops['aead-failed'];
  }
  /** Numbers up to the largest that did not come, or not yet. */
  get packetsMissing(): number {
    return this.#replay.largest + 1 - this.#firstNumber - this.packetsReceived;
  }
  /** So many forgeries that one more might be believed (RFC 9001 section 6.6). */
  get isWornOut(): boolean {
    return this.drops['aead-failed'] >= this.#aeadFailuresMax;
  }

  /** False: dropped and counted, and nothing changed. */
  open(nowMs: number, datagram: Uint8Array, start: number, end: number): boolean {
    // 1. Length.
    const length = end - start;
    if (length < packetBytesMin || length > this.#datagramBytesMax) {
      return this.drop('malformed-length');
    }
    // 2. Header.
    const header = this.#header;
    const result = readPacketHeader(header, datagram, start, end);
    if (result === 'need-more') return this.drop('malformed-length');
    if (result === 'malformed') return this.drop('malformed-header');
    // 3. Connection.
    if (header.destinationId !== this.#connectionId) return this.drop('wrong-connection');
    // 4. Replay, before the cost of the AEAD.
    const { truncatedNumber, numberLength, keyPhase } = header;
    const number = expandPacketNumber(this.#replay.largest, truncatedNumber, numberLength);
    if (!this.#replay.isFresh(number)) return this.drop('replayed');
    // 5. The key that a packet of this phase and number has: there is only one to try.
    const key = this.#keys.readKeyFor(nowMs, keyPhase, number);
    if (key === undefined) return this.drop('key-not-in-use');
    // 6. Authenticity; the header is associated data.
    const at = header.end;
    this.end = key.open(this.bytes, 0, datagram, at, end, number, datagram, start, at);
    if (this.end < 0) return this.drop('aead-failed');
    // 7. Only now the window moves, and the next key comes into use.
    this.isNewest = number > this.#replay.largest;
    this.#replay.accept(number);
    this.#keys.onOpened(nowMs, keyPhase, number);
    this.packetNumber = number;
    this.packetsReceived += 1;
    this.bytesReceived += length;
    return true;
  }

  drop(reason: DropReason): false {
    this.drops[reason] += 1;
    this.lastDrop = reason;
    return false;
  }
}
