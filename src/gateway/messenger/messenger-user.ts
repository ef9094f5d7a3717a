// A logged-in user of this wire, as the commands see one, and what all users of a gateway share.

import type { MessageType } from '../../codec/messenger/messages.ts';
import type { CommandArgs, CommandName, CommandResult } from '../../contract/commands.ts';
import type { Timers } from '../../domain/ports.ts';
import type { PrivateConnections } from './private-connections.ts';

export interface MessengerUser {
  /** The player's. */
  readonly id: string;
  readonly name: string;
  /** Where the server sees the client. */
  readonly host: string;
  call<Name extends CommandName>(
    command: Name,
    args: CommandArgs<Name>,
  ): Promise<CommandResult<Name>>;
  send(type: MessageType, content: unknown): void;
}

export interface MessengerShared {
  /** By player: one at a time of each. */
  readonly users: Map<string, MessengerUser>;
  readonly privates: PrivateConnections;
  readonly timers: Timers;
}
