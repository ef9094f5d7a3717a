// What a client may send over a WebSocket: `{id, auth}` or `{id, command, args}`, as text to value.
// `args` is left as it came; the dispatcher validates it.

import type { CommandName } from '../../contract/commands.ts';
import { commandTable } from '../../contract/commands.ts';
import { type ErrorBody, errorBody } from '../../contract/errors.ts';
import { shortened } from '../failure.ts';
import { parseUntrustedJson } from '../untrusted-json.ts';
import { webSocketLimits } from './websocket-limits.ts';

/** Chosen by the client, returned with the answer. */
export type MessageId = string | number;

export type ClientMessage =
  | { readonly kind: 'auth'; readonly id: MessageId; readonly accessToken: string }
  | {
      readonly kind: 'command';
      readonly id: MessageId;
      readonly command: CommandName;
      readonly args: unknown;
    }
  /** The id is null when it could not be read. */
  | { readonly kind: 'refused'; readonly id: MessageId | null; readonly error: ErrorBody };

export function readClientMessage(text: string): ClientMessage {
  const parsed = parseUntrustedJson(text);
  if (!parsed.ok) return refused(null, 'message', parsed.error);
  const message = parsed.value;
  if (typeof message !== 'object' || message === null || Array.isArray(message)) {
    return refused(null, 'message', 'must be a JSON object');
  }
  const { id, auth, command, args, ...others } = message as Readonly<Record<string, unknown>>;
  if (!isMessageId(id)) {
    const problem = `must be a whole number or 1 to ${webSocketLimits.idCharactersMax} characters`;
    return refused(null, 'id', problem);
  }
  const [unknown] = Object.keys(others);
  if (unknown !== undefined) return refused(id, shortened(unknown), 'is not known here');
  if (auth !== undefined) {
    if (command !== undefined) return refused(id, 'command', 'does not go together with auth');
    if (args !== undefined) return refused(id, 'args', 'does not go together with auth');
    if (typeof auth !== 'string') return refused(id, 'auth', 'must be an access token');
    return { kind: 'auth', id, accessToken: auth };
  }
  if (typeof command !== 'string') return refused(id, 'command', 'must be the name of a command');
  if (!isCommandName(command)) {
    const error = errorBody('UNKNOWN_COMMAND', { command: shortened(command) });
    return { kind: 'refused', id, error };
  }
  return { kind: 'command', id, command, args: args ?? {} };
}

const refused = (id: MessageId | null, field: string, problem: string): ClientMessage => ({
  kind: 'refused',
  id,
  error: errorBody('BAD_REQUEST', { field, problem }),
});

const isMessageId = (id: unknown): id is MessageId =>
  typeof id === 'string'
    ? id.length > 0 && id.length <= webSocketLimits.idCharactersMax
    : Number.isSafeInteger(id);

const isCommandName = (name: string): name is CommandName => Object.hasOwn(commandTable, name);
