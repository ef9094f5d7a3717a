// Rock, paper, scissors on a classic server: log in over HTTP, get into a lobby, connect over UDP,
// then choose and hear what came of it, over and over. An older server plays rounds without end;
// one of ours plays matches, whose score begins anew.

import { Compile } from 'typebox/compile';
import { errorCodes } from '../../codec/classic/numbers.ts';
import { type Static, t } from '../../contract/schema.ts';
import type { ClassicEnd } from '../../protocol/classic/output.ts';
import { ClientError } from '../client-error.ts';
import { ClassicClient, ClassicConnectError, endSentence } from './classic-client.ts';
import { type ClassicLobby, CompanionClient, type CompanionLogIn } from './companion-client.ts';

export const rpsChoices = ['rock', 'paper', 'scissors'] as const;
export type RpsChoice = (typeof rpsChoices)[number];

export interface ClassicRound {
  readonly outcome: 'lost' | 'won' | 'draw';
  readonly choice: RpsChoice;
  readonly otherChoice: RpsChoice;
  /** After it. */
  readonly score: number;
  readonly otherScore: number;
  /** 0 for a bot. */
  readonly otherAccountId: number;
}

export interface ClassicRpsOptions extends CompanionLogIn {
  /** Default: one with room, or a new one. */
  readonly lobby?: 'create' | { readonly id: string };
  readonly onLobby?: (lobby: ClassicLobby) => void;
  readonly onRound: (round: ClassicRound) => void;
}

const OutcomeNumber = t.Integer({ minimum: 0, maximum: 2 });
const Standing = t.Object({ score: t.Integer(), accountId: t.Integer() });
const Outcome = t.Object({
  outcome: OutcomeNumber,
  choice: OutcomeNumber,
  otherChoice: OutcomeNumber,
  score: Standing,
  otherScore: Standing,
});
const outcomes = ['lost', 'won', 'draw'] as const;

export class ClassicRps {
  readonly lobby: ClassicLobby;
  readonly accountId: number;
  /** However it ends. */
  readonly ended: Promise<ClassicEnd>;
  readonly #client: ClassicClient;

  /** Rejects with a `PaperclipError` or a `ClientError`. */
  static async join(options: ClassicRpsOptions): Promise<ClassicRps> {
    const companion = await CompanionClient.logIn(options);
    const lobby = await lobbyFor(companion, options.lobby);
    if (lobby.gameId !== 1) {
      const details = { match: String(lobby.id), actual: `game ${lobby.gameId}`, expected: 'RPS' };
      throw new ClientError('WRONG_GAME', details);
    }
    options.onLobby?.(lobby);
    const schema = Compile(Outcome);
    const { promise, resolve } = Promise.withResolvers<ClassicEnd>();
    try {
      const client = await ClassicClient.connect({
        server: lobby.address,
        certificate: companion.certificate(Date.now()),
        checkServer: (certificate) => companion.isServer(certificate),
        onMessage: (message) => {
          if (schema.Check(message)) options.onRound(roundOf(message));
        },
        onEnd: resolve,
      });
      return new ClassicRps(client, lobby, companion.accountId, promise);
    } catch (cause) {
      throw connectProblem(cause, lobby);
    }
  }

  private constructor(
    client: ClassicClient,
    lobby: ClassicLobby,
    accountId: number,
    ended: Promise<ClassicEnd>,
  ) {
    this.#client = client;
    this.lobby = lobby;
    this.accountId = accountId;
    this.ended = ended;
  }

  choose(choice: RpsChoice): void {
    this.#client.send({ choice: rpsChoices.indexOf(choice) });
  }

  /** Resolves when the server knows, or a few seconds later. */
  async leave(): Promise<void> {
    await this.#client.disconnect();
  }
}

/** The end as a sentence's part: what the server said, if it said something. */
export function endProblem(end: ClassicEnd): string {
  if (end.kind !== 'closed-by-peer' || end.text === '') return endSentence(end);
  return `the server said: ${end.text.replace(/\.$/, '')}`;
}

async function lobbyFor(
  companion: CompanionClient,
  wanted: ClassicRpsOptions['lobby'],
): Promise<ClassicLobby> {
  if (typeof wanted === 'object') return companion.lobby(wanted.id);
  const found = wanted === 'create' ? undefined : await companion.find();
  return found ?? companion.create();
}

function roundOf(message: Static<typeof Outcome>): ClassicRound {
  return {
    // Boundary: the schema has checked that they are 0 to 2.
    outcome: outcomes[message.outcome]!,
    choice: rpsChoices[message.choice]!,
    otherChoice: rpsChoices[message.otherChoice]!,
    score: message.score.score,
    otherScore: message.otherScore.score,
    otherAccountId: message.otherScore.accountId,
  };
}

function connectProblem(cause: unknown, lobby: ClassicLobby): unknown {
  const { host, port } = lobby.address;
  const address = `${host}:${port}`;
  if (!(cause instanceof ClassicConnectError)) {
    const problem = cause instanceof Error ? cause.message : String(cause);
    return new ClientError('CLASSIC_UNREACHABLE', { address, problem }, cause);
  }
  const { end } = cause;
  if (end.kind === 'closed-by-peer' && end.code === errorCodes.noSpace) {
    return new ClientError('CLASSIC_FULL', { lobby: String(lobby.id) }, cause);
  }
  return new ClientError('CLASSIC_UNREACHABLE', { address, problem: endProblem(end) }, cause);
}
