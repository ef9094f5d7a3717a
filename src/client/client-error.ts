// What goes wrong between the client and the server, as opposed to what the server refuses: those
// are `PaperclipError`s with the codes of `contract/errors.ts`. Both have `code` and `body`, so
// that one `catch` can print either.

interface ClientErrorRow {
  readonly message: string;
  readonly fix: string;
}

/** `docs/errors.md` lists these; a test compares the two. */
export const clientErrorTable = {
  SERVER_UNREACHABLE: {
    message: 'No server answers at {url} ({problem}).',
    fix: 'Start one with `npm start`, or name another one.',
  },
  SERVER_NOT_TRUSTED: {
    message: 'The certificate of {url} is not one to believe ({problem}).',
    fix: 'Give the file of its authority with `--ca FILE`: `paperclip certs` names it there.',
  },
  SERVER_SLOW: {
    message: 'The server at {url} did not answer within {timeoutS} s.',
    fix: 'Try again; if it stays so, look at the server’s log.',
  },
  NOT_PAPERCLIP: {
    message: '{url} answered, but not as a Paperclip server does ({problem}).',
    fix: 'Check the address and the port.',
  },
  BAD_URL: {
    message: '{url} is not the address of a server.',
    fix: 'Write it like http://localhost:5000.',
  },
  EVENTS_REFUSED: {
    message: 'The server closed the event stream ({problem}).',
    fix: 'Log in again.',
  },
  SESSION_ENDED: {
    message: 'This session was ended elsewhere ({reason}).',
    fix: 'Log in again.',
  },
  LOBBY_GONE: {
    message: 'You are no longer in lobby {lobby} ({reason}).',
    fix: 'Join another, or create one.',
  },
  HOST_UNREACHABLE: {
    message: 'The match’s host at {address} could not be reached over UDP ({problem}).',
    fix: 'Check that UDP gets through to that port; the server’s start shows which it uses.',
  },
  MATCH_UNREADABLE: {
    message: 'The host of match {match} sent something this client cannot read ({problem}).',
    fix: 'Use the same version of Paperclip and of the game on both sides.',
  },
  SEAT_TAKEN: {
    message: 'Your seat in match {match} is played from another connection of yours.',
    fix: 'Go on there.',
  },
  MATCH_LOST: {
    message: 'The connection to match {match} was lost and could not be made again.',
    fix: 'See how it ended with `paperclip history`.',
  },
  LEFT: {
    message: 'You left match {match}.',
    fix: 'See how it ended with `paperclip history`.',
  },
  WRONG_GAME: {
    message: 'Match {match} is a match of {actual}, not of {expected}.',
    fix: 'Finish or leave that match first.',
  },
  CLASSIC_REFUSED: {
    message: 'The server at {url} refused {request} ({problem}).',
    fix: 'Change what it names, or ask who runs that server.',
  },
  CLASSIC_KEY: {
    message: 'The key of {name} cannot be opened with this password.',
    fix: 'Use the password that the account was made with.',
  },
  CLASSIC_UNREACHABLE: {
    message: 'The game’s server at {address} (UDP) let nobody in: {problem}.',
    fix: 'Check that UDP gets through to that port, and that your clock is right.',
  },
  CLASSIC_FULL: {
    message: 'There is no room in lobby {lobby}.',
    fix: 'Open one with --create, or try again without --lobby.',
  },
  CLASSIC_ENDED: {
    message: 'The game has ended: {problem}.',
    fix: 'Type the same command to play again.',
  },
  KEYRING_DAMAGED: {
    message: 'The keys of this device cannot be read ({problem}).',
    fix: 'Move their file away to begin as a new device; your contacts will be warned of it.',
  },
  KEYRING_OF_ANOTHER: {
    message: 'These are the keys of player {actual}, not of {expected}.',
    fix: 'Log in as that player, or use another file for the keys.',
  },
  KEYRING_BUSY: {
    message: 'Too many messages wait to be sealed or opened.',
    fix: 'Wait for those under way.',
  },
  CLOSED: {
    message: 'This client was closed.',
    fix: 'Connect again.',
  },
} as const satisfies Record<string, ClientErrorRow>;

export type ClientErrorCode = keyof typeof clientErrorTable;

export interface ClientErrorBody {
  readonly code: ClientErrorCode;
  readonly message: string;
  readonly fix: string;
}

export class ClientError extends Error {
  override readonly name = 'ClientError';
  readonly body: ClientErrorBody;

  constructor(
    code: ClientErrorCode,
    details: Readonly<Record<string, string | number>> = {},
    cause?: unknown,
  ) {
    const row = clientErrorTable[code];
    const message = row.message.replace(/\{(\w+)\}/g, (brace, name: string) =>
      String(details[name] ?? brace),
    );
    super(`${code}: ${message} ${row.fix}`, { cause });
    this.body = { code, message, fix: row.fix };
  }

  get code(): ClientErrorCode {
    return this.body.code;
  }
}
