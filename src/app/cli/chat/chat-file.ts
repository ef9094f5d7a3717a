// One file of a chat, offered or on its way, and how it is named to people and programs.

import { bytes as amount, seconds } from '../terminal.ts';
import { harmless } from './chat-text.ts';
import type { FileToSend } from './disk-files.ts';
import type { FileEnding } from './file-endings.ts';
import { localFileName } from './local-file-name.ts';
import { TransferRate } from './transfer-text.ts';

export interface ChatFile {
  readonly number: number;
  readonly fileId: string;
  readonly isMine: boolean;
  /** Of the other side; harmless. */
  readonly peer: string;
  /** Harmless for a folder here, and so for a terminal. */
  readonly name: string;
  readonly size: number | undefined;
  readonly sha256: string | undefined;
  /** Of one that was offered from here, and not from another session. */
  readonly source: FileToSend | undefined;
  readonly stop: AbortController;
  state: 'offered' | 'answering' | 'running';
  startedMs: number;
  rate: TransferRate;
  bytesDone: number;
  /** What the server said, or who sits here, before the bytes noticed. */
  ending: FileEnding | undefined;
}

export type NewFile = Pick<ChatFile, 'fileId' | 'isMine' | 'peer' | 'name' | 'size' | 'sha256'> &
  Partial<Pick<ChatFile, 'source'>>;

export function chatFile(given: NewFile, number: number, nowMs: number): ChatFile {
  return {
    ...given,
    peer: harmless(given.peer),
    name: localFileName(given.name),
    source: given.source,
    number,
    stop: new AbortController(),
    state: 'offered',
    startedMs: nowMs,
    rate: new TransferRate(nowMs),
    bytesDone: 0,
    ending: undefined,
  };
}

/** Something would be lost by leaving now. */
export const isUnderWay = ({ source, state }: ChatFile): boolean =>
  state !== 'offered' || source !== undefined;

export const titleOf = ({ number, name }: ChatFile): string => `${number}: ${name}`;

export const lengthOf = ({ size }: ChatFile): string =>
  size === undefined ? '' : ` (${amount(size)})`;

/** `row` is how far it is. */
export function listLine(file: ChatFile, row: string): string {
  const direction = `${file.isMine ? 'to' : 'from'} ${file.peer}`;
  if (file.state === 'running') return `${row}, ${direction}`;
  const what = file.state === 'offered' ? 'offered' : 'being accepted';
  return `${titleOf(file)}${lengthOf(file)} ${direction}: ${what}.`;
}

/** `3.0 MB in 2 s, 1.5 MB/s` */
export function effortText({ startedMs, bytesDone }: ChatFile, nowMs: number): string {
  const tookMs = nowMs - startedMs;
  const speed = tookMs > 0 ? `, ${amount(Math.round((bytesDone * 1000) / tookMs))}/s` : '';
  // Of a short time the tenths count.
  const took = tookMs < 9_950 ? `${(tookMs / 1000).toFixed(1)} s` : seconds(tookMs);
  return `${amount(bytesDone)} in ${took}${speed}`;
}

/** For programs. */
export const factsOf = (file: ChatFile) => {
  const { number, fileId, isMine, peer, name, size, state, bytesDone } = file;
  const direction = isMine ? 'out' : 'in';
  const length = size === undefined ? {} : { size };
  return { number, fileId, direction, peer, name, ...length, state, bytesDone };
};
