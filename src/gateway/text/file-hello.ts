// What a connection to the files port begins with: a transfer's id, `S` or `R`, and where to go on.
// It reads bytes and decides nothing: `file-bytes.ts` does.
//
//   <36 characters>S            then the file from its beginning
//   <36 characters>S@?\n        the server says `@<offset>\n`, then the file from there
//   <36 characters>R            the file comes
//   <36 characters>R@<offset>\n the file comes from there

export type Side = 'S' | 'R';

const idBytes = 36;
/** As many digits as the largest safe integer has. */
const offsetDigitsMax = 16;
const [at, question, newline] = [0x40, 0x3f, 0x0a];

export interface IdAndSide {
  readonly transferId: string;
  readonly side: Side;
  /** What came behind them. */
  readonly rest: Uint8Array;
}

/** Told as early as it is known: not after a deadline that a wrong first byte waits for. */
export function readIdAndSide(bytes: Uint8Array): IdAndSide | 'more' | 'malformed' {
  const length = Math.min(bytes.length, idBytes);
  for (let i = 0; i < length; i++) if (!isIdByte(bytes[i]!)) return 'malformed';
  if (bytes.length <= idBytes) return 'more';
  const side = String.fromCharCode(bytes[idBytes]!);
  if (side !== 'S' && side !== 'R') return 'malformed';
  const transferId = String.fromCharCode(...bytes.subarray(0, idBytes));
  return { transferId, side, rest: bytes.subarray(idBytes + 1) };
}

/** `data`: this is no `@?\n`, so it is the file. */
export function readQuestion(bytes: Uint8Array): 'more' | 'data' | { readonly rest: Uint8Array } {
  const wanted = [at, question, newline];
  for (const [i, byte] of wanted.entries()) {
    if (i >= bytes.length) return 'more';
    if (bytes[i] !== byte) return 'data';
  }
  return { rest: bytes.subarray(wanted.length) };
}

export function readOffset(bytes: Uint8Array): 'more' | 'malformed' | number {
  if (bytes.length === 0) return 'more';
  if (bytes[0] !== at) return 'malformed';
  let offset = 0;
  for (let i = 1; i < bytes.length; i++) {
    const byte = bytes[i]!;
    if (byte === newline) return i > 1 && Number.isSafeInteger(offset) ? offset : 'malformed';
    if (byte < 0x30 || byte > 0x39 || i > offsetDigitsMax) return 'malformed';
    offset = 10 * offset + byte - 0x30;
  }
  return 'more';
}

/** A digit, a hex letter of either case, or the line between them. */
const isIdByte = (byte: number): boolean =>
  (byte >= 0x30 && byte <= 0x39) ||
  (byte >= 0x61 && byte <= 0x66) ||
  (byte >= 0x41 && byte <= 0x46) ||
  byte === 0x2d;
