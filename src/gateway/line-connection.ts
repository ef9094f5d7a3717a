// One connection of a line wire: gives its session one line after the other, writes the answers,
// and decides when to hang up. Lines are strictly in order: the next one is not looked at before
// the session is done with the last, and meanwhile the peer is held back.
//
// It knows no protocol and no player; the session of a wire does.

import type { Log } from '../contract/telemetry.ts';
import type { Timers } from '../domain/ports.ts';
import type { ByteStream, StreamEnd } from '../protocol/byte-stream.ts';
import { type LineEvent, LineReader } from '../protocol/line/line-reader.ts';
import type { LineLimits } from './line-limits.ts';
import { peerAddress } from './peer-address.ts';

/** Why a connection ended: a metric label, the same words in logs. */
export type LineEnd =
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
export type SessionEnd = 'goodbye' | 'too-long' | 'silent' | 'idle' | 'replaced' | 'refused';

/**
 * Methods may return a promise; nothing else is called until it settles. A rejection is a mistake
 * of ours and closes the connection.
 */
export interface LineSession {
  handleLine(text: string): void | Promise<void>;
  /** Counted as abuse already. The rest of the line is skipped, unless the session closes. */
  handleTooLong(): void | Promise<void>;
  /** Counted as abuse already. */
  handleInvalidUtf8(): void | Promise<void>;
  /** Called once, last, when the stream is closed and the line under way is done. */
  handleClosed(end: LineEnd): void | Promise<void>;
}

export interface LineContext {
  readonly wire: string;
  readonly timers: Timers;
  readonly log: Log;
  readonly limits: LineLimits;
  readonly farewell: (end: 'abuse' | 'no-login' | 'shutdown') => string | undefined;
  readonly onEnd: (end: LineEnd) => void;
}

export class LineConnection {
  /** A rate-limit key: IPv4, or the /64 of IPv6. */
  readonly address: string;
  /** Where the peer is, whole. */
  readonly remoteAddress: string;
  readonly #stream: ByteStream;
  readonly #context: LineContext;
  readonly #reader: LineReader;
  #session: LineSession | undefined;
  /** Set when it is decided here; otherwise the stream's end tells. */
  #end: LineEnd | undefined;
  #isBusy = false;
  /** The server goes away as soon as the line under way is done. */
  #isLeaving = false;
  #isHeldBack = false;
  #hasPeerEnded = false;
  #isClosed = false;
  #isEnded = false;
  #abuseLines = 0;
  #cancelAbuseWindow: (() => void) | undefined;
  #cancelLoginDeadline: (() => void) | undefined;
  #cancelTurn: (() => void) | undefined;

  constructor(stream: ByteStream, context: LineContext) {
    this.#stream = stream;
    this.#context = context;
    this.#reader = new LineReader(context.limits.lineBytesMax);
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
  start(createSession: (connection: LineConnection) => LineSession): void {
    const stream = this.#stream;
    const { timers, limits } = this.#context;
    stream.onClose = (end) => this.#handleClosed(end);
    this.#cancelLoginDeadline = timers.after(limits.loginWithinMs, () => this.farewell('no-login'));
    try {
      this.#session = createSession(this);
    } catch (cause) {
      this.#fail(cause);
      return;
    }
    stream.onEnd = () => {
      this.#hasPeerEnded = true;
      this.#handleLines();
    };
    stream.onData = (bytes) => {
      if (!this.isOpen) return;
      this.#reader.handleBytes(bytes);
      this.#handleLines();
    };
  }

  /**
   * The end of the line is added here. On a connection that is closed it does nothing. A peer that
   * does not read is cut off.
   */
  send(line: string): void {
    if (line.includes('\n')) throw new RangeError('line: has a line feed in it');
    if (!this.isOpen) return;
    this.#stream.write(`${line}\n`);
    if (this.#stream.bufferedBytes > this.#context.limits.unsentBytesMax) this.#cut('slow-reader');
  }

  /** What was sent still leaves, and `lastLine` after it; lines that wait are not handled. */
  close(lastLine?: string, end: SessionEnd = 'goodbye'): void {
    this.#close(end, lastLine);
  }

  /** Somebody is there now: the deadline for it is off. */
  setLoggedIn(): void {
    this.#cancelLoginDeadline?.();
    this.#cancelLoginDeadline = undefined;
  }

  /** For a line that a person would not send often. False: that was one too many, it is closed. */
  countAbuse(): boolean {
    if (!this.isOpen) return false;
    const { timers, limits } = this.#context;
    this.#cancelAbuseWindow ??= timers.after(limits.abuseWindowMs, () => {
      this.#cancelAbuseWindow = undefined;
      this.#abuseLines = 0;
    });
    if (++this.#abuseLines <= limits.abuseLinesMax) return true;
    this.farewell('abuse');
    return false;
  }

  /** The server closes it, with the last line that the wire has for that. */
  farewell(end: 'abuse' | 'no-login' | 'shutdown'): void {
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

  #close(end: LineEnd, lastLine: string | undefined): void {
    if (!this.isOpen) return;
    if (lastLine !== undefined) this.send(lastLine);
    this.#end ??= end;
    this.#stream.end();
  }

  #cut(end: LineEnd): void {
    this.#end ??= end;
    this.#stream.destroy();
  }

  /** As many as may be now; what stands in the way calls again when it is gone. */
  #handleLines(): void {
    const { linesPerTurnMax } = this.#context.limits;
    if (this.#isLeaving && !this.#isBusy) this.farewell('shutdown');
    for (let lines = 0; !this.#isBusy && this.isOpen; lines++) {
      if (lines === linesPerTurnMax) {
        this.#goOnLater();
        break;
      }
      const event = this.#reader.pollLine();
      if (event === undefined) {
        if (this.#hasPeerEnded) this.#close('client', undefined);
        break;
      }
      this.#handle(event);
    }
    this.#holdBack();
  }

  #goOnLater(): void {
    this.#isBusy = true;
    this.#cancelTurn = this.#context.timers.after(0, () => {
      this.#cancelTurn = undefined;
      this.#isBusy = false;
      this.#handleLines();
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

  #handle(event: LineEvent): void {
    const session = this.#session;
    if (session === undefined || (event.kind !== 'line' && !this.countAbuse())) return;
    this.#run(() => {
      switch (event.kind) {
        case 'line':
          return session.handleLine(event.text);
        case 'too-long':
          return session.handleTooLong();
        case 'invalid-utf8':
          return session.handleInvalidUtf8();
        default:
          return event satisfies never;
      }
    });
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
    else this.#handleLines();
  }

  #fail(cause: unknown): void {
    this.#context.log.error('line session failed', { wire: this.#context.wire, error: cause });
    this.#close('failed', undefined);
  }

  #handleClosed(streamEnd: StreamEnd): void {
    this.#isClosed = true;
    this.#end ??= endOf(streamEnd);
    this.setLoggedIn();
    this.#cancelAbuseWindow?.();
    if (this.#cancelTurn !== undefined) {
      this.#cancelTurn();
      this.#isBusy = false;
    }
    if (!this.#isBusy) this.#finish();
  }

  /** The stream is closed, and no line is under way. */
  #finish(): void {
    if (this.#isEnded) return;
    this.#isEnded = true;
    const end = this.#end ?? 'lost';
    const session = this.#session;
    if (session !== undefined) this.#run(() => session.handleClosed(end));
    this.#context.onEnd(end);
  }
}

function endOf(end: StreamEnd): LineEnd {
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
