// An impaired path between two network namespaces, which carries whole IP packets: the kernel's TCP
// shares its queue with everyone else. Each namespace has one end of it as a TUN device, and what
// comes out of one is put into the other by this process, under the path's conditions.
//
// It needs root, /dev/net/tun, `ip` of iproute2, and koffi for the system calls. The kernel's own
// netem would do as much, but few kernels have it.

import { execFileSync } from 'node:child_process';
import { closeSync, constants, existsSync, openSync } from 'node:fs';
import { clockMs } from '../harness/clock.ts';
import {
  type Direction,
  flowsMax,
  ImpairedPath,
  type PathConditions,
  pathHeaderBytes,
} from './impaired-path.ts';
import { PreciseWake } from './precise-wake.ts';
import { Lateness, type Relay, type RelayReport } from './udp-relay.ts';

/** Where the programs run, and the host's address as its clients see it. */
export interface Namespaces {
  readonly client: string;
  readonly host: string;
  readonly hostAddress: string;
}

/** Undefined: it can run here. */
export function tunMissing(): string | undefined {
  if (process.platform !== 'linux') return 'network namespaces are of Linux';
  if (process.getuid?.() !== 0) return 'network namespaces need root';
  if (!existsSync('/dev/net/tun')) return 'this kernel has no /dev/net/tun';
  try {
    execFileSync('ip', ['-V'], { stdio: 'ignore' });
  } catch {
    return 'install iproute2 for it';
  }
  return undefined;
}

interface TunCalls {
  ioctl(fd: number, request: number, argument: Uint8Array): number;
  /** -1: nothing is there. */
  read(fd: number, into: Uint8Array, length: number): number;
  write(fd: number, from: Uint8Array, length: number): number;
}

const clientAddress = '10.77.0.1';
const hostAddress = '10.77.0.2';
/** <linux/if_tun.h>: TUNSETIFF with IFF_TUN | IFF_NO_PI in a `struct ifreq`. */
const TUNSETIFF = 0x400454ca;
const ifreq = { bytes: 40, flagsOffset: 16, flags: 0x0001 | 0x1000 } as const;
/** How often the devices are looked at: nothing wakes the process when a packet is there. */
const pollMs = 0.1;

export class TunRelay implements Relay {
  readonly namespaces: Namespaces;
  readonly #calls: TunCalls;
  readonly #path: ImpairedPath;
  readonly #fds: Readonly<Record<Direction, number>>;
  readonly #wake: PreciseWake;
  readonly #late = new Lateness();
  readonly #flows = new Map<number, number>();
  readonly #packet = new Uint8Array(65_535);
  #nextPollMs = 0;

  /** Makes namespaces with names that begin with `prefix`. `tunMissing` must have said nothing. */
  static async start(prefix: string, conditions: PathConditions, tcp: string): Promise<TunRelay> {
    return new TunRelay(await loadTunCalls(), prefix, conditions, tcp);
  }

