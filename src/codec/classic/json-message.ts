// What games say over Paperclip 0: one JSON value in UTF-8 for each message (section 7).

import { utf8, utf8Text } from '../../base/bytes.ts';
import { type Json, parseJson } from '../../base/json.ts';
import { err, type Result } from '../../base/result.ts';

export const encodeJsonMessage = (value: Json): Uint8Array => utf8(JSON.stringify(value));

export function decodeJsonMessage(bytes: Uint8Array): Result<unknown, string> {
  const text = utf8Text(bytes);
  return text === undefined ? err('not UTF-8') : parseJson(text);
}
