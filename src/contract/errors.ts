// The one table of errors that people and programs can meet on any wire. A gateway maps a row to
// its wire; nobody writes an error sentence anywhere else. `docs/errors.md` is made from it.
// Long because one table is what keeps a code from being two things.
//
// `message` may name values in braces; `fix` says what to do next.

export interface ErrorRow {
  readonly httpStatus: number;
  readonly message: string;
  readonly fix: string;
}

export const errorTable = {
  BAD_REQUEST: {
    httpStatus: 400,
    message: '{field}: {problem}.',
    fix: 'Correct the named field; `/docs` shows what each command takes.',
  },
  UNAUTHENTICATED: {
    httpStatus: 401,
    message: 'This command needs a session, and none was given or it has ended.',
    fix: 'Log in, register or go on as a guest, and send the access token.',
  },
  SESSION_EXPIRED: {
    httpStatus: 401,
    message: 'The access token has expired.',
    fix: 'Exchange the refresh token for a new one.',
  },
  REFRESH_REFUSED: {
    httpStatus: 401,
    message: 'The refresh token is unknown, has expired or was ended.',
    fix: 'Log in again.',
  },
  REFRESH_REUSED: {
    httpStatus: 401,
    message: 'The refresh token was used before, so the session it belongs to was ended.',
    fix: 'Log in again. If it was not you who used it, change your password.',
  },
  FORBIDDEN: {
    httpStatus: 403,
    message: 'A {caller} may not do this.',
    fix: 'Use an account with the needed rights.',
  },
  UNKNOWN_COMMAND: {
    httpStatus: 404,
    message: 'There is no command {command}.',
    fix: 'See the list at `/docs`.',
  },
  RATE_LIMITED: {
    httpStatus: 429,
    message: 'Too many calls of {command}; free again in {retryAfterS} s.',
    fix: 'Wait that long before the next call.',
  },
  BUSY: {
    httpStatus: 503,
    message: 'The server has too much to do to take this now.',
    fix: 'Try again in a few seconds.',
  },
  INTERNAL: {
    httpStatus: 500,
    message: 'The server failed at this; the log has it under {incident}.',
    fix: 'Try again; if it happens again, report the incident id.',
  },
  SHUTTING_DOWN: {
    httpStatus: 503,
    message: 'The server is shutting down and takes nothing new.',
    fix: 'Try again in a minute.',
  },
  NAME_TAKEN: {
    httpStatus: 409,
    message: 'The name {name} is taken.',
    fix: 'Choose another, or log in if it is yours.',
  },
  WRONG_PASSWORD: {
    httpStatus: 401,
    message: 'There is no account with this name and password.',
    fix: 'Check both. Names ignore case; passwords do not.',
  },
  ACCOUNT_LOCKED: {
    httpStatus: 423,
    message: 'Too many failed log-ins for {name}; it is locked for {retryAfterS} s.',
    fix: 'Wait that long, then log in with the right password.',
  },
  PLAYER_NOT_FOUND: {
    httpStatus: 404,
    message: 'There is no player {player}.',
    fix: 'Check the id or name.',
  },
  GAME_NOT_FOUND: {
    httpStatus: 404,
    message: 'This server has no game {game}. It has: {games}.',
    fix: 'Choose one of those, or start the server with the game’s folder.',
  },
  GAME_HAS_NO_BOT: {
    httpStatus: 409,
    message: '{game} has no bot.',
    fix: 'Play it with people, or give the game a `bot` function.',
  },
  BAD_SETTINGS: {
    httpStatus: 400,
    message: 'Settings: {problem}.',
    fix: 'See the game’s settings in `game.list`.',
  },
  LOBBY_NOT_FOUND: {
    httpStatus: 404,
    message: 'There is no lobby {lobby}; it may have closed.',
    fix: 'List the open lobbies, or create one.',
  },
  LOBBY_FULL: {
    httpStatus: 409,
    message: 'Lobby {lobby} has {members} of {max} players.',
    fix: 'Join another, or create one.',
  },
  LOBBY_STARTED: {
    httpStatus: 409,
    message: 'The match of lobby {lobby} has started.',
    fix: 'Join another lobby, or create one.',
  },
  ALREADY_IN_LOBBY: {
    httpStatus: 409,
    message: 'You are in lobby {lobby} already.',
    fix: 'Leave it first.',
  },
  NOT_IN_LOBBY: {
    httpStatus: 409,
    message: '{player} is not in lobby {lobby}.',
    fix: 'Look at the lobby again; its members have changed.',
  },
  NOT_OWNER: {
    httpStatus: 403,
    message: 'Only the owner of lobby {lobby} may do this.',
    fix: 'Ask the owner, or create a lobby of your own.',
  },
  KICKED: {
    httpStatus: 403,
    message: 'The owner removed you from lobby {lobby}.',
    fix: 'Join another, or create one.',
  },
  PARTY_RUNNING: {
    httpStatus: 409,
    message: 'A party of {game} is gathering or playing already.',
    fix: 'Join it with `party.join` while it gathers; start another when it is over.',
  },
  NO_PARTY: {
    httpStatus: 404,
    message: 'There is no party of {game} now.',
    fix: 'Start one with `party.start`.',
  },
  SERVER_FULL: {
    httpStatus: 503,
    message: 'No host has room for another match, or there are too many lobbies.',
    fix: 'Try again when a match has ended; an operator can add hosts.',
  },
  MATCH_NOT_FOUND: {
    httpStatus: 404,
    message: 'There is no match {match}.',
    fix: 'See your matches with `paperclip history`.',
  },
  MATCH_NOT_RUNNING: {
    httpStatus: 409,
    message: 'Match {match} has ended.',
    fix: 'See its result with `paperclip history`, or watch `paperclip replay`.',
  },
  MATCH_RUNNING: {
    httpStatus: 409,
    message: 'Match {match} is still running.',
    fix: 'Its replay is there when it has ended.',
  },
  NO_REPLAY: {
    httpStatus: 404,
    message:
      'Match {match} has no replay: it ended ({reason}) before its host could hand one over.',
    fix: 'Watch another; `paperclip history` lists them.',
  },
  NOT_IN_MATCH: {
    httpStatus: 403,
    message: 'You have no seat in match {match}.',
    fix: 'Join a lobby to get one.',
  },
  NOT_CONNECTED: {
    httpStatus: 409,
    message: 'This session has no connection that events could go to.',
    fix: 'Open a WebSocket at `/v1/ws` and authenticate on it first.',
  },
  NOT_A_GUEST: {
    httpStatus: 409,
    message: '{name} is an account already.',
    fix: 'Log out first to make another account.',
  },
  NOT_AN_ACCOUNT: {
    httpStatus: 409,
    message: '{player} plays as a guest and has no friends list.',
    fix: 'Ask again when they have made an account.',
  },
  SESSION_NOT_FOUND: {
    httpStatus: 404,
    message: 'You have no such session; it may have ended.',
    fix: 'See your sessions with `session.list`.',
  },
  BANNED: {
    httpStatus: 403,
    message: '{name} is banned {until}: {reason}.',
    fix: 'Ask the operator of this server.',
  },
  MUTED: {
    httpStatus: 403,
    message: 'You may not write {until}: {reason}.',
    fix: 'Wait until then, or ask the operator of this server.',
  },
  NOT_SANCTIONED: {
    httpStatus: 409,
    message: 'There is no {kind} of {player} in force.',
    fix: 'See those in force with `admin.sanctions`.',
  },
  TO_YOURSELF: {
    httpStatus: 409,
    message: 'This takes another player, not yourself.',
    fix: 'Name somebody else.',
  },
  BLOCKED: {
    httpStatus: 403,
    message: '{player} has blocked you.',
    fix: 'There is nothing to do on your side.',
  },
  BLOCKED_ALREADY: {
    httpStatus: 409,
    message: 'You have blocked {player} already.',
    fix: 'See your blocks with `block.list`.',
  },
  NOT_BLOCKED: {
    httpStatus: 409,
    message: 'You have not blocked {player}.',
    fix: 'See your blocks with `block.list`.',
  },
  BLOCKS_FULL: {
    httpStatus: 409,
    message: 'You have blocked {max} players, and more are not kept.',
    fix: 'Take back a block that you need no more.',
  },
  FRIENDS_ALREADY: {
    httpStatus: 409,
    message: 'You and {player} are friends, or you have asked already.',
    fix: 'See your friends and requests with `friend.list`.',
  },
  FRIENDS_FULL: {
    httpStatus: 409,
    message: '{player} has {max} friends or open requests, and more are not kept.',
    fix: 'Remove a friend or take a request back first.',
  },
  NO_FRIEND_REQUEST: {
    httpStatus: 404,
    message: 'There is no open friend request of {player}.',
    fix: 'See requests with `friend.list`.',
  },
  NOT_FRIENDS: {
    httpStatus: 409,
    message: 'You and {player} are not friends.',
    fix: 'See your friends with `friend.list`.',
  },
  PLAYER_OFFLINE: {
    httpStatus: 409,
    message: '{player} is not here.',
    fix: 'Try again when they are online, or send a message, which waits.',
  },
  INBOX_FULL: {
    httpStatus: 409,
    message: '{max} messages wait for {player}, and more are not kept.',
    fix: 'Try again when they have been here.',
  },
  ROOM_BUSY: {
    httpStatus: 503,
    message:
      'So much is being said in the room that this was not passed on; free again in {retryAfterS} s.',
    fix: 'Wait that long before you say it again.',
  },
  DEVICES_FULL: {
    httpStatus: 409,
    message: 'Keys of {max} devices are published, and more are not kept.',
    fix: 'Remove the keys of a device that you use no more.',
  },
  FILE_TOO_LARGE: {
    httpStatus: 413,
    message: 'The file has {size} bytes, and this server passes on at most {max}.',
    fix: 'Send it in parts, or ask the operator for a higher `--file-bytes-max`.',
  },
  FILES_FULL: {
    httpStatus: 409,
    message: 'There are {max} open files already, and more are not taken.',
    fix: 'Wait until one is over, or end one with `file.cancel`.',
  },
  FILE_NOT_FOUND: {
    httpStatus: 404,
    message: 'There is no such file for you; it may be over.',
    fix: 'See yours with `file.list`.',
  },
  FILE_ANSWERED: {
    httpStatus: 409,
    message: 'The file has been accepted already.',
    fix: 'See it with `file.list`; end it with `file.cancel`.',
  },
  FILE_OFFSET_WRONG: {
    httpStatus: 409,
    message: 'The upload goes on at byte {offset}.',
    fix: 'Send from there, with that number as `Upload-Offset`.',
  },
  FILE_RANGE_GONE: {
    httpStatus: 416,
    message: 'The bytes from {from} to {to} can be had as a beginning, and no others.',
    fix: 'Go on within them, or have the file offered again.',
  },
  FILE_FAILED: {
    httpStatus: 409,
    message: 'The transfer is over: {reason}.',
    fix: 'Offer the file again.',
  },
  NOT_ATTACHED: {
    httpStatus: 409,
    message: 'This session does not play match {match}: it took no seat, or lost it.',
    fix: 'Take your seat with `match.attach`.',
  },
  INPUT_REFUSED: {
    httpStatus: 409,
    message: 'The match did not take this: {problem}.',
    fix: 'Look at the newest view; `game.list` shows what the game takes.',
  },
  NO_OPEN_ROUNDS: {
    httpStatus: 409,
    message: '{game} has no open rounds.',
    fix: 'Play it in a lobby; `game.list` says which games have them.',
  },
  ROUND_FULL: {
    httpStatus: 409,
    message: '{max} players are in the open round of {game}, and it has no more seats.',
    fix: 'Wait until somebody leaves, or play it in a lobby.',
  },
  ROUND_OVER: {
    httpStatus: 409,
    message: 'That round of {game} is over; this did not count.',
    fix: 'Look at the newest view: the next round has begun.',
  },
  NOT_IN_ROUND: {
    httpStatus: 409,
    message: 'This session is not in the open round of {game}.',
    fix: 'Come in with `round.join`.',
  },
  IN_ROUND_ELSEWHERE: {
    httpStatus: 409,
    message: 'You are in the open round of {game} over another connection.',
    fix: 'Go on there, or leave there first.',
  },
  GAME_NOT_READY: {
    httpStatus: 409,
    message: 'Game {number} cannot be joined now: it is still being set up, or has started.',
    fix: 'Join it when it is listed as open, or join another.',
  },
  WRONG_GAME_PASSWORD: {
    httpStatus: 403,
    message: 'This is not the password of game {number}.',
    fix: 'Ask its host; the password minds upper and lower case.',
  },
  NOT_IN_EXTERNAL_GAME: {
    httpStatus: 409,
    message: 'This session is in no external game.',
    fix: 'Open one with `external.host`, or join one with `external.join`.',
  },
  PLAYED_ELSEWHERE: {
    httpStatus: 409,
    message: 'Lobby {lobby} is a game that a program of its own plays, over the lobby protocol.',
    fix: 'Join it with a client of that protocol.',
  },
  HOST_SILENT: {
    httpStatus: 504,
    message: 'The host of match {match} does not answer; it may have taken this all the same.',
    fix: 'Look at the newest view, then try again.',
  },
} as const satisfies Record<string, ErrorRow>;

