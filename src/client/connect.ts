// The two ways in: `connect` for a player, `visit` for what needs no session (games, public
// lobbies, history, leaderboards).

import type {
  CommandArgs,
  CommandName,
  CommandResult,
  commandTable,
} from '../contract/commands.ts';
import type { Session } from '../contract/schema.ts';
import { type After, hostAfter } from './after.ts';
import type { OpenSocket } from './event-socket.ts';
import { type HttpCaller, type HttpCallerOptions, httpCaller, urlText } from './http-caller.ts';
import { type Arguments, PlayerClient } from './player-client.ts';
import type { SessionStore } from './session-keeper.ts';

export interface Credentials {
  readonly name: string;
  readonly password: string;
}

/** Who to be; without any of them, a guest. At most one. */
export interface Identity {
  /** `true`, or the name to go by; the server puts a number behind it. */
  readonly guest?: true | string;
  readonly login?: Credentials;
  readonly register?: Credentials;
  /** A session from before, such as one that a `SessionStore` kept. */
  readonly session?: Session;
}

export interface ConnectOptions extends Identity, HttpCallerOptions {
  /** Told of every new session, so that the player can come back without a password. */
  readonly store?: SessionStore;
  /** For hosts whose `WebSocket` is not a global, and tests. */
  readonly openSocket?: OpenSocket;
  readonly after?: After;
}

/** Log in, register or go on as a guest at the server with this address. */
export async function connect(url: string, options: ConnectOptions = {}): Promise<PlayerClient> {
  const http = httpCaller(url, options);
  const session = await newSession(http, options);
  await options.store?.save(session);
  return new PlayerClient({
    http,
    session,
    store: options.store,
    openSocket: options.openSocket ?? ((to) => new WebSocket(to)),
    after: options.after ?? hostAfter,
    jitter: () => crypto.getRandomValues(new Uint32Array(1))[0]! / 2 ** 32,
  });
}

function newSession(http: HttpCaller, identity: Identity): Promise<Session> {
  const { guest, login, register, session } = identity;
  if ([guest, login, register, session].filter((way) => way !== undefined).length > 1) {
    throw new TypeError('connect takes one of guest, login, register and session');
  }
  if (session !== undefined) return Promise.resolve(session);
  if (login !== undefined) return http.call('account.login', credentials(login));
  if (register !== undefined) return http.call('account.register', credentials(register));
  return http.call('account.guest', typeof guest === 'string' ? { name: guest } : {});
}

/** Whatever else the caller's object has stays here: the server refuses unknown members. */
const credentials = ({ name, password }: Credentials): Credentials => ({ name, password });

/** Commands that need no session. */
export type PublicCommand = {
  [Name in CommandName]: (typeof commandTable)[Name]['caller'] extends 'anyone' ? Name : never;
}[CommandName];

export interface Visitor {
  readonly server: string;
  call<Name extends PublicCommand>(
    name: Name,
    ...args: Arguments<Name>
  ): Promise<CommandResult<Name>>;
}

/** Look around without being anybody. No request is made before the first `call`. */
export function visit(url: string, options: HttpCallerOptions = {}): Visitor {
  const http = httpCaller(url, options);
  return {
    server: urlText(http.url),
    // Boundary: only a command without required arguments may come here without any.
    call: (name, ...[args]) => http.call(name, args ?? ({} as CommandArgs<typeof name>)),
  };
}
