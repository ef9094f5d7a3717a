// `paperclip play rps --classic URL`: rock, paper, scissors over Paperclip 0, on a server of ours
// or an older one. There are rounds and no end: who plays leaves.

import {
  type ClassicRound,
  ClassicRps,
  endProblem,
  type RpsChoice,
  rpsChoices,
} from '../../client/classic/classic-rps.ts';
import type { CompanionLogIn } from '../../client/classic/companion-client.ts';
import { ClientError, serverUrl, urlText } from '../../client/index.ts';
import { ClassicScreen, roundText } from './classic-screen.ts';
import { type CommandContext, type ExitCode, exitCodes } from './command.ts';
import { Interrupted, type Interrupts, watchInterrupts } from './interrupt.ts';
import { scriptOf } from './play-script.ts';
import { Prompts } from './prompts.ts';
import { checkGiven, checkName, passwordGiven } from './sign-in.ts';
import { UsageError } from './usage.ts';

const otherFlags = [
  ...['server', 'guest', 'anyone', 'bot', 'private', 'join', 'settings', 'auto', 'games'],
] as const;

export async function playClassic(context: CommandContext): Promise<ExitCode> {
  const { terminal, host } = context;
  checkFlags(context);
  const logIn = await logInOf(context);
  const interrupts = watchInterrupts(host);
  const rounds = new Rounds(context);
  try {
    const joining = ClassicRps.join({
      ...logIn,
      ...lobbyOf(context),
      onLobby: ({ id, address }) => {
        terminal.event('lobby', { lobbyId: id, address });
        terminal.line(`Lobby ${id}, at ${address.host}:${address.port} over UDP.`);
      },
      onRound: (round) => rounds.add(round),
    });
    const stopped = onAbort(interrupts.signal);
    const game = await Promise.race([joining, stopped]);
    if (game === undefined) {
      // Who comes in after all is led out again.
      const led = joining.then((late) => late.leave()).catch(() => undefined);
      await Promise.race([led, interrupts.atOnce]);
      throw new Interrupted();
    }
    terminal.event('connected', { accountId: game.accountId });
    return await playRounds(context, game, rounds, interrupts);
  } finally {
    interrupts.stop();
  }
}

function checkFlags({ typed }: CommandContext): void {
  const [game = 'rps'] = typed.positionals;
  if (game !== 'rps') throw new UsageError(`--classic plays rps, not ${game}.`);
  const other = otherFlags.find((flag) => typed.isSet(flag) || typed.texts(flag).length > 0);
  if (other !== undefined) throw new UsageError(`Use either --classic or --${other}.`);
  if (typed.isSet('create') && typed.isSet('lobby')) {
    throw new UsageError('Use one of --create, --lobby.');
  }
}

function lobbyOf({ typed }: CommandContext): {
  readonly lobby?: 'create' | { readonly id: string };
} {
  const id = typed.text('lobby');
  if (id !== undefined) return { lobby: { id } };
  return typed.isSet('create') ? { lobby: 'create' } : {};
}

async function logInOf(context: CommandContext): Promise<CompanionLogIn> {
  const { typed, terminal, host } = context;
  const url = urlText(serverUrl(typed.text('classic') ?? ''));
  const given = typed.text('name');
  const password = passwordGiven(context);
  const register = typed.isSet('register');
  if (given !== undefined && password !== undefined) {
    return { url, name: given, password, register };
  }
  if (!terminal.interactive) {
    throw new UsageError('--classic needs --name, and a password in PAPERCLIP_PASSWORD.');
  }
  const prompts = new Prompts(host);
  const name = given ?? (await prompts.text('Name', checkName));
  return {
    url,
    name,
    password: password ?? (await prompts.password('Password', checkGiven)),
    register,
  };
}

async function playRounds(
  context: CommandContext,
  game: ClassicRps,
  rounds: Rounds,
  interrupts: Interrupts,
): Promise<ExitCode> {
  const { terminal, typed } = context;
  const isWatched = terminal.interactive && !typed.isSet('inputs');
  const left = Promise.withResolvers<void>();
  interrupts.signal.addEventListener('abort', () => left.resolve(), { once: true });
  const screen = isWatched ? new ClassicScreen(context, interrupts) : undefined;
  rounds.onRound = (round) => screen?.add(round);
  if (screen === undefined) void playScript(context, game, rounds).then(left.resolve, left.reject);
  else {
    screen.onChoice = (choice) => game.choose(choice);
    screen.onLeave = left.resolve;
  }
  try {
    const end = await Promise.race([game.ended, left.promise, interrupts.atOnce]);
    if (end !== undefined) throw new ClientError('CLASSIC_ENDED', { problem: endProblem(end) });
    screen?.close();
    terminal.line('You leave.');
    await Promise.race([game.leave(), interrupts.atOnce]);
    terminal.event('left', { rounds: rounds.count });
    if (interrupts.signal.aborted) return exitCodes.interrupted;
    return exitCodes.ok;
  } finally {
    screen?.close();
    // A reader of a pipe that stays open would keep the program running.
    if (screen === undefined && typed.text('inputs') === undefined) context.host.stdin.destroy();
  }
}

/** A choice, its outcome, and the next; until there are no more. */
async function playScript(
  { terminal, typed, host }: CommandContext,
  game: ClassicRps,
  rounds: Rounds,
): Promise<void> {
  const script = scriptOf(typed.text('inputs'), host);
  for (let next = await script.next(); !next.done; next = await script.next()) {
    const choice = choiceOf(next.value);
    if (choice === undefined) {
      terminal.line(`"${next.value}" means nothing here: r, p or s.`);
      terminal.event('refused', {
        code: 'malformed',
        message: `"${next.value}" means nothing here`,
      });
      continue;
    }
    const told = rounds.next();
    game.choose(choice);
    terminal.event('choice', { choice });
    await told;
  }
}

/** `r`, `rock`, or the number on the wire. */
function choiceOf(text: string): RpsChoice | undefined {
  const wanted = text.trim().toLowerCase();
  if (wanted === '') return undefined;
  return rpsChoices.find((choice, at) => choice.startsWith(wanted) || wanted === String(at));
}

/** What has been played, told as it comes. */
class Rounds {
  onRound: (round: ClassicRound) => void = () => undefined;
  count = 0;
  readonly #context: CommandContext;
  #told = Promise.withResolvers<void>();

  constructor(context: CommandContext) {
    this.#context = context;
  }

  /** Resolves with the next one. */
  next(): Promise<void> {
    return this.#told.promise;
  }

  add(round: ClassicRound): void {
    const { terminal, typed } = this.#context;
    this.count += 1;
    terminal.event('round', { round: this.count, ...round });
    // A screen shows them by itself.
    if (!terminal.interactive || typed.isSet('inputs')) terminal.line(roundText(round));
    this.onRound(round);
    this.#told.resolve();
    this.#told = Promise.withResolvers();
  }
}

function onAbort(signal: AbortSignal): Promise<undefined> {
  const { promise, resolve } = Promise.withResolvers<undefined>();
  signal.addEventListener('abort', () => resolve(undefined), { once: true });
  return promise;
}
