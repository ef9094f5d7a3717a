// The lobby protocol as lines of JSON. A last line without its LF is a message, too. A blank line,
// one that is no JSON, no UTF-8 or too long ends the stream.

import { decodeJsonLine, encodeJsonLine, type ParseJson } from '../../codec/json-line/json-line.ts';
import { type LineEvent, LineReader } from '../line/line-reader.ts';
import {
  type LobbyCodec,
  type LobbyDecoded,
  type LobbyDecoder,
  lobbyMessageBytesMax,
  malformed,
  moreWanted,
} from './lobby-codec.ts';

export const jsonLineCodec = (parse: ParseJson): LobbyCodec => ({
  name: 'json',
  encode: encodeJsonLine,
  createDecoder: (messageBytesMax = lobbyMessageBytesMax) =>
    new JsonLineDecoder(parse, messageBytesMax),
});

class JsonLineDecoder implements LobbyDecoder {
  readonly #parse: ParseJson;
  readonly #reader: LineReader;
  #hasEnded = false;
  #malformed: LobbyDecoded | undefined;

  constructor(parse: ParseJson, messageBytesMax: number) {
    this.#parse = parse;
    this.#reader = new LineReader(messageBytesMax);
  }

  get waitingBytes(): number {
    return this.#reader.waitingBytes + this.#reader.heldBytes;
  }

  handleBytes(bytes: Uint8Array): void {
    if (this.#malformed === undefined) this.#reader.handleBytes(bytes);
  }

  handleEnd(): void {
    this.#hasEnded = true;
  }

  poll(): LobbyDecoded {
    if (this.#malformed !== undefined) return this.#malformed;
    const line = this.#reader.pollLine() ?? (this.#hasEnded ? this.#reader.takeRest() : undefined);
    if (line === undefined) return moreWanted;
    const decoded = this.#decoded(line);
    if (decoded.kind === 'malformed') this.#malformed = decoded;
    return decoded;
  }

  #decoded(line: LineEvent): LobbyDecoded {
    if (line.kind !== 'line') return malformed(`the line is ${line.kind}`);
    const decoded = decodeJsonLine(line.text, this.#parse);
    return decoded.ok
      ? { kind: 'value', value: decoded.value }
      : malformed(`the line ${decoded.error}`);
  }
}
