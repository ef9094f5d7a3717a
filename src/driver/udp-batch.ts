// Datagrams over UDP on Linux, many per system call: sendmmsg and recvmmsg through koffi, and where
// the kernel knows how (UDP_SEGMENT), a run of equal datagrams to one peer as one buffer. IPv4; for
// the rest of the world `udp.ts` does the same one by one. Both pass the same contract suite.
//
// The socket is made here and handed to node:dgram by its descriptor, which is documented, so that
// the event loop watches it. When it wakes with one datagram, recvmmsg takes the others.
//
// As everywhere, an error of the socket is a lost datagram and is counted.

import { createSocket, type Socket } from 'node:dgram';
import { isIPv4 } from 'node:net';
import {
  type DatagramAddress,
  type DatagramHandler,
  type DatagramNetwork,
  type DatagramPort,
  datagramAddress,
  type HostAndPort,
} from './datagram-network.ts';
import { type BatchCalls, loadBatchCalls, ReceiveBatch, SendBatch } from './message-batch.ts';
import { reachable, resolve, socketBufferBytes, udpNetwork } from './udp.ts';

const batchSize = 64;
const slotBytes = 1_500;
/**
 * Full batches read before the event loop goes round, so that nothing starves: Node asks up to 32
 * times in one round of its own, and a flood fills every one of them.
 */
const fullBatchesMax = 8;
/** How long to wait when the kernel's send buffer is full. */
const retryMs = 1;
/** Addresses remembered as objects. Strangers can fill it; then it starts anew. */
const addressesMax = 8_192;
const EINTR = 4;
const EIO = 5;
const EAGAIN = 11;
const EINVAL = 22;
const EOPNOTSUPP = 95;

export interface BatchOptions {
  /** False: every datagram is one of its own for the kernel, too. Default: as the kernel can. */
  readonly segments?: boolean;
}

/** Batches where they are to be had, one by one elsewhere. */
export async function fastestUdpNetwork(): Promise<DatagramNetwork> {
  return (await batchUdpNetwork()) ?? udpNetwork;
}

/** Undefined where it cannot be: then `udpNetwork` is the way. */
export async function batchUdpNetwork(
  options: BatchOptions = {},
): Promise<DatagramNetwork | undefined> {
  const calls = await loadBatchCalls();
  if (calls === undefined) return undefined;
  const segments = options.segments ?? true;
  return {
    async bind(given, onDatagram, bindOptions) {
      const at = await resolve(given);
      if (!isIPv4(at.host)) return udpNetwork.bind(at, onDatagram, bindOptions);
      const fd = openSocket(calls, 'bind', at, bindOptions?.reusePort);
      return BatchPort.start({ calls, fd, onDatagram, segments, peer: undefined });
    },
    async connect(given, onDatagram) {
      const to = await resolve(reachable(given));
      if (!isIPv4(to.host)) return udpNetwork.connect(to, onDatagram);
      const peer = datagramAddress(to.host, to.port);
      const fd = openSocket(calls, 'connect', to);
      return { port: await BatchPort.start({ calls, fd, onDatagram, segments, peer }), peer };
    },
  };
}

/** Throws an error like Node's own, with `code` and `syscall`. */
function openSocket(
  calls: BatchCalls,
  what: 'bind' | 'connect',
  { host, port }: HostAndPort,
  reusePort = false,
) {
  const fd = calls.socket();
  const isReady = fd >= 0 && (!reusePort || calls.reusePort(fd));
  if (isReady && calls[what](fd, ipNumber(host), port) === 0) return fd;
  const errno = calls.errno();
  if (fd >= 0) calls.close(fd);
  const code = errorNames.get(errno) ?? `errno ${errno}`;
  const error = new Error(`${what} ${code} ${host}:${port}`);
  throw Object.assign(error, { code, errno: -errno, syscall: what, address: host, port });
}

/** Those that people meet when they start something. */
const errorNames: ReadonlyMap<number, string> = new Map([
  [13, 'EACCES'],
  [24, 'EMFILE'],
  [98, 'EADDRINUSE'],
  [99, 'EADDRNOTAVAIL'],
  [101, 'ENETUNREACH'],
  [113, 'EHOSTUNREACH'],
]);

