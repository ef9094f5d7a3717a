// Every number of the text protocol, by what it means: the `code` of an answer with the status
// ERROR, and the `reason` of a DSCN. Those from 9000 to 9999 are ours, save 9002. A test provokes
// each; docs/text-protocol.md lists them.

export const textCodes = {
  /** A player of that name is logged in. */
  nameInUse: 5000,
  /** The name is not 3 to 14 letters (A to Z), digits and underscores. */
  badName: 5001,
  /** This connection is logged in already. */
  loggedInAlready: 5002,
  /** The name is an account's, and the password is missing or wrong, or the account is locked. */
  notYourAccount: 5003,
  /** Log in first. */
  notLoggedIn: 6000,
  /** There is no such player, or none that this could reach. */
  noSuchPlayer: 6001,
  /** Too few players joined the game; it is over. */
  tooFewPlayers: 6002,
  /** A game has started; it cannot be joined, and no other started. */
  gameStarted: 6003,
  /** You have joined already. */
  joinedAlready: 6004,
  /** There is no game. */
  noGame: 6005,
  /** The message is to yourself. */
  toYourself: 6007,
  /** The message is empty. */
  emptyMessage: 6008,
  /** DSCN: no PONG in time. */
  noPong: 7000,
  /** DSCN: a line was too long. */
  lineTooLong: 7001,
  /** The game has not begun. */
  notBegun: 7003,
  /** The guess is not a whole number. */
  notWhole: 7004,
  /** The guess is not in the game's range. */
  outOfRange: 7007,
  /** A PONG that was not asked for. */
  pongNotAsked: 8000,
  /** You do not take part in the game. */
  notParticipant: 8001,
  /** Too often; `message` says when again. DSCN: too many lines that were none. */
  tooFast: 9000,
  /** Not now, or not to you: `message` says why. */
  notNow: 9001,
  /** The game is over, and nobody found the number. */
  nobodyFound: 9002,
  /** The server failed; its log has it under the number in `message`. */
  failed: 9003,
  /** What was sent is not taken: `message` says what is wrong with it. */
  notTaken: 9004,
  /** DSCN: no log-in in time. */
  noLogIn: 9005,
  /** DSCN: the server goes away. */
  shutdown: 9006,
  /** DSCN: the session was ended from elsewhere. */
  sessionEnded: 9007,
  /** The file is larger than the server passes on. */
  fileTooLarge: 10000,
  /** The checksum is not 64 hex digits. */
  badChecksum: 10001,
  /** The receiver does not want the file. */
  fileRejected: 10002,
} as const;

export type TextCode = (typeof textCodes)[keyof typeof textCodes];

/** Thrown by a handler: the answer is ERROR with this code. */
export class TextRefusal extends Error {
  override readonly name = 'TextRefusal';
  readonly code: TextCode;
  /** For a person; only where the code alone does not say it. */
  readonly text: string | undefined;

  constructor(code: TextCode, text?: string) {
    super(`${code}${text === undefined ? '' : `: ${text}`}`);
    this.code = code;
    this.text = text;
  }
}
