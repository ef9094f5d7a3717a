// What can go wrong with a store, as codes that an operator can search for, each with the sentence
// that says what to do. Plain data over the worker's message port, an Error on this side of it.

export type StoreErrorCode =
  /** The path cannot be opened: no such folder, no permission. */
  | 'cannot-open'
  | 'not-a-database'
  /** Another process has the file open. */
  | 'locked'
  /** A newer Paperclip wrote it. */
  | 'newer-version'
  | 'corrupt'
  | 'disk-full'
  /** The store was closed, or its worker died. */
  | 'closed'
  /** A statement that the database refused: a fault of our code. */
  | 'failed';

export class StoreError extends Error {
  override readonly name = 'StoreError';
  readonly code: StoreErrorCode;

  constructor(code: StoreErrorCode, message: string) {
    super(message);
    this.code = code;
  }
}

const codes: readonly (readonly [prefix: string, code: StoreErrorCode])[] = [
  ['SQLITE_NOTADB', 'not-a-database'],
  ['SQLITE_BUSY', 'locked'],
  ['SQLITE_LOCKED', 'locked'],
  ['SQLITE_CORRUPT', 'corrupt'],
  ['SQLITE_FULL', 'disk-full'],
  ['SQLITE_CANTOPEN', 'cannot-open'],
  ['SQLITE_READONLY', 'cannot-open'],
  ['SQLITE_PERM', 'cannot-open'],
];

/** From what better-sqlite3 throws. */
export function storeErrorFrom(cause: unknown, file: string): StoreError {
  const { code, message } = cause as { code?: unknown; message?: unknown };
  const sqliteCode = typeof code === 'string' ? code : '';
  const said = typeof message === 'string' ? message : String(cause);
  const found = codes.find(([prefix]) => sqliteCode.startsWith(prefix))?.[1] ?? 'failed';
  return new StoreError(found, sentence(found, file, said));
}

function sentence(code: StoreErrorCode, file: string, said: string): string {
  switch (code) {
    case 'locked':
      return `${file} is in use by another process. One server has a file to itself: stop the other one, or choose another file.`;
    case 'not-a-database':
      return `${file} is not a SQLite database. Choose another file; this one was left as it is.`;
    case 'corrupt':
      return `${file} is damaged (${said}). Restore it from a backup, or save what can be read with "sqlite3 ${file} .recover".`;
    case 'disk-full':
      return `${file} cannot grow: the disk is full. Nothing acknowledged was lost; free some space.`;
    case 'cannot-open':
      return `${file} cannot be opened for writing (${said}). Check that its folder exists and may be written to.`;
    default:
      return said;
  }
}