  private constructor(calls: TunCalls, prefix: string, conditions: PathConditions, tcp: string) {
    this.#calls = calls;
    this.#path = new ImpairedPath(conditions, clockMs());
    this.namespaces = { client: `${prefix}-client`, host: `${prefix}-host`, hostAddress };
    // What leaves the client's device goes to the host, and the other way round.
    this.#fds = {
      toHost: this.#open(this.namespaces.client, `${prefix}c`, clientAddress, hostAddress),
      toClient: this.#open(this.namespaces.host, `${prefix}h`, hostAddress, clientAddress),
    };
    this.#setTcp(this.namespaces.client, `${prefix}c`, hostAddress, tcp);
    this.#setTcp(this.namespaces.host, `${prefix}h`, clientAddress, tcp);
    this.#wake = new PreciseWake(
      () => Math.min(this.#nextPollMs, this.#path.nextAtMs),
      () => this.#turn(),
    );
    this.#wake.arm();
  }

  report(): RelayReport {
    return { ...this.#path.report(), lateMs: this.#late.report };
  }

  async close(): Promise<void> {
    this.#wake.stop();
    for (const fd of Object.values(this.#fds)) closeSync(fd);
    ip('netns', 'del', this.namespaces.client);
    ip('netns', 'del', this.namespaces.host);
  }

  #open(namespace: string, device: string, address: string, peer: string): number {
    const fd = openSync('/dev/net/tun', constants.O_RDWR | constants.O_NONBLOCK);
    const request = new Uint8Array(ifreq.bytes);
    new TextEncoder().encodeInto(device, request);
    new DataView(request.buffer).setUint16(ifreq.flagsOffset, ifreq.flags, true);
    if (this.#calls.ioctl(fd, TUNSETIFF, request) !== 0) throw new Error(`no device ${device}`);
    ip('netns', 'add', namespace);
    ip('link', 'set', device, 'netns', namespace);
    ip('-n', namespace, 'address', 'add', address, 'peer', peer, 'dev', device);
    ip('-n', namespace, 'link', 'set', device, 'up', 'mtu', '1500');
    ip('-n', namespace, 'link', 'set', 'lo', 'up');
    return fd;
  }

  /** The congestion control of TCP on this path, either way. */
  #setTcp(namespace: string, device: string, peer: string, congestionControl: string): void {
    ip('-n', namespace, 'route', 'replace', peer, 'dev', device, 'congctl', congestionControl);
    // What an earlier connection learned of the path would make the next one another program.
    ip('netns', 'exec', namespace, 'sysctl', '-qw', 'net.ipv4.tcp_no_metrics_save=1');
  }

  #turn(): void {
    this.#nextPollMs = clockMs() + pollMs;
    this.#pass('toHost', this.#fds.toClient);
    this.#pass('toClient', this.#fds.toHost);
  }

  #pass(direction: Direction, out: number): void {
    const packet = this.#packet;
    const from = this.#fds[direction];
    for (;;) {
      const length = this.#calls.read(from, packet, packet.length);
      if (length <= 0) break;
      const flow = this.#flowOf(direction);
      if (flow !== undefined) this.#path.send(direction, clockMs(), flow, packet, 0, length);
    }
    const nowMs = clockMs();
    for (let one = this.#path.receive(direction, nowMs); one !== undefined; ) {
      this.#late.add(nowMs - one.dueMs);
      const bytes = one.bytes.subarray(pathHeaderBytes);
      this.#calls.write(out, bytes, bytes.length);
      one = this.#path.receive(direction, nowMs);
    }
  }

  /** By IP protocol and the client's port. Undefined: not TCP or UDP over IPv4, or too many. */
  #flowOf(direction: Direction): number | undefined {
    const packet = this.#packet;
    const protocol = packet[9]!;
    if (packet[0]! >> 4 !== 4 || (protocol !== 6 && protocol !== 17)) return undefined;
    const ports = (packet[0]! & 0x0f) * 4;
    const at = direction === 'toHost' ? ports : ports + 2;
    const port = (packet[at]! << 8) | packet[at + 1]!;
    const key = (protocol << 16) | port;
    const known = this.#flows.get(key);
    if (known !== undefined || this.#flows.size >= flowsMax) return known;
    const flow = this.#path.addFlow(`${protocol === 6 ? 'tcp' : 'udp'} ${port}`);
    this.#flows.set(key, flow);
    return flow;
  }
}

async function loadTunCalls(): Promise<TunCalls> {
  const { default: koffi } = await import('koffi');
  const libc = koffi.load(null);
  const ioctl = libc.func('int ioctl(int, unsigned long, void *)');
  const read = libc.func('int64_t read(int, void *, size_t)');
  const write = libc.func('int64_t write(int, void *, size_t)');
  return {
    ioctl: (fd, request, argument) => Number(ioctl(fd, request, argument)),
    read: (fd, into, length) => Number(read(fd, into, length)),
    write: (fd, from, length) => Number(write(fd, from, length)),
  };
}

function ip(...args: readonly string[]): void {
  execFileSync('ip', args, { stdio: ['ignore', 'ignore', 'inherit'] });
}
