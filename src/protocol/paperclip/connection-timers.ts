// The timers of one connection: one table, one sentence each. The driver arms a single timer of
// the operating system, at the earliest of them.

export const connectionTimers = {
  loss: 'A packet is lost by time, or a probe is due because nothing was acknowledged.',
  ack: 'The peer waits for an acknowledgement no longer than this.',
  pace: 'The pacer lets the next packet go.',
  copies: 'Redundant copies leave, though nothing else does.',
  flush: 'What `send` queued leaves now, though nobody called `flush`.',
  expiry: 'A queued message has outlived its time, or a half-received one is given up.',
  path: 'A challenge to a new address is repeated, or the address is given up.',
  mtu: 'A probe for longer datagrams is taken for lost.',
  keepAlive: 'Nothing was heard for a while: a PING asks whether the peer is there.',
  interrupt: 'Something goes unanswered: the application is told that the peer is silent.',
  idle: 'Nothing was heard for too long: the connection ends.',
  close: 'CLOSE is said again.',
  drain: 'The ended connection has answered strays long enough and can be forgotten.',
} as const;

export type TimerName = keyof typeof connectionTimers;

/** Wire-free numbers, for a table without hashing. */
export const timerIndex = {
  loss: 0,
  ack: 1,
  pace: 2,
  copies: 3,
  flush: 4,
  expiry: 5,
  path: 6,
  mtu: 7,
  keepAlive: 8,
  interrupt: 9,
  idle: 10,
  close: 11,
  drain: 12,
} as const satisfies Record<TimerName, number>;

const never = Number.POSITIVE_INFINITY;

const timerCount = Object.keys(timerIndex).length;

export class TimerTable {
  /** No typed array: past 64 bytes those are memory outside of the heap, at four times the size. */
  readonly #atMs: number[] = new Array(timerCount).fill(never);

  /** Infinite: not armed. */
  set(timer: number, atMs: number): void {
    this.#atMs[timer] = atMs;
  }
  /** Arms the timer, unless it is armed for earlier. */
  setAtLatest(timer: number, atMs: number): void {
    if (atMs < this.#atMs[timer]!) this.#atMs[timer] = atMs;
  }
  stop(timer: number): void {
    this.#atMs[timer] = never;
  }
  stopAll(): void {
    this.#atMs.fill(never);
  }
  isDue(timer: number, nowMs: number): boolean {
    return this.#atMs[timer]! <= nowMs;
  }

  /** The earliest armed time, or infinite. */
  get nextMs(): number {
    let next = never;
    for (let i = 0; i < this.#atMs.length; i++) if (this.#atMs[i]! < next) next = this.#atMs[i]!;
    return next;
  }
}
