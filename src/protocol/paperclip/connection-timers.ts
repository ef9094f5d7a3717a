// The timers of one connection: one table, one sentence each. The driver arms a single timer of
// the operating system, at the earliest of them.

export const connectionTimers = {
  loss: 'A packet is lost by time, or a probe is due because nothing was acknowledged.',
  ack: 'The peer waits for an acknowledgement no longer than this.',
  pace: 'The pacer lets the next packet go.',
  flush: 'What `send` queued leaves now, though nobody called `flush`.',
  expiry: 'A queued message has outlived its time, or a half-received one is given up.',
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
  flush: 3,
  expiry: 4,
  keepAlive: 5,
  interrupt: 6,
  idle: 7,
  close: 8,
  drain: 9,
} as const satisfies Record<TimerName, number>;

const never = Number.POSITIVE_INFINITY;

export class TimerTable {
  readonly #atMs = new Float64Array(Object.keys(timerIndex).length).fill(never);

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
