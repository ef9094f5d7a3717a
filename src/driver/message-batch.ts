// Everything about pointers of sockets, in one place: arrays of `struct mmsghdr` for sendmmsg and
// recvmmsg, in memory that does not move, and the C functions themselves through koffi. Layouts are
// those of 64-bit Linux, little-endian (`struct msghdr` of <sys/socket.h>, `struct sockaddr_in`).
// Pointers are Numbers, for which user space is small enough: a call takes 20 ns less than with a
// Buffer.
//
// It knows IPv4 only, and neither sockets' lives nor errors' meaning: `udp-batch.ts` does.

import { endianness } from 'node:os';
import { copyBytes } from '../base/copy.ts';

const sockaddrBytes = 16;
const iovecBytes = 16;
const mmsghdrBytes = 64;
/** `struct cmsghdr` with a 16-bit value, and padded to 8. */
const segmentControl = { length: 18, space: 24, valueAt: 16 } as const;
/** The same with a 32-bit one. */
const joinedControl = { length: 20, space: 24, valueAt: 16 } as const;
/** Offsets in `struct mmsghdr`. */
const at = {
  name: 0,
  nameLength: 8,
  iovec: 16,
  iovecCount: 24,
  control: 32,
  controlLength: 40,
  messageLength: 56,
} as const;
const AF_INET = 2;
const SOL_SOCKET = 1;
const SO_REUSEPORT = 15;
const SOL_IP = 0;
const SOL_UDP = 17;
/** Linux 4.18: the kernel cuts one long buffer into datagrams of this length. */
const UDP_SEGMENT = 103;
/** Linux 5.0: datagrams of one sender and one length arrive joined, and this says the length. */
const UDP_GRO = 104;
/** A run: UDP_MAX_SEGMENTS of older kernels, and the longest UDP payload over IPv4. */
const runDatagramsMax = 64;
const runBytesMax = 65_507;

/** System calls by file descriptor. They return -1 on failure; `errno()` says why. */
export interface BatchCalls {
  /** A new IPv4 datagram socket, non-blocking. */
  socket(): number;
  bind(fd: number, ip: number, port: number): number;
  connect(fd: number, ip: number, port: number): number;
  close(fd: number): void;
  /** Before `bind`: others that do the same may have the port too (`SO_REUSEPORT`). */
  reusePort(fd: number): boolean;
  /** Too long for the path is lost, and never in pieces (`IP_PMTUDISC_PROBE`). */
  keepWhole(fd: number): boolean;
  /** The kernel takes runs of equal datagrams as one (`UDP_SEGMENT`). */
  canSegment(fd: number): boolean;
  /** From now on datagrams may come joined (`UDP_GRO`). False: this kernel does not do it. */
  join(fd: number): boolean;
  /** How many of the batch's runs from `first` to `end` the kernel took. */
  send(fd: number, batch: SendBatch, first: number, end: number): number;
  /** How many datagrams were there, up to the batch's size. Does not wait. */
  receive(fd: number, batch: ReceiveBatch): number;
  errno(): number;
  addressOf(memory: Buffer): number;
}

