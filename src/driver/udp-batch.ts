// Datagrams over UDP on Linux, many per system call: sendmmsg and recvmmsg through koffi, and where
// the kernel knows how (UDP_SEGMENT, UDP_GRO), a run of equal datagrams to or from one peer as one
// buffer. IPv4; for the rest of the world `udp.ts` does the same one by one. Both pass the same
// contract suite.
//
// The socket is made here and handed to node:dgram by its descriptor, which is documented, so that
// the event loop watches it. When it wakes with one buffer, recvmmsg takes the others. Of its own
// buffer Node does not say how long the datagrams in it are: their reader must know.
//
// As everywhere, an error of the socket is a lost datagram and is counted.

import { createSocket, type Socket } from 'node:dgram';
import { isIPv4 } from 'node:net';
import { protocolLimits } from '../protocol/paperclip/limits.ts';
import {
  type DatagramAddress,
  type DatagramHandler,
  type DatagramNetwork,
  type DatagramPort,
  datagramAddress,
  type HostAndPort,
  type ReceiveOptions,
} from './datagram-network.ts';
import { type BatchCalls, loadBatchCalls, ReceiveBatch, SendBatch } from './message-batch.ts';
import { reachable, resolve, socketBufferBytes, udpNetwork } from './udp.ts';

const batchSize = 64;
/** What a batch holds: full of Ethernet's, or fewer that are longer. */
const batchBytes = batchSize * 1_500;
/** Buffers in one call, of joined datagrams or of one. */
const receiveBatchSize = 32;
const joinedBytesMax = 65_536;
/**
 * Datagrams taken before the event loop goes round, so that nothing starves: Node asks up to 32
 * times in one round of its own, and a flood has more for every one of them.
 */
const datagramsPerTurnMax = 512;
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
  readonly runs?: boolean;
}

/** One for the whole thread: its ports share two megabytes that datagrams are received into. */
const fastest = batchUdpNetwork().then((batches) => batches ?? udpNetwork);

/** Batches where they are to be had, one by one elsewhere. */
export function fastestUdpNetwork(): Promise<DatagramNetwork> {
  return fastest;
}

