// The files of one person's chat: what is offered, what is on its way, and its numbers. The bytes
// are moved by `move-file.ts`, the disk is `disk-files.ts`, and what is typed comes from
// `file-slash-commands.ts`.

import {
  type After,
  type EventData,
  hostAfter,
  PaperclipError,
  type PlayerClient,
} from '../../../client/index.ts';
import { contractLimits } from '../../../contract/limits.ts';
import { bytes as amount } from '../terminal.ts';
import {
  type ChatFile,
  chatFile,
  effortText,
  factsOf,
  isUnderWay,
  lengthOf,
  listLine,
  type NewFile,
  titleOf,
} from './chat-file.ts';
import { ChatMistake } from './chat-mistake.ts';
import { harmless } from './chat-text.ts';
import type { ChatView } from './chat-view.ts';
import { type FileToSend, fileToSend, PartFile, placeFor, sha256Of } from './disk-files.ts';
import { causeText, endingText, type FileEnding } from './file-endings.ts';
import { localFileName } from './local-file-name.ts';
import { type Moving, receiveToDisk, sendFromDisk } from './move-file.ts';
import { TransferDisplay } from './transfer-display.ts';
import { TransferRate } from './transfer-text.ts';

export interface ChatFilesOptions {
  readonly me: PlayerClient;
  readonly view: ChatView;
  readonly downloadFolder: string;
  readonly after?: After;
  /** Milliseconds of any clock that does not jump. */
  readonly now?: () => number;
}

/** In each direction; both together are what the server takes of one player. */
const filesEachWayMax = contractLimits.filesOfPlayerMax / 2;
/** Of offers that are shown; a server that sends more is not ours, and its oldest are forgotten. */
const offersMax = 32;
/** Reading that takes so long is announced. */
const longReadBytes = 100_000_000;

export class ChatFiles {
  readonly #o: ChatFilesOptions;
  readonly #now: () => number;
  readonly #display: TransferDisplay;
  /** By number, the oldest first. */
  readonly #files = new Map<number, ChatFile>();
  readonly #changes = new Set<() => void>();
  readonly #closing = new AbortController();
  #lastNumber = 0;
  /** Files that leaving has been asked about. */
  #askedOf = 0;
  /** Being read for an offer. */
  #reading = 0;
  /** Offers whose ids are not here yet; never rejects. */
  #offering: Promise<unknown> = Promise.resolve();
  #allArrived = true;

