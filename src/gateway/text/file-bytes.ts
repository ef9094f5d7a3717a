// The bytes of files over byte streams: each connection names a transfer and its side, then bytes
// go one way (docs/files.md). Any program that can write 37 bytes and copy can use it.
//
// It does NOT open a port: whoever does gives it each stream (`listenTcp(options,
// server.accept)`). A stranger costs a few bytes and a short time: without a transfer's id it is
// closed.

import { concatBytes } from '../../base/bytes.ts';
import type { FileBytes, FileSideEnd, FileSink, FileSource } from '../../domain/file/file-bytes.ts';
import type { Timers } from '../../domain/ports.ts';
import type { ByteStream } from '../../protocol/byte-stream.ts';
import { readIdAndSide, readOffset, readQuestion } from './file-hello.ts';
import { type FileConnectionLimits, fileConnectionLimits } from './file-limits.ts';

export interface FileBytesServerOptions {
  readonly files: FileBytes;
  readonly timers: Timers;
  readonly limits?: Partial<FileConnectionLimits>;
}

export class FileBytesServer {
  readonly #options: FileBytesServerOptions;
  readonly #limits: FileConnectionLimits;

  constructor(options: FileBytesServerOptions) {
    this.#options = options;
    this.#limits = { ...fileConnectionLimits, ...options.limits };
  }

  /** For a listener, which has decided already that there is room. */
  readonly accept = (stream: ByteStream): void => {
    const { files, timers } = this.#options;
    new FileConnection(stream, files, timers, this.#limits).start();
  };
}

interface QuestionPhase {
  readonly kind: 'question';
  readonly transferId: string;
  readonly source?: FileSource;
}

const nothing = new Uint8Array(0);

/** What the next bytes are. */
type Phase =
  | { readonly kind: 'hello' }
  /** Of a sender: `@?\n`, or where it may be, the file. */
  | QuestionPhase
  /** Of a receiver who may be coming back. */
  | { readonly kind: 'offset'; readonly transferId: string }
  | { readonly kind: 'source'; readonly source: FileSource }
  /** A receiver says nothing more. */
  | { readonly kind: 'ignored' };

class FileConnection {
  readonly #stream: ByteStream;
  readonly #files: FileBytes;
  readonly #timers: Timers;
  readonly #limits: FileConnectionLimits;
  #phase: Phase = { kind: 'hello' };
  /** Too few yet to decide anything; never more than a hello is long. */
  #pending: Uint8Array = nothing;
  #sink: FileSink | undefined;
  #cancelDeadline = (): void => undefined;
  #cancelOffset = (): void => undefined;

  constructor(stream: ByteStream, files: FileBytes, timers: Timers, limits: FileConnectionLimits) {
    this.#stream = stream;
    this.#files = files;
    this.#timers = timers;
    this.#limits = limits;
  }

  start(): void {
    const stream = this.#stream;
    this.#cancelDeadline = this.#timers.after(this.#limits.helloWithinMs, () => stream.destroy());
    stream.onData = (bytes) => this.#handle(bytes);
    stream.onEnd = () => this.#handleEnd();
    stream.onDrain = () => this.#sink?.drained();
    stream.onClose = () => {
      this.#decided();
      this.#sourceOf(this.#phase)?.detach();
      this.#sink?.detach();
    };
  }

  #handle(chunk: Uint8Array): void {
    const bytes = this.#pending.length === 0 ? chunk : concatBytes(this.#pending, chunk);
    this.#pending = nothing;
    const phase = this.#phase;
    switch (phase.kind) {
      case 'source':
        this.#push(phase.source, bytes);
        break;
      case 'hello':
        this.#handleHello(bytes);
        break;
      case 'question':
        this.#handleQuestion(bytes, phase);
        break;
      case 'offset':
        this.#handleOffset(bytes, phase.transferId);
        break;
      case 'ignored':
        break;
      default:
        phase satisfies never;
    }
  }

