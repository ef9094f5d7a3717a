// The phases of an established connection and what moves it from one to the next: this table and
// nothing else. The diagram in the paper is made from it.

/**
 * - `open`: sends and accepts everything.
 * - `closing`: this end has said CLOSE, says it again a few times, and answers strays with it.
 * - `draining`: the peer has said CLOSE; this end is silent (RFC 9000 section 10.2.2).
 * - `drained`: nothing is left; whoever holds the connection forgets it.
 */
export type ConnectionPhase = 'open' | 'closing' | 'draining' | 'drained';

export type PhaseChange =
  /** `close` was called, or the peer broke a rule and must be told. */
  | 'close'
  /** An authentic CLOSE arrived. */
  | 'peer-close'
  /** Nothing authentic arrived for the idle time-out: there is nobody to tell. */
  | 'silence'
  /** Three PTOs after the end. */
  | 'drain-over';

export const connectionPhases: Readonly<
  Record<ConnectionPhase, Readonly<Partial<Record<PhaseChange, ConnectionPhase>>>>
> = {
  open: { close: 'closing', 'peer-close': 'draining', silence: 'drained' },
  closing: { 'peer-close': 'draining', 'drain-over': 'drained' },
  draining: { 'drain-over': 'drained' },
  drained: {},
};

/** The next phase; the same one where the change means nothing. */
export const nextPhase = (phase: ConnectionPhase, change: PhaseChange): ConnectionPhase =>
  connectionPhases[phase][change] ?? phase;