interface PortParts {
  readonly calls: BatchCalls;
  readonly fd: number;
  readonly onDatagram: DatagramHandler;
  readonly segments: boolean;
  /** Set: the socket is connected to it. */
  readonly peer: DatagramAddress | undefined;
}

class BatchPort implements DatagramPort {
  readonly canProbeMtu: boolean;
  readonly #calls: BatchCalls;
  readonly #fd: number;
  readonly #socket: Socket;
  readonly #onDatagram: DatagramHandler;
  readonly #peer: DatagramAddress | undefined;
  readonly #out: SendBatch;
  readonly #in: ReceiveBatch;
  /** To whom each run was last, so that an equal address is not written again. */
  readonly #runAddresses: (DatagramAddress | undefined)[];
  readonly #addresses = new AddressTable();
  #canSegment: boolean;
  /** Runs before it have left. */
  #firstRun = 0;
  #soon: NodeJS.Immediate | undefined;
  #retry: NodeJS.Timeout | undefined;
  /** In this round of the event loop. */
  #fullBatches = 0;
  #nextTurn: NodeJS.Immediate | undefined;
  #isClosed = false;
  #errorCount = 0;
  #local: HostAndPort = { host: '', port: 0 };

  static async start(parts: PortParts): Promise<BatchPort> {
    const socket = createSocket('udp4');
    const port = new BatchPort(parts, socket);
    await new Promise<void>((done, fail) => {
      socket.once('error', fail);
      // The callback comes at once, or not at all when it is given later: so it is given here.
      socket.bind({ fd: parts.fd }, () => {
        socket.off('error', fail);
        done();
      });
    });
    return port.#started();
  }

  private constructor({ calls, fd, onDatagram, segments, peer }: PortParts, socket: Socket) {
    this.#calls = calls;
    this.#fd = fd;
    this.#socket = socket;
    this.#onDatagram = onDatagram;
    this.#peer = peer;
    this.#out = new SendBatch(calls, batchSize, slotBytes, peer === undefined);
    this.#in = new ReceiveBatch(calls, batchSize, slotBytes);
    this.#runAddresses = new Array<DatagramAddress | undefined>(batchSize).fill(undefined);
    this.#canSegment = segments && calls.canSegment(fd);
    this.canProbeMtu = calls.keepWhole(fd);
  }

  get local(): HostAndPort {
    return this.#local;
  }

  get errorCount(): number {
    return this.#errorCount;
  }