export type ErrorCode = keyof typeof errorTable;

/** What travels: code, finished sentence, next step, and the values that made the sentence. */
export interface ErrorBody {
  readonly code: ErrorCode;
  readonly message: string;
  readonly fix: string;
  readonly details?: Readonly<Record<string, string | number>>;
}

export type ErrorDetails = Readonly<Record<string, string | number>>;

/** Fill a row's sentence. A brace without a value stays as it is, so that a gap shows in a test. */
export function errorBody(code: ErrorCode, details?: ErrorDetails): ErrorBody {
  const row = errorTable[code];
  const message = row.message.replace(/\{(\w+)\}/g, (brace, name: string) => {
    const value = details?.[name];
    return value === undefined ? brace : String(value);
  });
  return details === undefined
    ? { code, message, fix: row.fix }
    : { code, message, fix: row.fix, details };
}

/** Thrown by services and the client SDK; a gateway turns it into its wire's answer. */
export class PaperclipError extends Error {
  override readonly name = 'PaperclipError';
  readonly body: ErrorBody;

  constructor(code: ErrorCode, details?: ErrorDetails) {
    const body = errorBody(code, details);
    super(`${body.code}: ${body.message} ${body.fix}`);
    this.body = body;
  }

  get code(): ErrorCode {
    return this.body.code;
  }

  /** The same error from another process's answer. */
  static from(body: ErrorBody): PaperclipError {
    const error = new PaperclipError(body.code, body.details);
    return error;
  }
}