  constructor(options: ChatFilesOptions) {
    this.#o = options;
    this.#now = options.now ?? (() => performance.now());
    this.#display = new TransferDisplay({
      view: options.view,
      after: options.after ?? hostAfter,
      now: this.#now,
      running: () => this.#all.filter(({ state }) => state === 'running'),
    });
  }

  /** Of this side: what would be lost by leaving now. */
  get underWay(): number {
    return this.#all.filter(isUnderWay).length + this.#reading;
  }

  /** How many have to be asked about before leaving: none, when they were already. */
  askToLeave(): number {
    const { underWay } = this;
    const isAsked = underWay <= this.#askedOf;
    this.#askedOf = underWay;
    return isAsked ? 0 : underWay;
  }

  get #all(): readonly ChatFile[] {
    return [...this.#files.values()];
  }

  async offer(to: string, typed: string): Promise<void> {
    const { me, view } = this.#o;
    const outgoing = this.#all.filter(({ source }) => source !== undefined);
    requireFewer(outgoing.length + this.#reading);
    const source = await fileToSend(typed);
    const { name, size } = source;
    if (size >= longReadBytes) view.dim(`Reading ${harmless(name)} (${amount(size)}) …`);
    this.#reading++;
    let fileId: string;
    let sha256: string;
    try {
      sha256 = await sha256Of(source, this.#closing.signal);
      const offered = me.call('file.offer', { to, name: localFileName(name), size, sha256 });
      this.#offering = Promise.allSettled([this.#offering, offered]);
      ({ fileId } = await offered);
      const file = this.#add({ fileId, isMine: true, peer: to, name, size, sha256, source });
      view.event('answer', { command: 'send', ...factsOf(file) });
      view.line(
        `Offered ${file.number}: ${file.name} (${amount(size)}) to ${file.peer}. ` +
          `/cancel ${file.number} takes it back.`,
      );
    } catch (cause) {
      this.#allArrived = false;
      throw cause;
    } finally {
      this.#reading--;
      this.#changed();
    }
  }

  /** Returns what a program is told besides. */
  offered({ fileId, from, name, size, sha256 }: EventData<'file.offered'>): object {
    const file = this.#add({ fileId, isMine: false, peer: from.name, name, size, sha256 });
    const { number, peer } = file;
    const length = size === undefined ? '' : ` (${amount(size)})`;
    this.#o.view.line(
      `${peer} offers a file, ${number}: ${file.name}${length}. /take ${number} or /refuse ${number}.`,
    );
    return { number };
  }

  answered(answer: EventData<'file.answered'>): object {
    // It can overtake the answer to the command that offered the file.
    void this.#offering.then(() => this.#handleAnswer(answer));
    return this.#numberOf(answer.fileId);
  }

  done({ fileId, ok, reason }: EventData<'file.done'>): object {
    const number = this.#numberOf(fileId);
    void this.#offering.then(() => {
      const file = this.#find(fileId);
      if (file === undefined || ok) return;
      this.#stop(file, reason ?? 'over');
    });
    return number;
  }

  /** What is open, as the server knows it. */
  async list(): Promise<void> {
    const { view } = this.#o;
    await this.reconcile();
    const files = this.#all;
    view.event('answer', { command: 'files', files: files.map(factsOf) });
    if (files.length === 0) view.line('No files are offered or on their way. /send NAME FILE.');
    for (const file of files) view.line(listLine(file, this.#display.row(file)));
  }

  /** After events were lost: what is over is forgotten, what is new gets its number. */
  async reconcile(): Promise<void> {
    const { me } = this.#o;
    await this.#offering;
    const { files: rows } = await me.call('file.list');
    for (const file of this.#files.values()) {
      const isKnown = rows.some(({ fileId }) => fileId === file.fileId);
      if (!isKnown && file.state === 'offered') this.#stop(file, 'over');
    }
    for (const { from, to, state, transferId, ...row } of rows) {
      const isMine = from.id === me.player.id;
      const { name, size, sha256, fileId } = row;
      const peer = isMine ? to.name : from.name;
      const file = this.#find(fileId) ?? this.#add({ fileId, isMine, peer, name, size, sha256 });
      // The answer was lost.
      if (state !== 'offered' && file.state === 'offered' && transferId !== undefined) {
        if (file.source !== undefined) void this.#send(file, file.source, transferId);
      }
    }
  }

  /** Without a number: the newest offer. */
  async take(number?: number, as?: string): Promise<void> {
    const { me, downloadFolder } = this.#o;
    const file = this.#offerOf(number);
    requireFewer(this.#all.filter(({ isMine, state }) => !isMine && state !== 'offered').length);
    file.state = 'answering';
    let part: PartFile | undefined;
    try {
      part = await PartFile.open(await placeFor(downloadFolder, file.name, as), file.size);
      const { fileId } = file;
      const { transferId } = await me.call('file.answer', { fileId, accept: true });
      if (transferId === undefined) throw new PaperclipError('FILE_NOT_FOUND');
      this.#o.view.event('answer', { command: 'take', ...factsOf(file) });
      void this.#receive(file, part, transferId);
    } catch (cause) {
      file.state = 'offered';
      await part?.drop().catch(() => undefined);
      this.#changed();
      throw this.#overOr(file, cause);
    }
  }

  async refuse(number?: number): Promise<void> {
    const file = this.#offerOf(number);
    await this.#o.me.call('file.answer', { fileId: file.fileId, accept: false }).catch((cause) => {
      throw this.#overOr(file, cause);
    });
    this.#files.delete(file.number);
    this.#o.view.event('answer', { command: 'refuse', ...factsOf(file) });
    this.#o.view.line(`Refused ${titleOf(file)} of ${file.peer}.`);
  }

  async cancel(number: number): Promise<void> {
    const file = this.#files.get(number);
    if (file === undefined) throw new ChatMistake(`There is no file ${number}; /files lists them.`);
    file.ending ??= 'mine';
    await this.#o.me.call('file.cancel', { fileId: file.fileId }).catch((cause) => {
      file.ending = undefined;
      throw this.#overOr(file, cause);
    });
    this.#o.view.event('answer', { command: 'cancel', ...factsOf(file) });
    this.#stop(file, 'mine');
  }

  /** Resolves when nothing is under way any more. False: something did not arrive. */
  async settled(): Promise<boolean> {
    while (this.underWay > 0) {
      const { promise, resolve } = Promise.withResolvers<void>();
      this.#changes.add(resolve);
      await promise;
      this.#changes.delete(resolve);
    }
    return this.#allArrived;
  }

  /** Ends what is under way, and tells the other sides. */
  async close(): Promise<void> {
    this.#closing.abort();
    await this.#offering;
    const files = this.#all.filter(isUnderWay);
    for (const file of files) file.ending ??= 'mine';
    const { me } = this.#o;
    await Promise.allSettled(files.map(({ fileId }) => me.call('file.cancel', { fileId })));
    for (const file of files) this.#stop(file, 'mine');
    await this.settled();
    this.#display.close();
  }

  #handleAnswer({ fileId, accepted, transferId }: EventData<'file.answered'>): void {
    const file = this.#find(fileId);
    if (file?.state !== 'offered') return;
    if (!file.isMine) this.#stop(file, 'elsewhere');
    else if (!accepted) this.#stop(file, 'refused');
    else if (file.source !== undefined && transferId !== undefined) {
      void this.#send(file, file.source, transferId);
    }
  }

  async #send(file: ChatFile, source: FileToSend, transferId: string): Promise<void> {
    this.#begin(file, `Sending ${titleOf(file)}${lengthOf(file)} to ${file.peer}.`);
    try {
      await sendFromDisk(source, this.#moving(file, transferId));
      const told = `Sent ${titleOf(file)} to ${file.peer}: ${effortText(file, this.#now())}.`;
      this.#succeed(file, 'file.sent', told, {});
    } catch (cause) {
      this.#fail(file, cause);
    }
  }

  async #receive(file: ChatFile, part: PartFile, transferId: string): Promise<void> {
    this.#begin(file, `Receiving ${titleOf(file)}${lengthOf(file)} from ${file.peer}.`);
    try {
      const isVerified = await receiveToDisk(part, file, this.#moving(file, transferId));
      const path = await part.keep();
      const checked = isVerified ? 'the checksum is right' : 'its sender gave no checksum';
      const told = `Saved ${titleOf(file)} as ${harmless(path)}: ${effortText(file, this.#now())}, ${checked}.`;
      this.#succeed(file, 'file.saved', told, { path, isVerified });
    } catch (cause) {
      await part.drop().catch(() => undefined);
      this.#fail(file, cause);
    }
  }

  #moving(file: ChatFile, transferId: string): Moving {
    return {
      url: this.#o.me.server,
      transferId,
      stop: file.stop,
      onBytes: (bytesDone) => {
        file.bytesDone = bytesDone;
        file.rate.add(this.#now(), bytesDone);
      },
    };
  }

  #begin(file: ChatFile, told: string): void {
    file.state = 'running';
    file.startedMs = this.#now();
    file.rate = new TransferRate(file.startedMs);
    this.#o.view.event('file.start', factsOf(file));
    this.#o.view.line(told);
    // An ending that came between the answer and this.
    if (file.ending !== undefined) file.stop.abort();
    this.#display.start();
  }

  #succeed(file: ChatFile, event: string, told: string, fields: object): void {
    this.#files.delete(file.number);
    this.#display.draw();
    this.#o.view.event(event, { ...factsOf(file), ...fields });
    this.#o.view.line(told);
    this.#changed();
  }

  #fail(file: ChatFile, cause: unknown): void {
    const { ending, peer, isMine, number } = file;
    const why =
      ending === undefined ? causeText(cause, peer, isMine) : endingText(ending, peer, isMine);
    this.#files.delete(number);
    this.#display.draw();
    if (ending !== 'mine') this.#allArrived = false;
    // The other side would wait for somebody who does not come.
    const { fileId } = file;
    if (ending === undefined) this.#o.me.call('file.cancel', { fileId }).catch(() => undefined);
    const told = `${titleOf(file)} ${isMine ? 'was not sent' : 'was not saved'}: ${why}`;
    this.#o.view.event('file.failed', { ...factsOf(file), reason: ending, message: told });
    this.#o.view.line(told);
    this.#changed();
  }

  /** An offer is over at once; what is running ends where its bytes are. */
  #stop(file: ChatFile, ending: FileEnding): void {
    if (this.#files.get(file.number) !== file) return;
    file.ending ??= ending;
    if (file.state === 'offered') {
      if (file.source === undefined) this.#forget(file, file.ending);
      else this.#fail(file, undefined);
    } else file.stop.abort();
  }

  /** An offer to this person, or one of another session: nothing failed here. */
  #forget(file: ChatFile, ending: FileEnding): void {
    this.#files.delete(file.number);
    this.#o.view.dim(`${titleOf(file)} is over: ${endingText(ending, file.peer, file.isMine)}`);
    this.#changed();
  }

  /** What the server does not know is over here too. */
  #overOr(file: ChatFile, cause: unknown): unknown {
    const isOver =
      cause instanceof PaperclipError &&
      (cause.code === 'FILE_NOT_FOUND' || cause.code === 'FILE_ANSWERED');
    if (!isOver) return cause;
    if (file.state === 'offered') this.#files.delete(file.number);
    this.#changed();
    return new ChatMistake(
      `${titleOf(file)} is over: it was taken back, answered elsewhere, or open for too long.`,
    );
  }

  #offerOf(number: number | undefined): ChatFile {
    const open = this.#all.filter(({ isMine, state }) => !isMine && state === 'offered');
    const file = number === undefined ? open.at(-1) : open.find((one) => one.number === number);
    if (file !== undefined) return file;
    if (open.length === 0) throw new ChatMistake('Nobody offers you a file.');
    const numbers = open.map(titleOf).join(', ');
    throw new ChatMistake(`There is no offer ${number}. Open are ${numbers}.`);
  }

  #add(given: NewFile): ChatFile {
    const file = chatFile(given, ++this.#lastNumber, this.#now());
    this.#files.set(file.number, file);
    const offers = this.#all.filter((one) => !isUnderWay(one));
    for (const { number } of offers.slice(0, -offersMax)) this.#files.delete(number);
    return file;
  }

  #find(fileId: string): ChatFile | undefined {
    return this.#all.find((file) => file.fileId === fileId);
  }

  #numberOf(fileId: string): object {
    const number = this.#find(fileId)?.number;
    return number === undefined ? {} : { number };
  }

  #changed(): void {
    for (const change of this.#changes) change();
  }
}

function requireFewer(count: number): void {
  if (count < filesEachWayMax) return;
  throw new ChatMistake(
    `${count} files are open already, and that is the most: wait for one, or /cancel N.`,
  );
}
