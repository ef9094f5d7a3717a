// The messages of the messenger protocol: `{"type": <number>, "content": <anything>}`, one JSON
// text per line. Which content a type has is in docs/messenger.md; whoever handles a type checks
// it.
//
// It does NOT find lines (`protocol/line/line-reader.ts`) nor parse JSON: a server does that with
// more care than a client must.

/** Client to server. MESSAGE, BROADCAST, WHOELSE and WHOELSESINCE also bring the answers. */
const fromClient = {
  NO_COMMAND: -1,
  ARGUMENT_ERROR: -2,
  LOGIN_USERNAME: 0.1,
  LOGIN_PASSWORD: 0.2,
  LOGIN_NEW_PASSWORD: 0.3,
  MESSAGE: 1,
  BROADCAST: 2,
  WHOELSE: 3,
  WHOELSESINCE: 4,
  BLOCK: 5,
  UNBLOCK: 6,
  LOGOUT: 7,
  START_PRIVATE: 8,
  TELL_TARGET_TO_SET_UP_PRIVATE_SENDER: 8.1,
  PRIVATE: 9,
  STOP_PRIVATE: 10,
  PRIVATE_STOPPED: 10.1,
  YES: 11,
  NO: 12,
} as const;

const fromServer = {
  ERROR: -100,
  REQUEST_NEW_USER: 101,
  REQUEST_NEED_PASSWORD: 102,
  ANNOUNCEMENT: 103,
  TIMEOUT: 104,
  ACCOUNT_BLOCKED: 105,
  ASK_FOR_PRIVATE_CONNECTION: 106,
  SEND_REQUESTER_SOCKET_ADDRESS: 107,
  SET_UP_PRIVATE_SENDER: 108,
  STOP_AND_DELETE_PRIVATE: 109,
  STOPPED_PRIVATE_CONFIRM: 110,
  LOGOUT_ANNOUNCEMENT: 111,
} as const;

export const messageTypes = { ...fromClient, ...fromServer } as const;

export type ClientMessageType = (typeof fromClient)[keyof typeof fromClient];
export type MessageType = (typeof messageTypes)[keyof typeof messageTypes];

export interface Message {
  /** Any number: the sender may be of another version. */
  readonly type: number;
  /** Undefined when it was left out. */
  readonly content: unknown;
}

/** Without the end of the line. */
export const encodeMessage = (type: MessageType, content: unknown): string =>
  JSON.stringify({ type, content });

/** From parsed JSON; members beside the two are passed over. */
export function messageOf(value: unknown): Message | undefined {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return undefined;
  const { type, content }: { readonly type?: unknown; readonly content?: unknown } = value;
  return typeof type === 'number' && Number.isFinite(type) ? { type, content } : undefined;
}

/**
 * The arguments of a message: a list as it is, a single value as a list of one, nothing as none.
 * `"bob"` and `["bob"]` so say the same.
 */
export function argumentsOf(content: unknown): readonly unknown[] {
  if (content === undefined || content === null || content === '') return [];
  return Array.isArray(content) ? content : [content];
}
