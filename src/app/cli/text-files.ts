// Files in `paperclip text`: offers both ways, and the bytes over the files port, from and to the
// disk. A name that another player chose never leaves the folder that one is in, and nothing is
// ever written over. It does NOT go on where a connection broke off: offer the file again.

import { createHash } from 'node:crypto';
import { createReadStream, createWriteStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { basename } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { type TextMessage, textOf } from '../../client/text/text-client.ts';
import { textClientLimits as limits } from '../../client/text/text-limits.ts';
import type { ByteStream } from '../../protocol/byte-stream.ts';
import { bytes as amount } from './terminal.ts';

export interface TextFilesOptions {
  readonly send: (header: string, body: object) => void;
  readonly show: (text: string) => void;
  /** A connection to the files port. */
  readonly connect: () => Promise<ByteStream>;
}

interface Offered {
  readonly sender: string;
  readonly name: string;
  /** Where to put it, when it was accepted. */
  path: string | undefined;
}

const isSame = (name: string, other: string): boolean => name.toLowerCase() === other.toLowerCase();

export class TextFiles {
  readonly #o: TextFilesOptions;
  /** The oldest first. */
  readonly #outgoing: { readonly receiver: string; readonly path: string }[] = [];
  readonly #incoming: Offered[] = [];
  readonly #moving = new Set<Promise<void>>();

  constructor(options: TextFilesOptions) {
    this.#o = options;
  }

  async offer(receiver: string, path: string): Promise<void> {
    try {
      const { size } = await stat(path);
      const hash = createHash('sha256');
      for await (const part of createReadStream(path)) hash.update(part);
      this.#outgoing.push({ receiver, path });
      if (this.#outgoing.length > limits.filesOfferedMax) this.#outgoing.shift();
      const checksum = hash.digest('hex');
      const filename = basename(path);
      this.#o.send('FILE_TRANSFER_REQUEST', { receiver, filename, size, checksum });
      this.#o.show(`Offered ${filename} to ${receiver}.`);
    } catch (cause) {
      this.#o.show(`${path} cannot be read: ${reasonOf(cause)}`);
    }
  }

  /** The oldest offer of that player. */
  answer(sender: string, status: 'ACCEPT' | 'REJECT', path?: string): void {
    const isMeant = (one: Offered) => isSame(one.sender, sender) && one.path === undefined;
    const offer = this.#incoming.find(isMeant);
    if (offer === undefined) {
      this.#o.show(`${sender} has offered nothing.`);
      return;
    }
    if (status === 'ACCEPT') offer.path = path ?? offer.name;
    else this.#incoming.splice(this.#incoming.indexOf(offer), 1);
    this.#o.send('FILE_TRANSFER_RESPONSE', { sender, status });
  }

  /** Whether the message was about files. */
  handle({ header, body }: TextMessage): boolean {
    if (header === 'FILE_TRANSFER_REQUEST') this.#offered(body);
    else if (header === 'FILE_TRANSFER_DONE') this.#done(body);
    else if (header !== 'FILE_TRANSFER_RESPONSE') return false;
    else this.#answered(body);
    return true;
  }

  /** Resolves when no bytes are on their way. */
  async settled(): Promise<void> {
    await Promise.all(this.#moving);
  }

  #offered(body: TextMessage['body']): void {
    const [sender, size] = [textOf(body, 'sender'), body['size']];
    // The server has taken paths off; a server need not be ours.
    const name = basename(textOf(body, 'filename').replaceAll('\\', '/')).replace(/^\.+/, '');
    this.#incoming.push({ sender, name: name || 'file', path: undefined });
    if (this.#incoming.length > limits.filesOfferedMax) this.#incoming.shift();
    const length = typeof size === 'number' ? ` (${amount(size)})` : '';
    this.#o.show(`${sender} offers ${name}${length}: /accept ${sender}, or /reject ${sender}`);
  }

  #answered(body: TextMessage['body']): void {
    const [receiver, sender] = [textOf(body, 'receiver'), textOf(body, 'sender')];
    const transferId = textOf(body, 'transferId');
    const isTaken = textOf(body, 'status') === 'OK' && transferId !== '';
    if (receiver !== '') {
      const at = this.#outgoing.findIndex((one) => isSame(one.receiver, receiver));
      const [offer] = at < 0 ? [] : this.#outgoing.splice(at, 1);
      if (isTaken && offer !== undefined) this.#move(this.#sendBytes(offer.path, transferId));
      else this.#o.show(`${receiver} did not get the file: ${refusalText(body)}`);
      return;
    }
    const isMeant = (one: Offered) => isSame(one.sender, sender) && one.path !== undefined;
    const at = this.#incoming.findIndex(isMeant);
    const [offer] = at < 0 ? [] : this.#incoming.splice(at, 1);
    if (isTaken && offer?.path !== undefined) {
      this.#move(this.#receiveBytes(offer.path, transferId));
    } else if (!isTaken && textOf(body, 'status') !== 'OK') {
      this.#o.show(`No file of ${sender}: ${refusalText(body)}`);
    }
  }

  #done(body: TextMessage['body']): void {
    const isOk = textOf(body, 'status') === 'OK';
    this.#o.show(isOk ? 'The file has arrived whole.' : `The file failed: ${refusalText(body)}`);
  }

  #move(work: Promise<void>): void {
    const moving = work.catch((cause: unknown) => {
      this.#o.show(`The file failed: ${reasonOf(cause)}`);
    });
    this.#moving.add(moving);
    void moving.then(() => this.#moving.delete(moving));
  }

  async #sendBytes(path: string, transferId: string): Promise<void> {
    const stream = await this.#o.connect();
    let wake = (): void => {};
    const closed = new Promise<void>((done) => {
      stream.onClose = () => {
        wake();
        done();
      };
    });
    stream.onDrain = () => wake();
    stream.onData = () => {};
    stream.write(`${transferId}S`);
    for await (const part of createReadStream(path)) {
      if (!stream.isOpen) break;
      if (stream.write(part)) continue;
      await new Promise<void>((done) => {
        wake = done;
        if (!stream.isOpen) done();
      });
    }
    stream.end();
    await closed;
  }

  async #receiveBytes(path: string, transferId: string): Promise<void> {
    const file = createWriteStream(path, { flags: 'wx' });
    const opened = new Promise<void>((done, fail) =>
      file.once('open', () => done()).once('error', fail),
    );
    await opened;
    const stream = await this.#o.connect();
    await pipeline(partsOf(stream, `${transferId}R`), file);
    this.#o.show(`Saved as ${path}.`);
  }
}

