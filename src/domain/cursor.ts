// Page cursors: the sort key of a page's last row, opaque to callers. A cursor that we did not make
// is a bad request, not a failure.

import { fromBase64Url, toBase64Url, utf8, utf8Text } from '../base/bytes.ts';
import { parseJson } from '../base/json.ts';
import { PaperclipError } from '../contract/errors.ts';

export type CursorPart = string | number;

export const encodeCursor = (key: readonly CursorPart[]): string =>
  toBase64Url(utf8(JSON.stringify(key)));

/** `shape` names the type of each part. Throws BAD_REQUEST. */
export function decodeCursor(
  cursor: string,
  shape: readonly ('string' | 'number')[],
): readonly CursorPart[] {
  const bytes = fromBase64Url(cursor);
  const text = bytes && utf8Text(bytes);
  const value = text === undefined ? undefined : parseJson(text);
  if (value?.ok && Array.isArray(value.value) && value.value.length === shape.length) {
    const parts: readonly unknown[] = value.value;
    if (parts.every((part, i) => typeof part === shape[i])) return parts as CursorPart[];
  }
  throw new PaperclipError('BAD_REQUEST', {
    field: 'cursor',
    problem: 'is not one that a page of this list gave',
  });
}

/** Cut one row more than asked for into a page and the cursor of the next. */
export function pageOf<Row>(
  rows: readonly Row[],
  limit: number,
  keyOf: (row: Row) => readonly CursorPart[],
): { readonly rows: readonly Row[]; readonly cursor?: string } {
  const page = rows.slice(0, limit);
  const last = page.at(-1);
  if (rows.length <= limit || last === undefined) return { rows: page };
  return { rows: page, cursor: encodeCursor(keyOf(last)) };
}
