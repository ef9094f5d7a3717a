// Files from player to player: offers, answers, and who may carry the bytes. The bytes themselves
// go through a `TransferRelay` for each accepted file; nothing of them is ever stored.
//
// Who has a transfer's id may send or receive its bytes: it has 122 random bits, and only the two
// players are told. A receiver may choose it, and then answers for its randomness.

import { PaperclipError } from '../../contract/errors.ts';
import type { FileFailure, FileRow } from '../../contract/file-schema.ts';
import { contractLimits as limits } from '../../contract/limits.ts';
import type { Person } from '../../contract/people-schema.ts';
import type { Metrics } from '../../contract/telemetry.ts';
import type { StoredPlayer } from '../account/account-store.ts';
import type { Sanctions } from '../account/sanctions.ts';
import { newId, newUuid } from '../ids.ts';
import type { PlayerEventHub } from '../player-events.ts';
import type { SecureRandom, StreamDigest, Timers } from '../ports.ts';
import type { Blocks } from '../social/blocks.ts';
import { personOf, requireOther } from '../social/person.ts';
import type {
  FileBytes,
  FileRefusal,
  FileSideEnd,
  FileSink,
  FileSinkUser,
  FileSource,
  FileSourceUser,
  FileStat,
} from './file-bytes.ts';
import { safeFileName } from './file-name.ts';
import { TransferRelay } from './transfer-relay.ts';

export interface FilesOptions {
  readonly events: PlayerEventHub;
  readonly blocks: Blocks;
  readonly sanctions: Sanctions;
  readonly random: SecureRandom;
  readonly timers: Timers;
  readonly streamDigest: StreamDigest;
  readonly metrics: Metrics;
  /** Of one file. */
  readonly fileBytesMax?: number;
}

export interface FileOffer {
  readonly name: string;
  readonly size?: number;
  readonly sha256?: string;
}

interface OpenFile {
  readonly fileId: string;
  readonly from: Person;
  readonly to: Person;
  readonly name: string;
  readonly size: number | undefined;
  readonly sha256: string | undefined;
  readonly cancelExpiry: () => void;
  transfer: Transfer | undefined;
}

interface Transfer {
  readonly id: string;
  readonly relay: TransferRelay;
}

/** Over, but its receiver may still fetch the end. */
interface Lingering {
  readonly file: OpenFile;
  readonly relay: TransferRelay;
  readonly cancel: () => void;
}

const fileIdCharacters = 16;

export class Files implements FileBytes {
  readonly #o: FilesOptions;
  readonly #bytesMax: number;
  readonly #files = new Map<string, OpenFile>();
  readonly #byTransfer = new Map<string, OpenFile>();
  /** By transfer id, the oldest first. */
  readonly #lingering = new Map<string, Lingering>();
  readonly #countOf = new Map<string, number>();

