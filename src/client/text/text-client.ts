// The client's end of a connection that speaks the text protocol: lines in, messages out, and the
// PONG for each PING. It opens no connection and shows nothing: it is given a byte stream, and says
// what comes to whoever asked for it. What a message means is its owner's.

import { parseJson } from '../../base/json.ts';
import type { ByteStream, StreamEnd } from '../../protocol/byte-stream.ts';
import { LineReader } from '../../protocol/line/line-reader.ts';
import { textClientLimits } from './text-limits.ts';

/** A line of the protocol, either way. */
export interface TextMessage {
  readonly header: string;
  /** Empty where the line has none, or none that is a JSON object. */
  readonly body: Readonly<Record<string, unknown>>;
}

export interface TextClientEvents {
  /** Of the server, in order; PINGs are answered here and not told. */
  readonly onMessage: (message: TextMessage) => void;
  readonly onClose: (end: StreamEnd) => void;
}

export class TextClient {
  readonly #stream: ByteStream;
  readonly #events: TextClientEvents;
  readonly #reader = new LineReader(textClientLimits.lineBytesMax);

  constructor(stream: ByteStream, events: TextClientEvents) {
    this.#stream = stream;
    this.#events = events;
    stream.onClose = events.onClose;
    stream.onData = (bytes) => {
      this.#reader.handleBytes(bytes);
      for (let event = this.#reader.pollLine(); event; event = this.#reader.pollLine()) {
        // What is too long, or no text, is of no server of ours; what comes after it may be.
        if (event.kind === 'line') this.#handleLine(event.text);
      }
    };
  }

  get isOpen(): boolean {
    return this.#stream.isOpen;
  }

  send(header: string, body?: object): void {
    this.#stream.write(`${body === undefined ? header : `${header} ${JSON.stringify(body)}`}\n`);
  }

  close(): void {
    this.#stream.end();
  }

  #handleLine(text: string): void {
    if (text === 'PING') {
      this.send('PONG');
      return;
    }
    const space = text.indexOf(' ');
    const header = space < 0 ? text : text.slice(0, space);
    this.#events.onMessage({ header, body: space < 0 ? {} : bodyOf(text.slice(space + 1)) });
  }
}

function bodyOf(text: string): TextMessage['body'] {
  const parsed = parseJson(text);
  if (!parsed.ok || typeof parsed.value !== 'object' || parsed.value === null) return {};
  return Array.isArray(parsed.value) ? {} : { ...parsed.value };
}

/** A member of a server's message, where it is a text. */
export const textOf = (body: TextMessage['body'], member: string): string => {
  const value = body[member];
  return typeof value === 'string' ? value : '';
};
