// One connection of a wire that sends frames over a stream of bytes: gives its session one frame
// after the other, writes the answers, and decides when to hang up. Frames are strictly in order:
// the next one is not looked at before the session is done with the last, and meanwhile the peer is
// held back.
//
// What a frame is, a reader of the wire says (`line-connection.ts`: a line). It knows no protocol
// and no player; the session of a wire does.

import type { Log } from '../contract/telemetry.ts';
import type { Timers } from '../domain/ports.ts';
import type { ByteStream, StreamEnd } from '../protocol/byte-stream.ts';
import { peerAddress } from './peer-address.ts';

/** Calling order: `handleBytes`, and `handleEnd` last; `poll` until it gives undefined. */
export interface FrameReader<Frame> {
  /** Given and not yet asked for. */
  readonly waitingBytes: number;
  handleBytes(bytes: Uint8Array): void;
  /** The peer sends no more. */
  handleEnd(): void;
  /** Undefined: it takes more bytes to say, or there is nothing more. */
  poll(): Frame | undefined;
}

/** Why a connection ended: a metric label, the same words in logs. */
export type ConnectionEnd =
  /** The peer hung up. */
  | 'client'
  | 'lost'
  | 'slow-reader'
  | 'abuse'
  | 'no-login'
  | 'shutdown'
  /** A mistake of ours; the log has it. */
  | 'failed'
  | SessionEnd;

/** Why a session closes its connection. */
export type SessionEnd =
  | 'goodbye'
  | 'too-long'
  | 'malformed'
  | 'silent'
  | 'idle'
  | 'replaced'
  | 'refused';

/** Why the server closes one. */
export type FarewellReason = 'abuse' | 'no-login' | 'shutdown';

/**
 * Methods may return a promise; nothing else is called until it settles. A rejection is a mistake
 * of ours and closes the connection.
 */
export interface FrameSession<Frame> {
  handleFrame(frame: Frame): void | Promise<void>;
  /** Called once, last, when the stream is closed and the frame under way is done. */
  handleClosed(end: ConnectionEnd): void | Promise<void>;
}

export interface FrameLimits {
  /** Received and waiting for the frame before it; past it, the peer is held back. */
  readonly waitingBytesMax: number;
  /** Handled in one go before other connections have their turn. */
  readonly framesPerTurnMax: number;
  /** Unsent bytes at which a reader that does not read is cut off. */
  readonly unsentBytesMax: number;
  /** Calls of `countAbuse` in a window from the first; one more closes the connection. */
  readonly abusesMax: number;
  readonly abuseWindowMs: number;
  /** From the connection to a log-in; then it is closed. */
  readonly loginWithinMs: number;
}

export interface FramedContext<Frame> {
  readonly wire: string;
  readonly timers: Timers;
  readonly log: Log;
  readonly limits: FrameLimits;
  readonly reader: FrameReader<Frame>;
  /** The last bytes of a connection that the server closes. */
  readonly farewell: (reason: FarewellReason) => Uint8Array | string | undefined;
  readonly onEnd: (end: ConnectionEnd) => void;
}

export class FramedConnection<Frame> {
  /** A rate-limit key: IPv4, or the /64 of IPv6. */
  readonly address: string;
  /** Where the peer is, whole. */
  readonly remoteAddress: string;
  readonly #stream: ByteStream;
  readonly #context: FramedContext<Frame>;
  readonly #reader: FrameReader<Frame>;
  #session: FrameSession<Frame> | undefined;
  /** Set when it is decided here; otherwise the stream's end tells. */
  #end: ConnectionEnd | undefined;
  #isBusy = false;
  /** The server goes away as soon as the frame under way is done. */
  #isLeaving = false;
  #isHeldBack = false;
  #hasPeerEnded = false;
  #isClosed = false;
  #isEnded = false;
  #abuses = 0;
  readonly #awaitingDrain: (() => void)[] = [];
  #cancelAbuseWindow: (() => void) | undefined;
  #cancelLoginDeadline: (() => void) | undefined;
  #cancelTurn: (() => void) | undefined;

  constructor(stream: ByteStream, context: FramedContext<Frame>) {
    this.#stream = stream;
    this.#context = context;
    this.#reader = context.reader;
    this.remoteAddress = stream.remoteAddress;
    const hints = { socketAddress: stream.remoteAddress, forwardedFor: undefined };
    this.address = peerAddress(hints, () => false);
  }

  /** False as soon as it is decided that nothing more is sent or read. */
  get isOpen(): boolean {
    return this.#end === undefined && this.#stream.isOpen;
  }

  get bufferedBytes(): number {
    return this.#stream.bufferedBytes;
  }

  /** Once, by the server. */
  open(createSession: () => FrameSession<Frame>): void {
    const stream = this.#stream;
    const { timers, limits } = this.#context;
    stream.onClose = (end) => this.#handleClosed(end);
    this.#cancelLoginDeadline = timers.after(limits.loginWithinMs, () => this.farewell('no-login'));
    try {
      this.#session = createSession();
    } catch (cause) {
      this.#fail(cause);
      return;
    }
    stream.onEnd = () => {
      this.#hasPeerEnded = true;
      this.#reader.handleEnd();
      this.#handleFrames();
    };
    stream.onData = (bytes) => {
      if (!this.isOpen) return;
      this.#reader.handleBytes(bytes);
      this.#handleFrames();
    };
  }