/** Undefined where there are no such calls: another system, or koffi without a binary for it. */
export async function loadBatchCalls(): Promise<BatchCalls | undefined> {
  const is64Bit = process.arch === 'x64' || process.arch === 'arm64';
  if (process.platform !== 'linux' || !is64Bit || endianness() !== 'LE') return undefined;
  try {
    const { default: koffi } = await import('koffi');
    // The program itself: it is linked with the C library, whichever that is.
    const libc = koffi.load(null);
    const socket = libc.func('int socket(int, int, int)');
    const bind = libc.func('int bind(int, void *, uint32_t)');
    const connect = libc.func('int connect(int, void *, uint32_t)');
    const close = libc.func('int close(int)');
    const setsockopt = libc.func('int setsockopt(int, int, int, void *, uint32_t)');
    const sendmmsg = libc.func('int sendmmsg(int, uint64_t, unsigned int, int)');
    const recvmmsg = libc.func('int recvmmsg(int, uint64_t, unsigned int, int, uint64_t)');
    const SOCK_DGRAM = 2;
    const SOCK_NONBLOCK = 0o4000;
    const SOCK_CLOEXEC = 0o2000000;
    const MSG_DONTWAIT = 0x40;
    const IP_MTU_DISCOVER = 10;
    const IP_PMTUDISC_PROBE = 3;
    const zero = Buffer.alloc(4);
    const probe = Buffer.from([IP_PMTUDISC_PROBE, 0, 0, 0]);
    const one = Buffer.from([1, 0, 0, 0]);
    return {
      socket: () => Number(socket(AF_INET, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0)),
      bind: (fd, ip, port) => Number(bind(fd, sockaddr(ip, port), sockaddrBytes)),
      connect: (fd, ip, port) => Number(connect(fd, sockaddr(ip, port), sockaddrBytes)),
      close: (fd) => void close(fd),
      reusePort: (fd) => setsockopt(fd, SOL_SOCKET, SO_REUSEPORT, one, one.length) === 0,
      keepWhole: (fd) => setsockopt(fd, SOL_IP, IP_MTU_DISCOVER, probe, probe.length) === 0,
      // Zero is "off", as before: only a kernel that knows the option takes it.
      canSegment: (fd) => setsockopt(fd, SOL_UDP, UDP_SEGMENT, zero, zero.length) === 0,
      join: (fd) => setsockopt(fd, SOL_UDP, UDP_GRO, one, one.length) === 0,
      send: (fd, batch, first, end) =>
        sendmmsg(fd, batch.headersAt(first), end - first, MSG_DONTWAIT),
      receive: (fd, batch) => recvmmsg(fd, batch.headersAt, batch.size, MSG_DONTWAIT, 0),
      errno: () => koffi.errno(),
      addressOf: (memory) => Number(koffi.address(memory)),
    };
  } catch {
    return undefined;
  }
}

/**
 * Datagrams that wait to be sent, one behind the other. Those in a row of the same length to the
 * same peer, with at most one shorter one at their end, are a run: one buffer for the kernel, which
 * costs it little more than one datagram.
 */
export class SendBatch {
  readonly #bytes: Buffer;
  readonly #datagramsMax: number;
  readonly #memory: HeaderMemory;
  readonly #controls: Buffer;
  /** Of run `i`. */
  readonly #starts: Int32Array;
  readonly #lengths: Int32Array;
  readonly #segments: Int32Array;
  readonly #counts: Int32Array;
  #used = 0;
  #datagrams = 0;
  #runs = 0;