/** Undefined where it cannot be: then `udpNetwork` is the way. */
export async function batchUdpNetwork(
  options: BatchOptions = {},
): Promise<DatagramNetwork | undefined> {
  const calls = await loadBatchCalls();
  if (calls === undefined) return undefined;
  const runs = options.runs ?? true;
  // One for all ports: what is received is handed on before anything else is.
  const received = new ReceiveBatch(calls, receiveBatchSize, joinedBytesMax);
  return {
    async bind(given, onDatagram, bindOptions = {}) {
      const at = await resolve(given);
      if (!isIPv4(at.host)) return udpNetwork.bind(at, onDatagram, bindOptions);
      const fd = openSocket(calls, 'bind', at, bindOptions.reusePort);
      const peer = undefined;
      return BatchPort.start({ ...bindOptions, calls, fd, received, onDatagram, runs, peer });
    },
    async connect(given, onDatagram, receiveOptions = {}) {
      const to = await resolve(reachable(given));
      if (!isIPv4(to.host)) return udpNetwork.connect(to, onDatagram);
      const peer = datagramAddress(to.host, to.port);
      const fd = openSocket(calls, 'connect', to);
      const parts = { ...receiveOptions, calls, fd, received, onDatagram, runs, peer };
      return { port: await BatchPort.start(parts), peer };
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

interface PortParts extends ReceiveOptions {
  readonly calls: BatchCalls;
  readonly fd: number;
  readonly received: ReceiveBatch;
  readonly onDatagram: DatagramHandler;
  readonly runs: boolean;
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
  /** Undefined: nothing comes joined. */
  readonly #firstDatagramBytes: ReceiveOptions['firstDatagramBytes'];
  /** To whom each run was last, so that an equal address is not written again. */
  readonly #runAddresses: (DatagramAddress | undefined)[];
  readonly #addresses = new AddressTable();
  #canSegment: boolean;
  /** Runs before it have left. */
  #firstRun = 0;
  /** What is sent meanwhile leaves at its end. */
  #isReceiving = false;
  #soon: NodeJS.Immediate | undefined;
  #retry: NodeJS.Timeout | undefined;
  /** Since a batch was full, in this round of the event loop. */
  #datagramsTaken = 0;
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

  private constructor(parts: PortParts, socket: Socket) {
    const { calls, fd, received, onDatagram, runs, peer, firstDatagramBytes } = parts;
    this.#calls = calls;
    this.#fd = fd;
    this.#socket = socket;
    this.#onDatagram = onDatagram;
    this.#peer = peer;
    this.#out = new SendBatch(calls, batchSize, batchBytes, peer === undefined);
    this.#in = received;
    this.#runAddresses = new Array<DatagramAddress | undefined>(batchSize).fill(undefined);
    this.#canSegment = runs && calls.canSegment(fd);
    const isJoined = runs && firstDatagramBytes !== undefined && calls.join(fd);
    this.#firstDatagramBytes = isJoined ? firstDatagramBytes : undefined;
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
    if (length > protocolLimits.datagramBytesMax) {
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
      if (this.#peer === undefined) this.#out.setAddress(run, ipOf(to), to.port);
    }
    if (this.#isReceiving) return;
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
      this.#isReceiving = true;
      try {
        this.#receive(bytes, this.#peer ?? this.#addresses.get(ipNumber(host), from));
      } finally {
        this.#isReceiving = false;
        this.flush();
      }
    });
    return this;
  }

  /** Something came through the event loop; the rest of what is there comes with it. */
  #receive(bytes: Uint8Array, from: DatagramAddress): void {
    const end = bytes.length;
    let count = this.#nextBatch();
    this.#handOn(bytes, 0, end, this.#firstDatagramBytes?.(bytes, 0, end) ?? end, from, count > 0);
    while (count > 0 && !this.#isClosed) {
      const batch = this.#in;
      for (let i = 0; i < count; i++) {
        const start = i * joinedBytesMax;
        const datagramBytes = batch.takeDatagramBytes(i);
        // A port that was closed takes no more, but the batch is used again.
        if (this.#isClosed) continue;
        const sender = this.#peer ?? this.#addresses.get(batch.ipOf(i), batch.portOf(i));
        const bufferEnd = start + batch.lengthOf(i);
        this.#handOn(batch.bytes, start, bufferEnd, datagramBytes, sender, i + 1 < count);
      }
      count = count < receiveBatchSize ? 0 : this.#nextBatch();
    }
  }

  /** `bytes[start, end)`, in datagrams. An empty one is one. */
  #handOn(
    bytes: Uint8Array,
    start: number,
    end: number,
    datagramBytes: number,
    from: DatagramAddress,
    hasMore: boolean,
  ): void {
    let at = start;
    do {
      const next = Math.min(end, at + datagramBytes);
      this.#datagramsTaken++;
      this.#onDatagram(bytes, at, next, from, hasMore || next < end);
      at = next;
    } while (at < end && !this.#isClosed);
  }

  /** How many buffers it has; 0 as well when others shall have their turn first. */
  #nextBatch(): number {
    const isFlood = this.#nextTurn !== undefined;
    if (isFlood && this.#datagramsTaken >= datagramsPerTurnMax) return 0;
    const count = this.#calls.receive(this.#fd, this.#in);
    if (count < receiveBatchSize || isFlood) return count;
    this.#datagramsTaken = 0;
    this.#nextTurn = setImmediate(() => {
      this.#nextTurn = undefined;
    });
    return count;
  }
}

/** With its address as a number, where it is known: a host answers another peer each time. */
interface BatchAddress extends DatagramAddress {
  readonly ip?: number;
}

const ipOf = ({ ip, host }: BatchAddress): number => ip ?? ipNumber(host);

/** One object per peer, found by number. */
class AddressTable {
  readonly #byNumber = new Map<number, BatchAddress>();

  get(ip: number, port: number): BatchAddress {
    const number = ip * 65_536 + port;
    const known = this.#byNumber.get(number);
    if (known !== undefined) return known;
    if (this.#byNumber.size >= addressesMax) this.#byNumber.clear();
    const address = Object.assign(datagramAddress(ipText(ip), port), { ip });
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
