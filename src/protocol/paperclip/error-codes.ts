// The numbers with which one end tells the other why: in CLOSE frames, in a refusal inside AUTH 2
// and in stateless ERROR datagrams. A code is `major * 256 + minor`. Major 0 is the application's
// (0 is "done"); majors 1 to 3 keep the classes of version 0; 4 is new.

export interface ErrorCodeRow {
  readonly code: number;
  readonly sentence: string;
}

const row = (major: number, minor: number, sentence: string): ErrorCodeRow => ({
  code: major * 256 + minor,
  sentence,
});

export const errorCodes = {
  DONE: row(0, 0, 'The application was done.'),

  CONNECTION: row(1, 0, 'The connection could not be made.'),
  NO_SPACE: row(1, 1, 'The host has no room for another connection.'),
  TICKET_INVALID: row(1, 2, 'The ticket is not one that this host accepts from this client.'),
  /** Version 0 only; kept so that its number is not given away. */
  FINISH_INVALID: row(1, 3, 'The handshake did not verify.'),
  TICKET_EXPIRED: row(1, 4, 'The ticket is past its time, or not yet in it.'),
  TICKET_USED: row(1, 5, 'The ticket was used before; each opens one connection.'),
  REPLACED: row(1, 6, 'The same player connected again with a newer ticket.'),
  CHANNELS_DIFFER: row(1, 7, 'The two ends were given different channels.'),
  PARAMETERS_INVALID: row(1, 8, 'A transport parameter is missing or out of its limits.'),

  DISCONNECT: row(2, 0, 'The connection was ended.'),
  SERVER: row(2, 1, 'The host is closing.'),
  CLIENT: row(2, 2, 'The client is leaving.'),

  PACKET: row(3, 0, 'A packet could not be understood.'),
  VERSION: row(3, 1, 'This version of the protocol is not served here.'),
  TYPE: row(3, 2, 'A frame or packet of this type is not known.'),
  FLAGS: row(3, 3, 'A message carries flags that do not go together.'),
  SEQUENCE: row(3, 4, 'An acknowledgement names a packet that was never sent.'),
  FRAGMENT: row(3, 5, 'The fragments of a message do not fit together.'),
  COMPRESSION: row(3, 6, 'A compressed message is not one whole deflate stream that saves bytes.'),
  FRAME: row(3, 10, 'A frame is cut short or out of its limits.'),

  PROTOCOL: row(4, 0, 'The peer broke a rule of the protocol.'),
  FLOW_CONTROL: row(4, 1, 'More was sent than the receiver gave credit for.'),
  CHANNEL: row(4, 2, 'A message names a channel that is not in the plan.'),
  MESSAGE_SIZE: row(4, 3, 'A message is larger than its channel takes.'),
  PACKET_NUMBERS: row(4, 4, 'The packet numbers of this connection are used up.'),
  INTERNAL: row(4, 5, 'This end made a mistake and gave up the connection.'),
  KEY_UPDATE: row(4, 6, 'The peer changed its key too early.'),
  VALUE_KEY: row(4, 7, 'A value does not begin with a key from 0 to 4095.'),
} as const satisfies Record<string, ErrorCodeRow>;

export type ErrorCodeName = keyof typeof errorCodes;

/** Largest code that fits its field, 2 bytes. */
export const errorCodeMax = 0xffff;

/** `NO_SPACE`, or `1.44` for one that this version has no name for. */
export function errorCodeName(code: number): string {
  for (const [name, known] of Object.entries(errorCodes)) if (known.code === code) return name;
  return `${Math.floor(code / 256)}.${code % 256}`;
}

/** For people. A code of the application, or one without a name here, gives its number. */
export function errorSentence(code: number): string {
  for (const known of Object.values(errorCodes)) if (known.code === code) return known.sentence;
  return `The other side gave code ${errorCodeName(code)}.`;
}
