// One transfer: bytes from a source to a sink, never more of them in memory than the limits say,
// and either side may be cut off and come back. It counts and hashes what it takes, and holds
// back the last bytes until they are known to be right: a receiver never gets a wrong file whole.
//
// It does NOT know players or offers, and opens no connection: `files.ts` and the gateways do.

import type { RunningSha256, Timers } from '../ports.ts';
import type {
  FileRefusal,
  FileSideEnd,
  FileSink,
  FileSinkUser,
  FileSource,
  FileSourceUser,
} from './file-bytes.ts';
import { ReplayWindow } from './replay-window.ts';

export interface RelayLimits {
  /** Kept of what has passed and of what is ahead; more than twice `aheadBytes`. */
  readonly windowBytes: number;
  /** Taken and not passed on, together with passed on and not sent: past it, the source waits. */
  readonly aheadBytes: number;
  readonly absenceMs: number;
  readonly idleMs: number;
}

export interface TransferRelayOptions {
  /** Undefined: the file is as long as the source makes it. */
  readonly size: number | undefined;
  /** Lower-case hex. */
  readonly sha256: string | undefined;
  readonly bytesMax: number;
  /** Only called when there is something to compare with. */
  readonly createHash: () => RunningSha256;
  readonly timers: Timers;
  readonly limits: RelayLimits;
  /** Once. After `done` a sink may still come and fetch again what is in the window. */
  readonly onEnd: (end: Exclude<FileSideEnd, 'replaced'>) => void;
}

/** What is copied out of the window in one go. */
const pieceBytes = 256 * 1024;

interface Source extends FileSource {
  readonly user: FileSourceUser;
}

interface Sink extends FileSink {
  readonly user: FileSinkUser;
}

export class TransferRelay {
  readonly #o: TransferRelayOptions;
  /** None before the first byte. */
  #window: ReplayWindow | undefined;
  #hash: RunningSha256 | undefined;
  #source: Source | undefined;
  #sink: Sink | undefined;
  #given = 0;
  /** The source has given all, and it is right. */
  #isComplete = false;
  #end: Exclude<FileSideEnd, 'replaced'> | undefined;
  /** The last source ended in order, with too few bytes. */
  #endedShort = false;
  #isSourceHeld = false;
  #isPumping = false;
  #cancelDeadline = (): void => undefined;

  constructor(options: TransferRelayOptions) {
    this.#o = options;
    this.#watch();
  }

  get taken(): number {
    return this.#window?.end ?? 0;
  }

  get given(): number {
    return this.#given;
  }

