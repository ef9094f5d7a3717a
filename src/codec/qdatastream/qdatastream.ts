// One lobby message as a block of QDataStream, the framing of the first clients: u32 length, then
// QStrings, each u32 length and UTF-16. All of it is big-endian, all lengths are in bytes. We write
// one QString per block; old clients wrote several, and docs/lobby-protocol.md says what they mean.
//
// It does NOT find blocks in a stream: `protocol/lobby/qdatastream-codec.ts` does.

import { err, ok, type Result } from '../../base/result.ts';
import { asciiJson, type ParseJson } from '../json-line/json-line.ts';

export const lengthBytes = 4;
/** Of one block. Clients send a handful; parsing a million empty ones would hold others up. */
export const qstringsPerBlockMax = 256;

const wordOf = new Map<unknown, string>([
  ['ping', 'PING'],
  ['pong', 'PONG'],
]);
const commandOf = new Map([...wordOf].map(([command, word]) => [word, command]));
/** A lone surrogate or half a character is an error, and a byte order mark a character. */
const utf16 = new TextDecoder('utf-16be', { fatal: true, ignoreBOM: true });

export function encodeMessageBlock(message: object): Uint8Array {
  const { command }: { readonly command?: unknown } = message;
  return encodeBlock([wordOf.get(command) ?? asciiJson(message)]);
}

export function encodeBlock(texts: readonly string[]): Uint8Array {
  const bodyBytes = texts.reduce((sum, text) => sum + lengthBytes + 2 * text.length, 0);
  const bytes = new Uint8Array(lengthBytes + bodyBytes);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, bodyBytes);
  let at: number = lengthBytes;
  for (const text of texts) {
    view.setUint32(at, 2 * text.length);
    at += lengthBytes;
    for (let unit = 0; unit < text.length; unit++, at += 2) {
      view.setUint16(at, text.charCodeAt(unit));
    }
  }
  return bytes;
}

/** A block without its length, as a message; the error is the rest of a sentence about it. */
export function decodeMessageBlock(block: Uint8Array, parse: ParseJson): Result<unknown, string> {
  const first = readQString(block, 0);
  if (first === undefined) return err('does not begin with a QString');
  const command = commandOf.get(first.text);
  if (command !== undefined) return ok({ command });
  const parsed = parse(first.text);
  if (!parsed.ok) return parsed;
  const more = restOf(block, first.nextAt);
  if (more === undefined) return err(`has more than ${qstringsPerBlockMax} QStrings`);
  return more.length === 0 ? parsed : merged(parsed.value, first.text, more, parse);
}

interface QString {
  readonly text: string;
  readonly nextAt: number;
}

/** Undefined: its length is more than there is, or the bytes are not UTF-16. */
export function readQString(block: Uint8Array, at: number): QString | undefined {
  const textAt = at + lengthBytes;
  if (block.length < textAt) return undefined;
  const nextAt = textAt + new DataView(block.buffer, block.byteOffset + at).getUint32(0);
  if (nextAt > block.length) return undefined;
  try {
    return { text: utf16.decode(block.subarray(textAt, nextAt)), nextAt };
  } catch {
    return undefined;
  }
}

/** Up to the end, or to what is none; four bytes or fewer are left alone. Undefined: too many. */
function restOf(block: Uint8Array, from: number): readonly string[] | undefined {
  const texts: string[] = [];
  for (let at = from; block.length - at > lengthBytes; ) {
    const next = readQString(block, at);
    if (next === undefined) break;
    if (texts.push(next.text) >= qstringsPerBlockMax) return undefined;
    at = next.nextAt;
  }
  return texts;
}

function merged(
  value: unknown,
  first: string,
  more: readonly string[],
  parse: ParseJson,
): Result<unknown, string> {
  if (!isObject(value)) return err('has more after what is no object');
  const message: Record<string, unknown> = { ...value };
  for (const text of more) {
    if (text === first) continue;
    const part = parse(text);
    if (part.ok && isObject(part.value)) {
      for (const [name, member] of Object.entries(part.value)) setOwn(message, name, member);
      continue;
    }
    const { legacy = [] } = message;
    if (!Array.isArray(legacy)) return err('has a legacy that is no list');
    legacy.push(text);
    setOwn(message, 'legacy', legacy);
  }
  return ok(message);
}

/** Not by assignment, to which `__proto__` would not be a name like others. */
function setOwn(message: object, name: string, value: unknown): void {
  const shape = { enumerable: true, writable: true, configurable: true };
  Object.defineProperty(message, name, { ...shape, value });
}

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
