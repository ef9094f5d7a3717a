// `paperclip play [GAME]`: who you are, whom you play, the wait, the match, its end, and again.

import { type Match, type PlayerClient, playBot, visit } from '../../client/index.ts';
import { PaperclipError } from '../../contract/errors.ts';
import { type CommandContext, type ExitCode, exitCodes } from './command.ts';
import { findGame, type LocalGame } from './game-files.ts';
import { gameNameOf } from './game-name.ts';
import { Interrupted, type Interrupts, watchInterrupts } from './interrupt.ts';
import { type Opening, openingByFlags, openingByQuestions } from './opponent.ts';
import { playClassic } from './play-classic.ts';
import { showMatch } from './play-screen.ts';
import { narrate, playScript, scriptOf } from './play-script.ts';
import { Prompts } from './prompts.ts';
import { sayEnding, sayNextSteps } from './result-text.ts';
import { nextStep, serverOf } from './server-url.ts';
import { signIn } from './sign-in.ts';
import { printable } from './terminal.ts';
import { UsageError } from './usage.ts';
import { showWaiting } from './waiting.ts';
import { watchedDialer } from './watched-dialer.ts';

export async function playCommand(context: CommandContext): Promise<ExitCode> {
  if (context.typed.isSet('classic')) return playClassic(context);
  const byFlags = openingByFlags(context);
  const { typed, host, terminal } = context;
  if (typed.isSet('auto') && typed.isSet('inputs')) {
    throw new UsageError('Use either --auto or --inputs.');
  }
  const local = await chooseGame(context);
  if (typed.isSet('auto') && local.game.bot === undefined) {
    throw new PaperclipError('GAME_HAS_NO_BOT', { game: local.game.name });
  }
  const me = await signIn(context);
  terminal.event('player', { server: me.server, player: me.player });
  terminal.line(`You are ${terminal.style('bold', me.player.name)} at ${me.server}.`);
  const interrupts = watchInterrupts(host);
  try {
    // Who plays no more must not keep a seat that the next player would wait for.
    const work = playMatches(context, me, local, byFlags, interrupts).finally(() =>
      me[Symbol.asyncDispose](),
    );
    return await Promise.race([work, interrupts.atOnce]);
  } finally {
    interrupts.stop();
    me.close();
  }
}

/** The rules are needed here: they draw the screen, and check inputs before they leave. */
async function chooseGame(context: CommandContext): Promise<LocalGame> {
  const { typed, terminal, host } = context;
  const server = visit(serverOf(context));
  const folders = typed.texts('games');
  const [given] = typed.positionals;
  if (given !== undefined || !terminal.interactive) {
    return findGame(await gameNameOf(given, server), folders);
  }
  const { games } = await server.call('game.list');
  const [only] = games;
  if (only !== undefined && games.length === 1) return findGame(only.name, folders);
  const name = await new Prompts(host).choose(
    'Which game?',
    games.map(({ name: value, title }) => ({ value, label: title })),
  );
  return findGame(name, folders);
}

async function playMatches(
  context: CommandContext,
  me: PlayerClient,
  local: LocalGame,
  byFlags: Opening | undefined,
  interrupts: Interrupts,
): Promise<ExitCode> {
  const { terminal, host } = context;
  let match = await comeBack(context, me, local);
  for (;;) {
    let opening = byFlags;
    if (match === undefined) {
      opening ??= await openingByQuestions(context, me, local.game.name);
      match = await findAndJoin(context, me, local, opening, interrupts);
    }
    const code = await playOne(context, match, local, interrupts);
    if (code !== exitCodes.ok || !terminal.interactive || context.typed.isSet('inputs'))
      return code;
    if (!(await new Prompts(host).confirm('Play again?'))) return code;
    match = undefined;
  }
}

/** A program that was killed left its player in a match, or in a lobby that waits for nothing. */
async function comeBack(
  { terminal, host }: CommandContext,
  me: PlayerClient,
  { game }: LocalGame,
): Promise<Match | undefined> {
  const { lobbyId, matchId } = await me.call('account.me');
  if (matchId !== undefined) {
    terminal.line(`You are still in match ${matchId}; going back to it.`);
    try {
      return await me.rejoin(game, watchedDialer(host.env));
    } catch (cause) {
      // It ended while we looked.
      if (!(cause instanceof PaperclipError) || cause.code !== 'MATCH_NOT_RUNNING') throw cause;
    }
  } else if (lobbyId !== undefined) {
    await me.call('lobby.leave', { lobbyId }).catch((cause: unknown) => {
      if (!(cause instanceof PaperclipError)) throw cause;
    });
  }
  return undefined;
}

async function findAndJoin(
  context: CommandContext,
  me: PlayerClient,
  { game }: LocalGame,
  opening: Opening,
  interrupts: Interrupts,
): Promise<Match> {
  const { terminal, host } = context;
  const join = nextStep(context, `play ${game.name} --join`);
  const waiting = showWaiting(terminal, host, interrupts, join);
  const stopStream = me.onStream((state) => waiting.server(state === 'again'));
  try {
    return await me.play(game, {
      ...opening,
      ...watchedDialer(host.env),
      signal: interrupts.signal,
      onLobby: (lobby) => waiting.lobby(lobby),
    });
  } catch (cause) {
    waiting.stop();
    if (cause instanceof Interrupted) terminal.line('You left the lobby.');
    throw cause;
  } finally {
    stopStream();
    waiting.stop();
  }
}

async function playOne(
  context: CommandContext,
  match: Match,
  local: LocalGame,
  interrupts: Interrupts,
): Promise<ExitCode> {
  const { terminal, host, typed } = context;
  const { game } = local;
  const auto = typed.isSet('auto');
  const players = match.players.map(({ name }) => printable(name));
  terminal.event('match', { matchId: match.id, game: game.name, seat: match.seat, players });
  const giveUp = (): void => {
    terminal.line('Giving up; Ctrl-C again quits at once.');
    void match.leave();
  };
  if (interrupts.signal.aborted) giveUp();
  else interrupts.signal.addEventListener('abort', giveUp, { once: true });
  if (auto) playBot(match, game, { seed: match.id });
  const watching = terminal.interactive && !typed.isSet('inputs');
  const script = watching || auto ? undefined : scriptOf(typed.text('inputs'), host);
  try {
    if (watching) await showMatch(match, local, terminal, host, interrupts, auto).done;
    else {
      terminal.line(`match ${match.id}: ${players.join(' against ')}`);
      narrate(match, local, terminal);
      if (script !== undefined) await playScript(match, local, script, terminal);
    }
    const result = await match.result;
    sayEnding({ match, result, summary: await match.summary() }, terminal);
    sayNextSteps(context, match.id, game.name);
  } finally {
    interrupts.signal.removeEventListener('abort', giveUp);
    // A reader of a pipe that stays open would keep the program running.
    if (script !== undefined && typed.text('inputs') === undefined) host.stdin.destroy();
  }
  return interrupts.signal.aborted ? exitCodes.interrupted : exitCodes.ok;
}
