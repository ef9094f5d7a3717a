// Everything about pointers, in one place: an array of `struct mmsghdr` for sendmmsg and recvmmsg,
// in memory that does not move, and the C functions themselves through koffi. Layouts are those of
// 64-bit Linux, little-endian (`struct msghdr` of <sys/socket.h>, `struct sockaddr_in`).
//
// It knows IPv4 only, and neither sockets' lives nor errors' meaning: `udp-batch.ts` does.

import { endianness } from 'node:os';

const sockaddrBytes = 16;
const iovecBytes = 16;
const mmsghdrBytes = 64;
/** Offsets in `struct mmsghdr`. */
const at = { name: 0, nameLength: 8, iovec: 16, iovecCount: 24, messageLength: 56 } as const;
const AF_INET = 2;

/** System calls by file descriptor. They return -1 on failure; `errno()` says why. */
export interface BatchCalls {
  /** A new IPv4 datagram socket, non-blocking. */
  socket(): number;
  bind(fd: number, ip: number, port: number): number;
  connect(fd: number, ip: number, port: number): number;
  close(fd: number): void;
  /** How many of the batch's first `count` messages, from `first` on, the kernel took. */
  send(fd: number, batch: MessageBatch, first: number, count: number): number;
  /** How many messages were there, up to the batch's size. Does not wait. */
  receive(fd: number, batch: MessageBatch): number;
  errno(): number;
  addressOf(memory: Buffer): bigint;
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
    const sendmmsg = libc.func('int sendmmsg(int, void *, unsigned int, int)');
    const recvmmsg = libc.func('int recvmmsg(int, void *, unsigned int, int, void *)');
    const SOCK_DGRAM = 2;
    const SOCK_NONBLOCK = 0o4000;
    const SOCK_CLOEXEC = 0o2000000;
    const MSG_DONTWAIT = 0x40;
    return {
      socket: () => Number(socket(AF_INET, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0)),
      bind: (fd, ip, port) => Number(bind(fd, sockaddr(ip, port), sockaddrBytes)),
      connect: (fd, ip, port) => Number(connect(fd, sockaddr(ip, port), sockaddrBytes)),
      close: (fd) => void close(fd),
      send: (fd, batch, first, count) =>
        Number(sendmmsg(fd, batch.headersFrom(first), count - first, MSG_DONTWAIT)),
      receive: (fd, batch) =>
        Number(recvmmsg(fd, batch.headersFrom(0), batch.size, MSG_DONTWAIT, null)),
      errno: () => koffi.errno(),
      addressOf: (memory) => BigInt(koffi.address(memory)),
    };
  } catch {
    return undefined;
  }
}

export interface BatchShape {
  /** Messages. */
  readonly size: number;
  readonly slotBytes: number;
  /** False for a connected socket's sending side: its messages go to its peer. */
  readonly hasAddresses: boolean;
}

export class MessageBatch {
  readonly size: number;
  readonly slotBytes: number;
  /** Message `i` begins at `i * slotBytes`. */
  readonly bytes: Buffer;
  readonly #names: Buffer;
  readonly #iovecs: Buffer;
  /** One view from each message on, so that a call can begin anywhere. */
  readonly #headers: readonly Buffer[];

  constructor(calls: BatchCalls, { size, slotBytes, hasAddresses }: BatchShape) {
    this.size = size;
    this.slotBytes = slotBytes;
    // Slow in name only: memory of its own, which the garbage collector neither moves nor shares.
    this.bytes = Buffer.allocUnsafeSlow(size * slotBytes);
    this.#names = Buffer.allocUnsafeSlow(size * sockaddrBytes).fill(0);
    this.#iovecs = Buffer.allocUnsafeSlow(size * iovecBytes).fill(0);
    const headers = Buffer.allocUnsafeSlow(size * mmsghdrBytes).fill(0);
    const [bytesAt, namesAt, iovecsAt] = [this.bytes, this.#names, this.#iovecs].map((memory) =>
      calls.addressOf(memory),
    );
    for (let i = 0; i < size; i++) {
      const header = i * mmsghdrBytes;
      this.#iovecs.writeBigUInt64LE(bytesAt! + BigInt(i * slotBytes), i * iovecBytes);
      this.#iovecs.writeUInt32LE(slotBytes, i * iovecBytes + 8);
      headers.writeBigUInt64LE(iovecsAt! + BigInt(i * iovecBytes), header + at.iovec);
      headers.writeUInt32LE(1, header + at.iovecCount);
      if (!hasAddresses) continue;
      headers.writeBigUInt64LE(namesAt! + BigInt(i * sockaddrBytes), header + at.name);
      headers.writeUInt32LE(sockaddrBytes, header + at.nameLength);
    }
    this.#headers = Array.from({ length: size }, (_, i) => headers.subarray(i * mmsghdrBytes));
  }

  headersFrom(i: number): Buffer {
    return this.#headers[i]!;
  }

  /** Before a send: message `i` is `length` bytes, which stand in its slot. */
  setLength(i: number, length: number): void {
    this.#iovecs.writeUInt32LE(length, i * iovecBytes + 8);
  }

  /** What `setLength` said last. */
  waitingLengthOf(i: number): number {
    return this.#iovecs.readUInt32LE(i * iovecBytes + 8);
  }

  setAddress(i: number, ip: number, port: number): void {
    writeSockaddr(this.#names, i * sockaddrBytes, ip, port);
  }

  /** After a receive. */
  lengthOf(i: number): number {
    return this.#headers[i]!.readUInt32LE(at.messageLength);
  }

  ipOf(i: number): number {
    return this.#names.readUInt32BE(i * sockaddrBytes + 4);
  }

  portOf(i: number): number {
    return this.#names.readUInt16BE(i * sockaddrBytes + 2);
  }
}

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