  constructor(options: FilesOptions) {
    this.#o = options;
    this.#bytesMax = options.fileBytesMax ?? limits.fileBytesMaxDefault;
    options.blocks.onAdded((blockerId, blockedId) => {
      for (const file of [...this.#files.values()]) {
        const sides = [file.from.id, file.to.id];
        if (sides.includes(blockerId) && sides.includes(blockedId)) this.#fail(file, 'blocked');
      }
    });
  }

  offer(from: StoredPlayer, to: StoredPlayer, offer: FileOffer): string {
    const { events, blocks, sanctions, random, timers } = this.#o;
    sanctions.requireVoice(from.id);
    requireOther(to, from.id);
    blocks.requireOpen(to, from.id);
    if (!events.isConnected(to.id)) throw new PaperclipError('PLAYER_OFFLINE', { player: to.name });
    if (offer.size !== undefined && offer.size > this.#bytesMax) {
      throw new PaperclipError('FILE_TOO_LARGE', { size: offer.size, max: this.#bytesMax });
    }
    const name = safeFileName(offer.name);
    if (name === undefined) {
      throw new PaperclipError('BAD_REQUEST', {
        field: 'name',
        problem: 'leaves nothing to call it',
      });
    }
    this.#requireRoom(from.id, to.id);
    const fileId = newId(random, fileIdCharacters);
    const file: OpenFile = {
      fileId,
      from: personOf(from),
      to: personOf(to),
      name,
      size: offer.size,
      sha256: offer.sha256?.toLowerCase(),
      cancelExpiry: timers.after(limits.fileOfferS * 1000, () => this.#fail(file, 'expired')),
      transfer: undefined,
    };
    this.#files.set(fileId, file);
    this.#count(file, 1);
    const data = { fileId, from: file.from, name, ...facts(file) };
    events.emit(to.id, { event: 'file.offered', data });
    return fileId;
  }

  /** The transfer's id; undefined where the file was refused. */
  answer(
    player: StoredPlayer,
    sessionId: string,
    wish: { readonly fileId: string; readonly accept: boolean; readonly transferId?: string },
  ): string | undefined {
    const file = this.#files.get(wish.fileId);
    if (file?.to.id !== player.id) throw new PaperclipError('FILE_NOT_FOUND');
    if (file.transfer !== undefined) throw new PaperclipError('FILE_ANSWERED');
    const transferId = wish.accept ? this.#begin(file, wish.transferId) : undefined;
    file.cancelExpiry();
    if (!wish.accept) {
      this.#forget(file);
      this.#o.metrics.count('paperclip_files_total', { outcome: 'refused' });
    }
    const data = {
      fileId: file.fileId,
      by: file.to,
      accepted: wish.accept,
      ...(transferId === undefined ? {} : { transferId }),
    };
    this.#o.events.emit(file.from.id, { event: 'file.answered', data });
    this.#o.events.emitToOthers(file.to.id, sessionId, { event: 'file.answered', data });
    return transferId;
  }

  cancel(playerId: string, fileId: string): void {
    const file = this.#files.get(fileId);
    if (file === undefined || !isSide(file, playerId)) throw new PaperclipError('FILE_NOT_FOUND');
    this.#fail(file, 'cancelled');
  }

  list(playerId: string): FileRow[] {
    return [...this.#files.values()].filter((file) => isSide(file, playerId)).map(rowOf);
  }

  get heldBytes(): number {
    let bytes = 0;
    for (const { transfer } of this.#files.values()) bytes += transfer?.relay.heldBytes ?? 0;
    for (const { relay } of this.#lingering.values()) bytes += relay.heldBytes;
    return bytes;
  }

  stat(transferId: string): FileStat | undefined {
    const found = this.#find(transferId);
    if (found === undefined) return undefined;
    const { name, size, sha256 } = found.file;
    const { taken, given, replayFrom, isComplete } = found.relay;
    return { name, size, sha256, taken, given, replayFrom, isComplete };
  }

  openSource(
    transferId: string,
    offset: number | undefined,
    user: FileSourceUser,
  ): FileSource | FileRefusal {
    return this.#find(transferId)?.relay.openSource(offset, user) ?? 'unknown';
  }

  openSink(transferId: string, offset: number, user: FileSinkUser): FileSink | FileRefusal {
    return this.#find(transferId)?.relay.openSink(offset, user) ?? 'unknown';
  }

  close(): void {
    for (const file of [...this.#files.values()]) this.#fail(file, 'shutdown');
    for (const transferId of [...this.#lingering.keys()]) this.#release(transferId);
  }

  #find(
    transferId: string,
  ): { readonly file: OpenFile; readonly relay: TransferRelay } | undefined {
    const key = transferId.toLowerCase();
    const file = this.#byTransfer.get(key);
    if (file?.transfer !== undefined) return { file, relay: file.transfer.relay };
    return this.#lingering.get(key);
  }

  #begin(file: OpenFile, wished: string | undefined): string {
    const { random, timers, streamDigest } = this.#o;
    const id = wished?.toLowerCase() ?? newUuid(random);
    if (this.#find(id) !== undefined) {
      throw new PaperclipError('BAD_REQUEST', { field: 'transferId', problem: 'is in use' });
    }
    if (this.#byTransfer.size >= limits.fileTransfersMax) {
      throw new PaperclipError('FILES_FULL', { max: limits.fileTransfersMax });
    }
    // What is over makes room for what begins.
    for (const over of this.#lingering.keys()) {
      if (this.#byTransfer.size + this.#lingering.size < limits.fileTransfersMax) break;
      this.#release(over);
    }
    const relay = new TransferRelay({
      size: file.size,
      sha256: file.sha256,
      bytesMax: this.#bytesMax,
      createHash: () => streamDigest.sha256(),
      timers,
      limits: {
        windowBytes: limits.fileWindowBytes,
        aheadBytes: limits.fileAheadBytes,
        absenceMs: limits.fileAbsenceS * 1000,
        idleMs: limits.fileIdleS * 1000,
      },
      onEnd: (end) => this.#handleEnd(file, end),
    });
    file.transfer = { id, relay };
    this.#byTransfer.set(id, file);
    return id;
  }

  #fail(file: OpenFile, reason: FileFailure): void {
    if (file.transfer === undefined) this.#over(file, reason);
    else file.transfer.relay.fail(reason);
  }

  #handleEnd(file: OpenFile, end: Exclude<FileSideEnd, 'replaced'>): void {
    const { transfer } = file;
    if (transfer === undefined) return;
    this.#o.metrics.count('paperclip_file_bytes_total', {}, transfer.relay.taken);
    this.#over(file, end === 'done' ? undefined : end);
    if (end !== 'done') return;
    const { id, relay } = transfer;
    const cancel = this.#o.timers.after(limits.fileLingerS * 1000, () => this.#release(id));
    this.#lingering.set(id, { file, relay, cancel });
  }

  #release(transferId: string): void {
    const over = this.#lingering.get(transferId);
    this.#lingering.delete(transferId);
    over?.cancel();
    over?.relay.release();
  }

  #over(file: OpenFile, reason: FileFailure | undefined): void {
    this.#forget(file);
    this.#o.metrics.count('paperclip_files_total', { outcome: reason ?? 'done' });
    const data = {
      fileId: file.fileId,
      ...(file.transfer === undefined ? {} : { transferId: file.transfer.id }),
      ok: reason === undefined,
      ...(reason === undefined ? {} : { reason }),
    };
    for (const { id } of [file.from, file.to]) {
      this.#o.events.emit(id, { event: 'file.done', data });
    }
  }

  #forget(file: OpenFile): void {
    file.cancelExpiry();
    if (!this.#files.delete(file.fileId)) return;
    if (file.transfer !== undefined) this.#byTransfer.delete(file.transfer.id);
    this.#count(file, -1);
  }

  #requireRoom(...playerIds: readonly string[]): void {
    if (this.#files.size >= limits.filesMax) {
      throw new PaperclipError('FILES_FULL', { max: limits.filesMax });
    }
    if (playerIds.some((id) => (this.#countOf.get(id) ?? 0) >= limits.filesOfPlayerMax)) {
      throw new PaperclipError('FILES_FULL', { max: limits.filesOfPlayerMax });
    }
  }

  #count(file: OpenFile, change: 1 | -1): void {
    for (const { id } of [file.from, file.to]) {
      const count = (this.#countOf.get(id) ?? 0) + change;
      if (count === 0) this.#countOf.delete(id);
      else this.#countOf.set(id, count);
    }
  }
}

const isSide = ({ from, to }: OpenFile, playerId: string): boolean =>
  from.id === playerId || to.id === playerId;

const facts = ({ size, sha256 }: OpenFile) => ({
  ...(size === undefined ? {} : { size }),
  ...(sha256 === undefined ? {} : { sha256 }),
});

const rowOf = (file: OpenFile): FileRow => {
  const { fileId, from, to, name, transfer } = file;
  const common = { fileId, from, to, name, ...facts(file) };
  if (transfer === undefined) return { ...common, state: 'offered', bytesDone: 0 };
  const { id: transferId, relay } = transfer;
  const state = relay.isRunning ? 'running' : 'accepted';
  return { ...common, state, transferId, bytesDone: relay.given };
};
