// The bytes of files as a gateway sees them: one side pushes, the other is written to, both are
// held back when they run ahead, and both may come back after a break. Who knows a transfer's id
// may be either side of it.
//
// The shapes fit a `ByteStream` as well as Node's and the web's streams; they know none of them.

import type { FileFailure } from '../../contract/file-schema.ts';

/** Why a side is over: all went well, another connection has taken its place, or it failed. */
export type FileSideEnd = 'done' | 'replaced' | FileFailure;

/** `offset`: this side cannot begin there; `stat` says where it can. */
export type FileRefusal = 'unknown' | 'offset';

export interface FileStat {
  readonly name: string;
  readonly size: number | undefined;
  /** Lower-case hex. */
  readonly sha256: string | undefined;
  /** Where a sender goes on. */
  readonly taken: number;
  /** A receiver may begin from `replayFrom` to `given`, both included. */
  readonly replayFrom: number;
  readonly given: number;
  /** All was taken from the sender, and it is as it was offered. */
  readonly isComplete: boolean;
}

/** What a connection that brings bytes offers the transfer. */
export interface FileSourceUser {
  /** After a `push` that said false: go on. */
  resume(): void;
  /** Once, when this side is over; never after `detach`. May be called within `push`. */
  closed(end: FileSideEnd): void;
}

export interface FileSource {
  /** Where the first byte pushed stands in the file. */
  readonly offset: number;
  /** False: taken, but wait for `resume`; what is on its way already may still be pushed. */
  push(bytes: Uint8Array): boolean;
  /** That was the file. */
  finish(): void;
  /**
   * The connection has ended in order. Where the size is known and there are too few bytes, a
   * sender that was killed looks the same, so it may come back for a while.
   */
  endOfStream(): void;
  /** The connection is gone; another may come. */
  detach(): void;
}

/** What a connection that takes bytes offers the transfer. */
export interface FileSinkUser {
  /** The bytes are never changed afterwards. */
  write(bytes: Uint8Array): void;
  /** Written and not yet sent. */
  readonly bufferedBytes: number;
  /** As for a source. After `done`, what was written is to leave; after a failure, it is not. */
  closed(end: FileSideEnd): void;
}

export interface FileSink {
  /** Little of what was written waits now. */
  drained(): void;
  detach(): void;
}

export interface FileBytes {
  /** What all transfers hold in memory now. */
  readonly heldBytes: number;
  /** Undefined: there is no such transfer, or it is over. */
  stat(transferId: string): FileStat | undefined;
  /** Takes the place of the source that there is. Without an offset: wherever it goes on. */
  openSource(
    transferId: string,
    offset: number | undefined,
    user: FileSourceUser,
  ): FileSource | FileRefusal;
  /** Takes the place of the sink that there is. The first bytes may come within this call. */
  openSink(transferId: string, offset: number, user: FileSinkUser): FileSink | FileRefusal;
}
