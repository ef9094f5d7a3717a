// Messages of which not all pieces have come (paper, section 2), bounded in number, bytes and time.
// Pieces share id, flags, init vector, checksum and header of the type; whatever does not agree is
// a contradiction, after which all pieces are forgotten: nobody can tell which were the wrong ones,
// and a RELIABLE message is sent again.

import { concatBytes, equalBytes } from '../../base/bytes.ts';
import { errorCodes, flags } from '../../codec/classic/numbers.ts';
import type { Packet } from '../../codec/classic/packet.ts';
import { classicLimits } from './limits.ts';

const { fragmentBytes, reassembliesMax, reassemblyBytesMax, reassemblyIdleMs, reassemblyMs } =
  classicLimits;

interface Gathered {
  /** The piece that came first. */
  readonly like: Packet;
  readonly pieces: (Uint8Array | undefined)[];
  readonly startedMs: number;
  newestMs: number;
  missing: number;
  bytes: number;
}

export type Joined =
  | { readonly kind: 'waiting' }
  /** All pieces: a packet with the whole data, and still the fields of a piece. */
  | { readonly kind: 'whole'; readonly packet: Packet }
  | { readonly kind: 'refused'; readonly code: number };

export class Reassembly {
  /** By id, the one that got its newest piece longest ago first. */
  readonly #gathered = new Map<number, Gathered>();
  #bytes = 0;

  get bytes(): number {
    return this.#bytes;
  }

  get length(): number {
    return this.#gathered.size;
  }

  get nextTimeoutMs(): number {
    let atMs = Infinity;
    for (const gathered of this.#gathered.values()) atMs = Math.min(atMs, endsAtMs(gathered));
    return atMs;
  }

  /** RELIABLE messages of which pieces are here: the others will come. */
  *comingIds(): Iterable<number> {
    for (const [id, { like }] of this.#gathered) if (like.flags & flags.reliable) yield id;
  }

  /** The packet must have a fragment. Its data is copied. */
  add(nowMs: number, id: number, packet: Packet): Joined {
    const { id: index, count } = packet.fragment!;
    if (packet.data.length > fragmentBytes) return this.#refuse(id, errorCodes.fragmentId);
    const known = this.#gathered.get(id);
    if (known !== undefined) {
      if (known.pieces.length !== count) return this.#refuse(id, errorCodes.fragmentNumber);
      const piece = known.pieces[index];
      if (!isAlike(known.like, packet)) return this.#refuse(id, errorCodes.fragmentId);
      if (piece !== undefined) {
        if (equalBytes(piece, packet.data)) return { kind: 'waiting' };
        return this.#refuse(id, errorCodes.fragmentId);
      }
    }
    const gathered = known ?? this.#start(nowMs, id, packet, count);
    const data = packet.data.slice();
    gathered.pieces[index] = data;
    gathered.missing -= 1;
    gathered.bytes += data.length;
    gathered.newestMs = nowMs;
    this.#bytes += data.length;
    if (gathered.missing === 0) {
      this.#forget(id);
      return { kind: 'whole', packet: whole(gathered) };
    }
    this.#gathered.delete(id);
    this.#gathered.set(id, gathered);
    this.#makeRoom(id);
    return { kind: 'waiting' };
  }

  handleTimeout(nowMs: number): void {
    for (const [id, gathered] of this.#gathered) if (endsAtMs(gathered) <= nowMs) this.#forget(id);
  }

  #start(nowMs: number, id: number, like: Packet, count: number): Gathered {
    const pieces = new Array<Uint8Array | undefined>(count).fill(undefined);
    const ownLike = { ...like, data: new Uint8Array(0), ...copiedFields(like) };
    const started = { startedMs: nowMs, newestMs: nowMs, missing: count, bytes: 0 };
    const gathered: Gathered = { like: ownLike, pieces, ...started };
    this.#gathered.set(id, gathered);
    return gathered;
  }

  /** Whoever waited longest for a piece goes first, but not the one that just got one. */
  #makeRoom(kept: number): void {
    for (const id of this.#gathered.keys()) {
      if (this.#gathered.size <= reassembliesMax && this.#bytes <= reassemblyBytesMax) return;
      if (id !== kept) this.#forget(id);
    }
  }

  #refuse(id: number, code: number): Joined {
    this.#forget(id);
    return { kind: 'refused', code };
  }

  #forget(id: number): void {
    this.#bytes -= this.#gathered.get(id)?.bytes ?? 0;
    this.#gathered.delete(id);
  }
}

const endsAtMs = ({ newestMs, startedMs }: Gathered): number =>
  Math.min(newestMs + reassemblyIdleMs, startedMs + reassemblyMs);

function whole({ like, pieces }: Gathered): Packet {
  return { ...like, data: concatBytes(...pieces.filter((piece) => piece !== undefined)) };
}

/** The datagram's buffer is not ours to keep. */
function copiedFields(packet: Packet): { readonly initVector?: Uint8Array } {
  return packet.initVector === undefined ? {} : { initVector: packet.initVector.slice() };
}

function isAlike(a: Packet, b: Packet): boolean {
  const isSameVector =
    a.initVector === undefined || b.initVector === undefined
      ? a.initVector === b.initVector
      : equalBytes(a.initVector, b.initVector);
  return isSameVector && a.flags === b.flags && a.checksum === b.checksum && isSameBody(a, b);
}

function isSameBody(a: Packet, b: Packet): boolean {
  switch (a.type) {
    case 'default':
      return b.type === 'default';
    case 'ack':
      return b.type === 'ack' && a.ackId === b.ackId && a.ackBits === b.ackBits;
    case 'heartbeat':
      return b.type === 'heartbeat' && a.isPing === b.isPing;
    case 'error':
      return b.type === 'error' && a.code === b.code;
    case 'auth':
      // It has no data and needs no pieces; the handshake reads the first.
      return false;
    default:
      return a satisfies never;
  }
}