  send(bytes: Uint8Array, length: number, to: DatagramAddress): void {
    if (this.#isClosed) return;
    if (length > slotBytes) {
      this.#errorCount++;
      return;
    }
    if (this.#joinRun(bytes, length, to)) return;
    if (!this.#out.hasRoom(length)) this.flush();
    if (!this.#out.hasRoom(length)) {
      this.#errorCount++;
      return;
    }
    const run = this.#out.begin(bytes, length);
    if (this.#runAddresses[run] !== to) {
      this.#runAddresses[run] = to;
      if (this.#peer === undefined) this.#out.setAddress(run, ipNumber(to.host), to.port);
    }
    this.#soon ??= setImmediate(() => {
      this.#soon = undefined;
      this.flush();
    });
  }

  #joinRun(bytes: Uint8Array, length: number, to: DatagramAddress): boolean {
    const last = this.#out.runs - 1;
    if (!this.#canSegment || last < 0 || this.#runAddresses[last] !== to) return false;
    if (this.#out.canJoin(length)) {
      this.#out.join(bytes, length);
      return true;
    }
    // To wait for more would win nothing: the kernel takes no more in one go.
    if (this.#out.isRunFull(length)) this.flush();
    return false;
  }

  flush(): void {
    if (this.#out.isEmpty || this.#isClosed || this.#retry !== undefined) return;
    const end = this.#out.runs;
    while (this.#firstRun < end) {
      const sent = this.#calls.send(this.#fd, this.#out, this.#firstRun, end);
      if (sent > 0) {
        this.#firstRun += sent;
        continue;
      }
      const errno = this.#calls.errno();
      if (errno === EINTR) continue;
      if (errno === EAGAIN) {
        this.#waitForRoom();
        return;
      }
      this.#onRefused(this.#firstRun, errno);
      this.#firstRun += 1;
    }
    this.#firstRun = 0;
    this.#out.clear();
  }

  /** The first run could not go, or the kernel tells of an earlier loss in its place. */
  #onRefused(run: number, errno: number): void {
    const count = this.#out.datagramsOf(run);
    if (count === 1) {
      this.#errorCount++;
      return;
    }
    // Not this kernel, or not this network device (one without checksums): never again here.
    if (errno === EIO || errno === EINVAL || errno === EOPNOTSUPP) this.#canSegment = false;
    for (let i = 0; i < count; i++) {
      const alone = this.#out.single(run, i);
      if (this.#calls.send(this.#fd, this.#out, alone, alone + 1) !== 1) this.#errorCount++;
    }
  }

  /** The kernel is full: what is left waits in its place, and a full batch loses what comes. */
  #waitForRoom(): void {
    this.#retry = setTimeout(() => {
      this.#retry = undefined;
      this.flush();
    }, retryMs);
  }

  close(): Promise<void> {
    if (this.#isClosed) return Promise.resolve();
    clearImmediate(this.#soon);
    clearImmediate(this.#nextTurn);
    clearTimeout(this.#retry);
    this.#retry = undefined;
    this.flush();
    clearTimeout(this.#retry);
    this.#isClosed = true;
    return new Promise((done) => this.#socket.close(() => done()));
  }

  #started(): this {
    const { address, port } = this.#socket.address();
    this.#local = { host: address, port };
    this.#socket.on('error', () => {
      this.#errorCount++;
    });
    this.#socket.setRecvBufferSize(socketBufferBytes);
    this.#socket.setSendBufferSize(socketBufferBytes);
    this.#socket.on('message', (bytes, { address: host, port: from }) => {
      this.#receive(bytes, this.#peer ?? this.#addresses.get(ipNumber(host), from));
    });
    return this;
  }

  /** One datagram came through the event loop; the rest of what is there comes with it. */
  #receive(bytes: Uint8Array, from: DatagramAddress): void {
    let count = this.#nextBatch();
    this.#onDatagram(bytes, 0, bytes.length, from, count > 0);
    while (count > 0 && !this.#isClosed) {
      for (let i = 0; i < count; i++) {
        const hasMore = i + 1 < count;
        const start = i * slotBytes;
        const end = start + this.#in.lengthOf(i);
        const sender = this.#peer ?? this.#addresses.get(this.#in.ipOf(i), this.#in.portOf(i));
        this.#onDatagram(this.#in.bytes, start, end, sender, hasMore);
        if (this.#isClosed) return;
      }
      count = count < batchSize ? 0 : this.#nextBatch();
    }
  }

  /** How many datagrams it has; 0 as well when others shall have their turn first. */
  #nextBatch(): number {
    if (this.#fullBatches === fullBatchesMax) return 0;
    const count = this.#calls.receive(this.#fd, this.#in);
    if (count < batchSize) return count;
    this.#fullBatches++;
    this.#nextTurn ??= setImmediate(() => {
      this.#nextTurn = undefined;
      this.#fullBatches = 0;
    });
    return count;
  }
}

/** One object per peer, found by number. */
class AddressTable {
  readonly #byNumber = new Map<number, DatagramAddress>();

  get(ip: number, port: number): DatagramAddress {
    const number = ip * 65_536 + port;
    const known = this.#byNumber.get(number);
    if (known !== undefined) return known;
    if (this.#byNumber.size >= addressesMax) this.#byNumber.clear();
    const address = datagramAddress(ipText(ip), port);
    this.#byNumber.set(number, address);
    return address;
  }
}

/** `127.0.0.1` as 0x7f000001. */
function ipNumber(text: string): number {
  let number = 0;
  for (const part of text.split('.')) number = number * 256 + Number(part);
  return number;
}

const ipText = (ip: number): string =>
  `${ip >>> 24}.${(ip >>> 16) & 255}.${(ip >>> 8) & 255}.${ip & 255}`;