/** What a stream brings until it ends, no faster than it is taken. */
async function* partsOf(stream: ByteStream, hello: string): AsyncGenerator<Uint8Array> {
  const parts: Uint8Array[] = [];
  let waiting = 0;
  let isOver = false;
  let wake = (): void => {};
  stream.onClose = () => {
    isOver = true;
    wake();
  };
  stream.onEnd = () => stream.end();
  stream.onData = (bytes) => {
    parts.push(bytes);
    waiting += bytes.length;
    if (waiting > limits.unwrittenBytesMax) stream.pause();
    wake();
  };
  stream.write(hello);
  try {
    for (;;) {
      const part = parts.shift();
      if (part !== undefined) {
        waiting -= part.length;
        if (waiting === 0) stream.resume();
        yield part;
      } else if (isOver) {
        return;
      } else {
        await new Promise<void>((done) => {
          wake = done;
        });
      }
    }
  } finally {
    stream.destroy();
  }
}

const refusalText = (body: TextMessage['body']): string =>
  textOf(body, 'message') || (refusals[Number(body['code'])] ?? 'it was refused');

const refusals: Readonly<Record<number, string>> = {
  6001: 'there is no such player here',
  6007: 'that is you',
  10000: 'it is larger than the server takes',
  10001: 'its checksum is malformed',
  10002: 'it was not wanted',
};

const reasonOf = (cause: unknown): string =>
  cause instanceof Error ? cause.message : String(cause);
