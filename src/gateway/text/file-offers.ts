// Section 10 on this connection: offers and answers of files. They name no file but its sender and
// receiver, so an answer is to the oldest open offer of that sender. The bytes travel elsewhere,
// under the transfer's id.
//
// Only what was offered or told over this connection is followed: a player may have other files
// over another wire.

import { PaperclipError } from '../../contract/errors.ts';
import type { EventData, PlatformEvent } from '../../contract/events.ts';
import type { Log } from '../../contract/telemetry.ts';
import { shortened } from '../failure.ts';
import type { SignedInPlayer } from '../signed-in-player.ts';
import { TextRefusal, textCodes } from './text-codes.ts';
import { textError } from './text-errors.ts';

export interface FileOffersContext {
  readonly player: Pick<SignedInPlayer, 'player' | 'call'>;
  readonly log: Log;
  readonly send: (header: string, body: object) => void;
}

export interface FileRequest {
  readonly receiver: string;
  readonly filename: string;
  readonly size?: number;
  readonly checksum?: string;
}

export interface FileAnswer {
  readonly sender: string;
  readonly status: 'ACCEPT' | 'REJECT';
  readonly transferId?: string;
}

/** The other side, as the protocol names it. */
type Other = { readonly receiver: string } | { readonly sender: string };

export class FileOffers {
  readonly #o: FileOffersContext;
  /** By file id; the platform bounds how many a player has. */
  readonly #open = new Map<string, Other>();

  constructor(context: FileOffersContext) {
    this.#o = context;
  }

  async offer({ receiver: to, filename: name, size, checksum }: FileRequest): Promise<void> {
    const { fileId } = await this.#o.player.call('file.offer', {
      ...{ to, name },
      ...(size === undefined ? {} : { size }),
      ...(checksum === undefined ? {} : { sha256: checksum }),
    });
    this.#open.set(fileId, { receiver: shortened(to) });
  }

  /** With the transfer's id, where there is one now. */
  async answer({ sender, status, transferId = '' }: FileAnswer): Promise<object> {
    const { player } = this.#o;
    const { files } = await player.call('file.list', {});
    const isMeant = (name: string) => name.toLowerCase() === sender.toLowerCase();
    const file = files.find(
      ({ from, to, state }) =>
        state === 'offered' && to.id === player.player.id && isMeant(from.name),
    );
    if (file === undefined) throw new PaperclipError('FILE_NOT_FOUND');
    const { fileId, from } = file;
    const wish = transferId === '' ? {} : { transferId };
    const accept = status === 'ACCEPT';
    const answered = await player.call('file.answer', { fileId, accept, ...wish });
    if (!accept) this.#open.delete(fileId);
    return { sender: from.name, ...answered };
  }

  handleEvent(event: PlatformEvent): void {
    if (event.event === 'file.offered') this.#offered(event.data);
    else if (event.event === 'file.answered') this.#answered(event.data);
    else if (event.event === 'file.done') this.#done(event.data);
  }

  #offered({ fileId, from, name: filename, size, sha256 }: EventData<'file.offered'>): void {
    const sender = from.name;
    this.#open.set(fileId, { sender });
    this.#o.send('FILE_TRANSFER_REQUEST', {
      ...{ sender, filename },
      ...(size === undefined ? {} : { size }),
      ...(sha256 === undefined ? {} : { checksum: sha256 }),
    });
  }

  #answered({ fileId, by, accepted, transferId }: EventData<'file.answered'>): void {
    const other = this.#open.get(fileId);
    if (other === undefined) return;
    if (!accepted) this.#open.delete(fileId);
    // By another session of this very player.
    if ('sender' in other) return;
    const answer = accepted
      ? { status: 'OK', transferId }
      : textError(new TextRefusal(textCodes.fileRejected), this.#o.log);
    this.#o.send('FILE_TRANSFER_RESPONSE', { receiver: by.name, ...answer });
  }

  #done({ fileId, transferId, ok, reason }: EventData<'file.done'>): void {
    const other = this.#open.get(fileId);
    if (other === undefined) return;
    this.#open.delete(fileId);
    if (transferId === undefined) {
      const refusal = new TextRefusal(textCodes.notNow, `The offer is over: ${reason}.`);
      this.#o.send('FILE_TRANSFER_RESPONSE', { ...other, ...textError(refusal, this.#o.log) });
      return;
    }
    const failure = reason === undefined ? {} : { message: reason };
    const status = ok ? 'OK' : 'ERROR';
    this.#o.send('FILE_TRANSFER_DONE', { transferId, status, ...failure });
  }
}
