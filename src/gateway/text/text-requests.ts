// What a client may say, as data: the header, the shape of its body, the header of the answer, and
// the command behind it. The session reads a line by this table and sends what comes out.

import { Compile } from 'typebox/compile';
import { type Static, type TSchema, t } from '../../contract/schema.ts';
import { shortened } from '../failure.ts';
import type { SignedInPlayer } from '../signed-in-player.ts';
import type { FileOffers } from './file-offers.ts';
import type { GuessingGame } from './guessing-game.ts';
import type { Credentials } from './log-in.ts';
import { secureKinds } from './secure-signals.ts';
import { TextRefusal, textCodes } from './text-codes.ts';

/** What a request can do: the session, as far as it goes. */
export interface TextActions {
  /** Answers by itself. */
  logIn(credentials: Credentials): Promise<void>;
  /** Throws `notLoggedIn`. */
  loggedIn(): {
    readonly player: SignedInPlayer;
    readonly game: GuessingGame;
    readonly files: FileOffers;
  };
  takePong(): void;
  /** Answers by itself, and closes. */
  leave(): Promise<void>;
}

export interface TextRequest {
  /** Of the answer, with `status`. */
  readonly answer: string;
  /** Undefined: the body does not fit. */
  prepare(body: unknown): PreparedRequest | undefined;
}

export interface PreparedRequest {
  /** Resolves with what stands beside `status: OK`; with undefined, nothing is answered. */
  run(actions: TextActions): Promise<object | undefined>;
  /** Of the request, in an answer with an error. */
  readonly echo: object;
}

const Message = t.Object({ message: t.String() });
const Receiver = t.Object({ receiver: t.String() });
/** Of requests that have none. */
const nothing = t.Object({});

/** By header. */
export const textRequests = (): ReadonlyMap<string, TextRequest> =>
  new Map(
    Object.entries({
      ...{ ...loginRows(), ...talkRows(), ...gameRows() },
      ...{ ...fileRows(), ...secureRows() },
    }),
  );

const loginRows = () => ({
  LOGIN_REQ: row(
    'LOGIN_RESP',
    t.Object({ username: t.String(), password: t.Optional(t.String()) }),
    async (actions, body) => {
      await actions.logIn(body);
    },
  ),
  PONG: row('', nothing, async (actions) => {
    actions.takePong();
  }),
  BYE: row('BYE_RESP', nothing, async (actions) => {
    await actions.leave();
  }),
});

const talkRows = () => ({
  BROADCAST_REQ: row('BROADCAST_RESP', Message, async (actions, { message }) => {
    await actions.loggedIn().player.call('room.say', { message });
    return {};
  }),
  LIST_USERS_REQ: row('LIST_USERS_RESP', nothing, async (actions) => {
    const { players } = await actions.loggedIn().player.call('room.players', {});
    return { users: players.map(({ name }) => name) };
  }),
  PRIVATE_MESSAGE_REQ: row(
    'PRIVATE_MESSAGE_RESP',
    t.Object({ receiver: t.String(), message: t.String() }),
    async (actions, { receiver: to, message }) => {
      const { player } = actions.loggedIn();
      if (message.trim() === '') throw new TextRefusal(textCodes.emptyMessage);
      await player.call('chat.send', { to, message });
      return {};
    },
  ),
});

const gameRows = () => ({
  START_GAME_REQ: row('START_GAME_RESP', nothing, async (actions) => {
    await actions.loggedIn().game.start();
  }),
  JOIN_GAME_REQ: row('JOIN_GAME_RESP', nothing, async (actions) => {
    await actions.loggedIn().game.join();
  }),
  GUESS_NUMBER_REQ: row(
    'GUESS_NUMBER_RESP',
    t.Object({ number: t.Union([t.Number(), t.String()]) }),
    async (actions, { number }) => actions.loggedIn().game.guess(number),
  ),
});

const fileRows = () => ({
  FILE_TRANSFER_REQUEST: row(
    'FILE_TRANSFER_RESPONSE',
    t.Object({
      receiver: t.String(),
      filename: t.String(),
      size: t.Optional(t.Integer({ minimum: 0 })),
      checksum: t.Optional(t.String()),
    }),
    async (actions, body) => {
      await actions.loggedIn().files.offer(body);
    },
    ({ receiver }) => ({ receiver: shortened(receiver) }),
  ),
  FILE_TRANSFER_RESPONSE: row(
    'FILE_TRANSFER_RESPONSE',
    t.Object({
      sender: t.String(),
      status: t.Union([t.Literal('ACCEPT'), t.Literal('REJECT')]),
      transferId: t.Optional(t.String()),
    }),
    async (actions, body) => actions.loggedIn().files.answer(body),
    ({ sender }) => ({ sender: shortened(sender) }),
  ),
});

/** No answer but the other player's, unless it fails: then it says with whom. */
const secureRows = () => ({
  SECURE_MESSAGE_REQ: row(
    'SECURE_MESSAGE_RES',
    Receiver,
    async (actions, { receiver: to }) => {
      const { player } = actions.loggedIn();
      await player.call('signal.send', { to, kind: secureKinds.request, body: {} });
    },
    ({ receiver }) => ({ receiver: shortened(receiver) }),
  ),
  SECURE_MESSAGE_RES: row(
    'SECURE_MESSAGE_RES',
    t.Object({ sender: t.String(), publicKey: t.String() }),
    async (actions, { sender: to, publicKey }) => {
      const { player } = actions.loggedIn();
      await player.call('signal.send', { to, kind: secureKinds.answer, body: { publicKey } });
    },
    ({ sender }) => ({ sender: shortened(sender) }),
  ),
  SECURE_MESSAGE: row(
    'SECURE_MESSAGE_RES',
    t.Object({ receiver: t.String(), sessionKey: t.String(), message: t.String() }),
    async (actions, { receiver: to, sessionKey, message }) => {
      const { player } = actions.loggedIn();
      const body = { sessionKey, message };
      await player.call('signal.send', { to, kind: secureKinds.message, body });
    },
    ({ receiver }) => ({ receiver: shortened(receiver) }),
  ),
});

function row<Body extends TSchema>(
  answer: string,
  schema: Body,
  run: (actions: TextActions, body: Static<Body>) => Promise<object | undefined>,
  echo: (body: Static<Body>) => object = () => ({}),
): TextRequest {
  const check = Compile(schema);
  return {
    answer,
    prepare: (body) => {
      if (!check.Check(body)) return undefined;
      return { run: (actions) => run(actions, body), echo: echo(body) };
    },
  };
}