  /**
   * Where a sink may begin at the earliest. Not at the window's very start: what the source has on
   * its way is still to come, and must not overwrite what the sink has not had.
   */
  get replayFrom(): number {
    const { windowBytes, aheadBytes } = this.#o.limits;
    return Math.min(this.#given, Math.max(0, this.taken - (windowBytes - aheadBytes)));
  }

  get isComplete(): boolean {
    return this.#isComplete;
  }

  get isRunning(): boolean {
    return this.taken > 0 || this.#source !== undefined || this.#sink !== undefined;
  }

  /** What it holds: the window, what the sink has not sent, and nothing else that grows. */
  get heldBytes(): number {
    return (this.#window?.allocatedBytes ?? 0) + (this.#sink?.user.bufferedBytes ?? 0);
  }

  openSource(offset: number | undefined, user: FileSourceUser): FileSource | FileRefusal {
    if (this.#end !== undefined || this.#isComplete) return 'unknown';
    if (offset !== undefined && offset !== this.taken) return 'offset';
    const replaced = this.#source;
    const source: Source = {
      user,
      offset: this.taken,
      push: (bytes) => this.#source === source && this.#push(bytes),
      finish: () => {
        if (this.#source === source) this.#finish();
      },
      endOfStream: () => {
        if (this.#source !== source) return;
        this.#endedShort = this.#o.size !== undefined;
        if (this.#endedShort) source.detach();
        else this.#finish();
      },
      detach: () => {
        if (this.#source !== source) return;
        this.#source = undefined;
        this.#watch();
      },
    };
    this.#source = source;
    this.#endedShort = false;
    this.#isSourceHeld = false;
    replaced?.user.closed('replaced');
    this.#watch();
    if (this.#o.size === 0) this.#finish();
    return source;
  }

  openSink(offset: number, user: FileSinkUser): FileSink | FileRefusal {
    if (this.#end !== undefined && this.#end !== 'done') return 'unknown';
    if (offset < this.replayFrom || offset > this.#given) return 'offset';
    const replaced = this.#sink;
    const sink: Sink = {
      user,
      drained: () => {
        if (this.#sink === sink) this.#pump();
      },
      detach: () => {
        if (this.#sink !== sink) return;
        this.#sink = undefined;
        this.#watch();
      },
    };
    this.#sink = sink;
    this.#given = offset;
    replaced?.user.closed('replaced');
    this.#watch();
    this.#pump();
    return sink;
  }

  /** Ends it, unless it has ended. */
  fail(end: Exclude<FileSideEnd, 'done' | 'replaced'>): void {
    this.#finishWith(end);
  }

  /** Lets a `done` relay's window go. */
  release(): void {
    this.#window = undefined;
    this.#sink?.user.closed('done');
    this.#sink = undefined;
  }

  #push(bytes: Uint8Array): boolean {
    const { size, bytesMax } = this.#o;
    const next = this.taken + bytes.length;
    if (next > (size ?? bytesMax)) {
      this.#finishWith('size');
      return false;
    }
    if (this.#o.sha256 !== undefined) {
      this.#hash ??= this.#o.createHash();
      this.#hash.update(bytes);
    }
    if (next === size && !this.#isHashRight()) {
      this.#finishWith('checksum');
      return false;
    }
    const wasLevel = this.#given === this.taken;
    this.#window ??= new ReplayWindow(this.#o.limits.windowBytes);
    this.#window.append(bytes);
    const sink = this.#sink;
    if (sink !== undefined && wasLevel && sink.user.bufferedBytes < this.#o.limits.aheadBytes) {
      // Straight on, without another copy.
      this.#given = next;
      sink.user.write(bytes);
    }
    if (next === size) this.#complete();
    else this.#pump();
    this.#isSourceHeld = !this.#hasRoom();
    return !this.#isSourceHeld && this.#source !== undefined;
  }

  #finish(): void {
    const { size } = this.#o;
    if (size !== undefined && this.taken !== size) this.#finishWith('size');
    else if (this.#isHashRight()) this.#complete();
    else this.#finishWith('checksum');
  }

  /** Asks the hash, so only once and at the end. */
  #isHashRight(): boolean {
    const { sha256, createHash } = this.#o;
    if (sha256 === undefined) return true;
    return (this.#hash ?? createHash()).finish() === sha256;
  }

  #complete(): void {
    const source = this.#source;
    this.#source = undefined;
    this.#isComplete = true;
    source?.user.closed('done');
    this.#watch();
    this.#pump();
  }

  #hasRoom(): boolean {
    const waiting = this.taken - this.#given + (this.#sink?.user.bufferedBytes ?? 0);
    return waiting < this.#o.limits.aheadBytes;
  }

  /** From the window to the sink, as far as it takes them. */
  #pump(): void {
    if (this.#isPumping) return;
    this.#isPumping = true;
    const { aheadBytes } = this.#o.limits;
    while (this.#sink !== undefined && this.#given < this.taken) {
      const { user } = this.#sink;
      if (user.bufferedBytes >= aheadBytes) break;
      const bytes = this.#window?.read(this.#given, pieceBytes) ?? new Uint8Array(0);
      this.#given += bytes.length;
      user.write(bytes);
    }
    this.#isPumping = false;
    if (this.#isComplete && this.#given === this.taken && this.#sink !== undefined) {
      this.#finishWith('done');
    } else if (this.#isSourceHeld && this.#hasRoom()) {
      this.#isSourceHeld = false;
      this.#source?.user.resume();
    }
  }

  #finishWith(end: Exclude<FileSideEnd, 'replaced'>): void {
    const source = this.#source;
    const sink = this.#sink;
    this.#source = undefined;
    this.#sink = undefined;
    this.#cancelDeadline();
    const isFirst = this.#end === undefined;
    this.#end ??= end;
    if (end !== 'done') {
      this.#window = undefined;
      this.#hash = undefined;
    }
    source?.user.closed(end);
    sink?.user.closed(end);
    if (isFirst) this.#o.onEnd(end);
  }

  /** Arms the deadline that fits who is connected now. */
  #watch(): void {
    this.#cancelDeadline();
    if (this.#end !== undefined) return;
    const { timers, limits } = this.#o;
    const isSourceGone = this.#source === undefined && !this.#isComplete;
    if (isSourceGone || this.#sink === undefined) {
      this.#cancelDeadline = timers.after(limits.absenceMs, () => {
        this.#finishWith(this.#absence(isSourceGone));
      });
      return;
    }
    const moved = this.taken + this.#given;
    this.#cancelDeadline = timers.after(limits.idleMs, () => {
      if (this.taken + this.#given === moved) this.#finishWith('expired');
      else this.#watch();
    });
  }

  #absence(isSourceGone: boolean): Exclude<FileSideEnd, 'done' | 'replaced'> {
    if (isSourceGone && this.#sink === undefined) return 'expired';
    if (!isSourceGone) return 'receiver-gone';
    return this.#endedShort ? 'size' : 'sender-gone';
  }
}