  #handleHello(bytes: Uint8Array): void {
    const hello = readIdAndSide(bytes);
    if (hello === 'more') {
      this.#pending = bytes;
      return;
    }
    const stat = hello === 'malformed' ? undefined : this.#files.stat(hello.transferId);
    if (hello === 'malformed' || stat === undefined) {
      this.#refuse();
      return;
    }
    const { transferId, side, rest } = hello;
    if (side === 'S') {
      this.#phase = { kind: 'question', transferId };
      // At the beginning a question changes nothing but that it is answered.
      if (stat.taken === 0) this.#openSource(transferId, 0);
    } else if (stat.given === 0 && rest.length === 0) {
      // Nobody has had a byte, so there is no other place to begin.
      this.#openSink(transferId, 0);
    } else {
      this.#phase = { kind: 'offset', transferId };
      this.#cancelOffset = this.#timers.after(this.#limits.offsetWithinMs, () => {
        this.#openSink(transferId, 0);
      });
    }
    if (rest.length > 0) this.#handle(rest);
  }

  #handleQuestion(bytes: Uint8Array, { transferId, source }: QuestionPhase): void {
    const question = readQuestion(bytes);
    if (question === 'more') {
      this.#pending = bytes;
    } else if (question === 'data') {
      // It begins at the beginning, and the server has that already.
      if (source === undefined) this.#refuse();
      else this.#begin(source, bytes);
    } else {
      const opened = source ?? this.#openSource(transferId, undefined);
      if (opened === undefined) return;
      this.#stream.write(`@${opened.offset}\n`);
      this.#begin(opened, question.rest);
    }
  }

  #begin(source: FileSource, bytes: Uint8Array): void {
    this.#phase = { kind: 'source', source };
    if (bytes.length > 0) this.#push(source, bytes);
  }

  #handleOffset(bytes: Uint8Array, transferId: string): void {
    const offset = readOffset(bytes);
    if (offset === 'malformed') this.#refuse();
    else if (offset === 'more') this.#pending = bytes;
    else this.#openSink(transferId, offset);
  }

  #push(source: FileSource, bytes: Uint8Array): void {
    if (!source.push(bytes)) this.#stream.pause();
  }

  /** Undefined: the stream is over, since there is no such place or nothing is wanted. */
  #openSource(transferId: string, offset: number | undefined): FileSource | undefined {
    this.#decided();
    const source = this.#files.openSource(transferId, offset, {
      resume: () => this.#stream.resume(),
      closed: (end) => this.#over(end),
    });
    if (typeof source === 'string') {
      this.#refuse();
      return undefined;
    }
    // An empty file is over within the call.
    if (this.#phase.kind !== 'question') return undefined;
    this.#phase = { ...this.#phase, source };
    return source;
  }

  #openSink(transferId: string, offset: number): void {
    this.#decided();
    this.#phase = { kind: 'ignored' };
    const stream = this.#stream;
    const sink = this.#files.openSink(transferId, offset, {
      write: (bytes) => void stream.write(bytes),
      get bufferedBytes() {
        return stream.bufferedBytes;
      },
      closed: (end) => this.#over(end),
    });
    if (typeof sink === 'string') this.#refuse();
    else this.#sink = sink;
  }

  /** After a failure the stream is cut off; there is no other word for it on this wire. */
  #over(end: FileSideEnd): void {
    this.#phase = { kind: 'ignored' };
    if (end === 'done') this.#stream.end();
    else this.#stream.destroy();
  }

  #refuse(): void {
    this.#phase = { kind: 'ignored' };
    this.#stream.destroy();
  }

  /** A receiver may have nothing more to say; a sender has said all. */
  #handleEnd(): void {
    const phase = this.#phase;
    const source = this.#sourceOf(phase);
    if (source !== undefined) {
      // It looked like the beginning of a question and was the file.
      if (this.#pending.length > 0) source.push(this.#pending);
      source.endOfStream();
      this.#stream.end();
    } else if (phase.kind === 'hello' || phase.kind === 'question' || this.#pending.length > 0) {
      this.#refuse();
    }
  }

  #sourceOf(phase: Phase): FileSource | undefined {
    return phase.kind === 'source' || phase.kind === 'question' ? phase.source : undefined;
  }

  #decided(): void {
    this.#cancelDeadline();
    this.#cancelOffset();
  }
}
