// What a person types into a messenger, as data: the client reads it from here, and the server's
// usage lines come from here, so that both say the same.

import { type ClientMessageType, messageTypes } from './messages.ts';

export interface MessengerCommand {
  readonly type: ClientMessageType;
  readonly usage: string;
  readonly summary: string;
}

export const messengerCommands = {
  message: {
    type: messageTypes.MESSAGE,
    usage: 'message <user> <text>',
    summary: 'Tell a user something: at once, or at the next log-in.',
  },
  broadcast: {
    type: messageTypes.BROADCAST,
    usage: 'broadcast <text>',
    summary: 'Tell everybody who is online and has not blocked you.',
  },
  whoelse: {
    type: messageTypes.WHOELSE,
    usage: 'whoelse',
    summary: 'Who else is online.',
  },
  whoelsesince: {
    type: messageTypes.WHOELSESINCE,
    usage: 'whoelsesince <seconds>',
    summary: 'Who else was online in that many past seconds.',
  },
  block: {
    type: messageTypes.BLOCK,
    usage: 'block <user>',
    summary: 'Hear no more of a user, who also sees you no more.',
  },
  unblock: {
    type: messageTypes.UNBLOCK,
    usage: 'unblock <user>',
    summary: 'Take a block back.',
  },
  startprivate: {
    type: messageTypes.START_PRIVATE,
    usage: 'startprivate <user>',
    summary: 'Ask a user for a direct connection.',
  },
  private: {
    type: messageTypes.PRIVATE,
    usage: 'private <user> <text>',
    summary: 'Say something over that connection, without the server.',
  },
  stopprivate: {
    type: messageTypes.STOP_PRIVATE,
    usage: 'stopprivate <user>',
    summary: 'End that connection.',
  },
  yes: {
    type: messageTypes.YES,
    usage: 'yes [user]',
    summary: 'Agree to a direct connection.',
  },
  no: {
    type: messageTypes.NO,
    usage: 'no [user]',
    summary: 'Decline it.',
  },
  logout: {
    type: messageTypes.LOGOUT,
    usage: 'logout',
    summary: 'Log out and leave.',
  },
} as const satisfies Record<string, MessengerCommand>;

export type MessengerCommandName = keyof typeof messengerCommands;

export const messengerUsage: string = Object.values(messengerCommands)
  .map(({ usage }) => usage)
  .join(', ');
