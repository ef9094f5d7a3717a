// One lobby message as a line of JSON: compact and pure ASCII when written, any UTF-8 JSON when
// read. Lines are found by `protocol/line/line-reader.ts`; what a JSON text may hold is the choice
// of who reads, which is why the parser is an argument. Format: docs/lobby-protocol.md.

import { utf8 } from '../../base/bytes.ts';
import { err, type Result } from '../../base/result.ts';

/** From a text to a value, or to the rest of a sentence that says what is wrong with it. */
export type ParseJson = (text: string) => Result<unknown, string>;

/**
 * Compact, with everything outside 0x20..0x7e as `\uXXXX`: astral characters as two, the digits in
 * lower case. So it can be cut and copied by programs that know no UTF-8.
 */
export const asciiJson = (message: object): string =>
  JSON.stringify(message).replace(/[^ -~]/g, escaped);

export const encodeJsonLine = (message: object): Uint8Array => utf8(`${asciiJson(message)}\n`);

/** The line without its end. White space around the value is no matter. */
export function decodeJsonLine(line: string, parse: ParseJson): Result<unknown, string> {
  const text = trimmed(line);
  return text === '' ? err('is blank') : parse(text);
}

/** ASCII white space only. By hand: a pattern would try a long run of spaces from each of them. */
function trimmed(line: string): string {
  let start = 0;
  let end = line.length;
  while (start < end && isSpace(line.charCodeAt(start))) start++;
  while (end > start && isSpace(line.charCodeAt(end - 1))) end--;
  return line.slice(start, end);
}

const isSpace = (code: number): boolean => code === 32 || (code >= 9 && code <= 13);

const escaped = (unit: string): string => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`;