  /** `hasAddresses`: false for a connected socket, whose datagrams go to its peer. */
  constructor(calls: BatchCalls, datagramsMax: number, bytesMax: number, hasAddresses: boolean) {
    this.#datagramsMax = datagramsMax;
    // Slow in name only: memory of its own, which the garbage collector neither moves nor shares.
    this.#bytes = Buffer.allocUnsafeSlow(bytesMax);
    // One header more than runs can be, for a datagram that goes alone.
    const headers = datagramsMax + 1;
    this.#memory = new HeaderMemory(calls, this.#bytes, headers, hasAddresses);
    this.#controls = Buffer.allocUnsafeSlow(headers * segmentControl.space).fill(0);
    const controlsAt = calls.addressOf(this.#controls);
    for (let i = 0; i < headers; i++) {
      const control = i * segmentControl.space;
      this.#controls.writeUInt32LE(segmentControl.length, control);
      this.#controls.writeUInt32LE(SOL_UDP, control + 8);
      this.#controls.writeUInt32LE(UDP_SEGMENT, control + 12);
      this.#memory.setControl(i, controlsAt + control);
    }
    this.#starts = new Int32Array(headers);
    this.#lengths = new Int32Array(headers);
    this.#segments = new Int32Array(headers);
    this.#counts = new Int32Array(headers);
  }

  get runs(): number {
    return this.#runs;
  }
  get isEmpty(): boolean {
    return this.#runs === 0;
  }
  headersAt(run: number): number {
    return this.#memory.headersAt + run * mmsghdrBytes;
  }
  datagramsOf(run: number): number {
    return this.#counts[run]!;
  }

  hasRoom(length: number): boolean {
    return this.#datagrams < this.#datagramsMax && this.#used + length <= this.#bytes.length;
  }

  /** The last run can take a datagram of this length: none of its own is shorter. */
  canJoin(length: number): boolean {
    const run = this.#runs - 1;
    if (run < 0 || length > this.#segments[run]!) return false;
    const isEven = this.#lengths[run] === this.#segments[run]! * this.#counts[run]!;
    return isEven && !this.isRunFull(length) && this.hasRoom(length);
  }

  /** The last run has as much as the kernel takes in one go. */
  isRunFull(length: number): boolean {
    const run = this.#runs - 1;
    return this.#counts[run] === runDatagramsMax || this.#lengths[run]! + length > runBytesMax;
  }

  /** As one more of the last run, which `canJoin`. */
  join(datagram: Uint8Array, length: number): void {
    const run = this.#runs - 1;
    this.#copy(datagram, length);
    this.#setRun(run, this.#starts[run]!, this.#lengths[run]! + length, this.#counts[run]! + 1);
  }

  /** As the first of a run, whose number is returned. There `hasRoom`. */
  begin(datagram: Uint8Array, length: number): number {
    const run = this.#runs++;
    const start = this.#used;
    this.#segments[run] = length;
    this.#copy(datagram, length);
    this.#setRun(run, start, length, 1);
    return run;
  }

  setAddress(run: number, ip: number, port: number): void {
    this.#memory.setAddress(run, ip, port);
  }

  /** Makes a run of its own of one datagram of another. Returns its number, the same each time. */
  single(run: number, index: number): number {
    const alone = this.#datagramsMax;
    const segment = this.#segments[run]!;
    const from = index * segment;
    this.#memory.copyAddress(run, alone);
    this.#segments[alone] = segment;
    const length = Math.min(segment, this.#lengths[run]! - from);
    this.#setRun(alone, this.#starts[run]! + from, length, 1);
    return alone;
  }

  clear(): void {
    this.#used = 0;
    this.#datagrams = 0;
    this.#runs = 0;
  }

  #copy(datagram: Uint8Array, length: number): void {
    copyBytes(datagram, 0, length, this.#bytes, this.#used);
    this.#used += length;
    this.#datagrams += 1;
  }

  #setRun(run: number, start: number, length: number, count: number): void {
    this.#starts[run] = start;
    this.#lengths[run] = length;
    this.#counts[run] = count;
    this.#memory.setBytes(run, start, length);
    if (count === 2) {
      const valueAt = run * segmentControl.space + segmentControl.valueAt;
      this.#controls.writeUInt16LE(this.#segments[run]!, valueAt);
    }
    this.#memory.setControlLength(run, count > 1 ? segmentControl.space : 0);
  }
}

/** Buffers as they came, each of one datagram or several: number `i` begins at `i * slotBytes`. */
export class ReceiveBatch {
  readonly size: number;
  readonly slotBytes: number;
  readonly bytes: Buffer;
  readonly headersAt: number;
  readonly #memory: HeaderMemory;
  readonly #controls: Buffer;

  constructor(calls: BatchCalls, size: number, slotBytes: number) {
    this.size = size;
    this.slotBytes = slotBytes;
    this.bytes = Buffer.allocUnsafeSlow(size * slotBytes);
    this.#memory = new HeaderMemory(calls, this.bytes, size, true);
    this.headersAt = this.#memory.headersAt;
    this.#controls = Buffer.allocUnsafeSlow(size * joinedControl.space).fill(0);
    const controlsAt = calls.addressOf(this.#controls);
    for (let i = 0; i < size; i++) {
      this.#memory.setBytes(i, i * slotBytes, slotBytes);
      this.#memory.setControl(i, controlsAt + i * joinedControl.space);
      this.#memory.setControlLength(i, joinedControl.space);
    }
  }

  lengthOf(i: number): number {
    return this.#memory.messageLength(i);
  }
  /** The length of all datagrams in it but the last. To be asked once for each buffer. */
  takeDatagramBytes(i: number): number {
    const isJoined = this.#memory.controlLength(i) >= joinedControl.length;
    // The kernel has written over how much room there is.
    this.#memory.setControlLength(i, joinedControl.space);
    if (!isJoined) return this.lengthOf(i);
    return this.#controls.readUInt32LE(i * joinedControl.space + joinedControl.valueAt);
  }
  ipOf(i: number): number {
    return this.#memory.ip(i);
  }
  portOf(i: number): number {
    return this.#memory.port(i);
  }
}

/**
 * `count` of `struct mmsghdr`, each with one iovec and, if asked for, an address. Written as words,
 * which takes a tenth of what a Buffer's methods take.
 */
class HeaderMemory {
  readonly headersAt: number;
  readonly #bytesAt: number;
  readonly #headers: Uint32Array;
  readonly #iovecs: Uint32Array;
  readonly #names: Buffer;

  constructor(calls: BatchCalls, bytes: Buffer, count: number, hasAddresses: boolean) {
    const headers = Buffer.allocUnsafeSlow(count * mmsghdrBytes).fill(0);
    const iovecs = Buffer.allocUnsafeSlow(count * iovecBytes).fill(0);
    this.#headers = words(headers);
    this.#iovecs = words(iovecs);
    this.#names = Buffer.allocUnsafeSlow(count * sockaddrBytes).fill(0);
    this.#bytesAt = calls.addressOf(bytes);
    this.headersAt = calls.addressOf(headers);
    const iovecsAt = calls.addressOf(iovecs);
    const namesAt = calls.addressOf(this.#names);
    for (let i = 0; i < count; i++) {
      const header = i * mmsghdrBytes;
      writePointer(this.#headers, header + at.iovec, iovecsAt + i * iovecBytes);
      this.#headers[(header + at.iovecCount) >> 2] = 1;
      if (!hasAddresses) continue;
      writePointer(this.#headers, header + at.name, namesAt + i * sockaddrBytes);
      this.#headers[(header + at.nameLength) >> 2] = sockaddrBytes;
    }
  }

  setBytes(i: number, start: number, length: number): void {
    writePointer(this.#iovecs, i * iovecBytes, this.#bytesAt + start);
    this.#iovecs[(i * iovecBytes + 8) >> 2] = length;
  }
  setControl(i: number, address: number): void {
    writePointer(this.#headers, i * mmsghdrBytes + at.control, address);
  }
  setControlLength(i: number, length: number): void {
    this.#headers[(i * mmsghdrBytes + at.controlLength) >> 2] = length;
  }
  controlLength(i: number): number {
    return this.#headers[(i * mmsghdrBytes + at.controlLength) >> 2]!;
  }
  setAddress(i: number, ip: number, port: number): void {
    writeSockaddr(this.#names, i * sockaddrBytes, ip, port);
  }
  copyAddress(from: number, to: number): void {
    const start = from * sockaddrBytes;
    this.#names.copyWithin(to * sockaddrBytes, start, start + sockaddrBytes);
  }
  messageLength(i: number): number {
    return this.#headers[(i * mmsghdrBytes + at.messageLength) >> 2]!;
  }
  ip(i: number): number {
    return this.#names.readUInt32BE(i * sockaddrBytes + 4);
  }
  port(i: number): number {
    return this.#names.readUInt16BE(i * sockaddrBytes + 2);
  }
}

/** Of a buffer with memory of its own, and so aligned. */
const words = ({ buffer, byteOffset, length }: Buffer): Uint32Array =>
  new Uint32Array(buffer, byteOffset, length >> 2);

function sockaddr(ip: number, port: number): Buffer {
  const bytes = Buffer.alloc(sockaddrBytes);
  writeSockaddr(bytes, 0, ip, port);
  return bytes;
}

function writeSockaddr(into: Buffer, offset: number, ip: number, port: number): void {
  into.writeUInt16LE(AF_INET, offset);
  into.writeUInt16BE(port, offset + 2);
  into.writeUInt32BE(ip, offset + 4);
}

/** `offset` in bytes; the machine is little-endian. */
function writePointer(into: Uint32Array, offset: number, address: number): void {
  into[offset >> 2] = address % 0x1_0000_0000;
  into[(offset >> 2) + 1] = address / 0x1_0000_0000;
}