  /** On a connection that is closed it does nothing. A peer that does not read is cut off. */
  write(bytes: Uint8Array | string): void {
    if (!this.isOpen) return;
    const hasRoom = this.#stream.write(bytes);
    if (this.#stream.bufferedBytes > this.#context.limits.unsentBytesMax) this.#cut('slow-reader');
    else if (!hasRoom) this.#stream.onDrain ??= () => this.#handleDrain();
  }

  /**
   * Resolves when what was written has left, or will not. A session that waits for it in
   * `handleFrame` does not read from a peer that does not.
   */
  async drained(): Promise<void> {
    if (!this.isOpen || this.#stream.onDrain === undefined) return;
    await new Promise<void>((resolve) => this.#awaitingDrain.push(resolve));
  }

  /** What was written still leaves, and `last` after it; frames that wait are not handled. */
  end(last?: Uint8Array | string, end: SessionEnd = 'goodbye'): void {
    this.#close(end, last);
  }

  /** Somebody is there now: the deadline for it is off. */
  setLoggedIn(): void {
    this.#cancelLoginDeadline?.();
    this.#cancelLoginDeadline = undefined;
  }

  /** For a frame that a person would not send often. False: that was one too many, it is closed. */
  countAbuse(): boolean {
    if (!this.isOpen) return false;
    const { timers, limits } = this.#context;
    this.#cancelAbuseWindow ??= timers.after(limits.abuseWindowMs, () => {
      this.#cancelAbuseWindow = undefined;
      this.#abuses = 0;
    });
    if (++this.#abuses <= limits.abusesMax) return true;
    this.farewell('abuse');
    return false;
  }

  /** The server closes it, with the last bytes that the wire has for that. */
  farewell(end: FarewellReason): void {
    // What was begun is answered: a player would not know whether it was done.
    if (end === 'shutdown' && this.#isBusy) this.#isLeaving = true;
    else if (this.isOpen) this.#close(end, this.#context.farewell(end));
  }

  /** Waits neither for the peer nor for a session that does not come to an end. */
  abandon(): void {
    this.#isBusy = false;
    this.#end ??= 'shutdown';
    this.#stream.destroy();
    if (this.#isClosed) this.#finish();
  }

  #close(end: ConnectionEnd, last: Uint8Array | string | undefined): void {
    if (!this.isOpen) return;
    if (last !== undefined) this.write(last);
    this.#end ??= end;
    this.#stream.end();
    this.#handleDrain();
  }

  #cut(end: ConnectionEnd): void {
    this.#end ??= end;
    this.#stream.destroy();
    this.#handleDrain();
  }

  #handleDrain(): void {
    this.#stream.onDrain = undefined;
    for (const resolve of this.#awaitingDrain.splice(0)) resolve();
  }

  /** As many as may be now; what stands in the way calls again when it is gone. */
  #handleFrames(): void {
    const { framesPerTurnMax } = this.#context.limits;
    if (this.#isLeaving && !this.#isBusy) this.farewell('shutdown');
    for (let frames = 0; !this.#isBusy && this.isOpen; frames++) {
      if (frames === framesPerTurnMax) {
        this.#goOnLater();
        break;
      }
      const frame = this.#reader.poll();
      if (frame === undefined) {
        if (this.#hasPeerEnded) this.#close('client', undefined);
        break;
      }
      this.#handle(frame);
    }
    this.#holdBack();
  }

  #goOnLater(): void {
    this.#isBusy = true;
    this.#cancelTurn = this.#context.timers.after(0, () => {
      this.#cancelTurn = undefined;
      this.#isBusy = false;
      this.#handleFrames();
    });
  }

  #holdBack(): void {
    const isFull = this.#reader.waitingBytes > this.#context.limits.waitingBytesMax;
    if (this.#isBusy && isFull && !this.#isHeldBack) {
      this.#isHeldBack = true;
      this.#stream.pause();
    } else if (!this.#isBusy && this.#isHeldBack) {
      this.#isHeldBack = false;
      this.#stream.resume();
    }
  }

  #handle(frame: Frame): void {
    const session = this.#session;
    if (session !== undefined) this.#run(() => session.handleFrame(frame));
  }

  #run(step: () => void | Promise<void>): void {
    try {
      const done = step();
      if (done === undefined) return;
      this.#isBusy = true;
      done.then(
        () => this.#handleDone(),
        (cause: unknown) => {
          this.#fail(cause);
          this.#handleDone();
        },
      );
    } catch (cause) {
      this.#fail(cause);
    }
  }

  #handleDone(): void {
    this.#isBusy = false;
    if (this.#isClosed) this.#finish();
    else this.#handleFrames();
  }

  #fail(cause: unknown): void {
    this.#context.log.error('session failed', { wire: this.#context.wire, error: cause });
    this.#close('failed', undefined);
  }

  #handleClosed(streamEnd: StreamEnd): void {
    this.#isClosed = true;
    this.#end ??= endOf(streamEnd);
    this.setLoggedIn();
    this.#handleDrain();
    this.#cancelAbuseWindow?.();
    if (this.#cancelTurn !== undefined) {
      this.#cancelTurn();
      this.#isBusy = false;
    }
    if (!this.#isBusy) this.#finish();
  }

  /** The stream is closed, and no frame is under way. */
  #finish(): void {
    if (this.#isEnded) return;
    this.#isEnded = true;
    const end = this.#end ?? 'lost';
    const session = this.#session;
    if (session !== undefined) this.#run(() => session.handleClosed(end));
    this.#context.onEnd(end);
  }
}

function endOf(end: StreamEnd): ConnectionEnd {
  switch (end) {
    case 'closed-here':
      return 'goodbye';
    case 'closed-by-peer':
      return 'client';
    case 'lost':
    case 'slow-reader':
      return end;
    default:
      return end satisfies never;
  }
}
