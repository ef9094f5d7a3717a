// `paperclip replay ID`: takes a match's record, from a server or a file, runs the game again from
// its inputs, shows it, and says whether it ended in the recorded state.

import { setTimeout as pause } from 'node:timers/promises';
import type { MatchSummary } from '../../contract/schema.ts';
import { type ReplayResult, replay, type ScreenContext, type SeatInput } from '../../game/index.ts';
import { type CommandContext, type ExitCode, exitCodes } from './command.ts';
import { findGame, type LocalGame } from './game-files.ts';
import { watchInterrupts } from './interrupt.ts';
import { readKeys } from './keys.ts';
import { LiveArea } from './live-area.ts';
import { reasonText, resultText, timeText } from './match-text.ts';
import { openReplay } from './replay-source.ts';
import { printable } from './terminal.ts';
import { numberFlag, UsageError } from './usage.ts';

interface Frame {
  readonly tick: number;
  readonly inputs: readonly SeatInput<unknown>[];
  readonly timedOut: boolean;
  readonly left: readonly number[];
  readonly view: unknown;
}

/** Steps of a real-time match that are kept to be shown; the check runs over all of them. */
const framesMax = 10_000;

export async function replayCommand(context: CommandContext): Promise<ExitCode> {
  const { typed, terminal } = context;
  const step = numberFlag(typed, 'step', { min: 0, max: 16_777_216, whole: true });
  const speed = numberFlag(typed, 'speed', { min: 0.1, max: 1000 }) ?? 1;
  const seat = numberFlag(typed, 'seat', { min: 0, max: 63, whole: true }) ?? 0;
  const { match, record } = await openReplay(context);
  if (seat >= match.seats.length) {
    throw new UsageError(`--seat ${seat}: the match has seats 0 to ${match.seats.length - 1}.`);
  }
  const local = await findGame(match.game, typed.texts('games'));
  const frames: Frame[] = [];
  const result = replay(local.game, record, {
    onStep: ({ tick, inputs, timedOut, left, view }) => {
      const wanted = step === undefined ? frames.length < framesMax : tick === step;
      if (wanted) frames.push({ tick, inputs, timedOut, left, view: view(seat) });
    },
  });
  if (!result.ok) {
    terminal.event('verdict', { matchId: match.id, matches: false, problem: result.error });
    terminal.problem(`${terminal.style('red', 'REPLAY_FAILED')}: ${result.error}.`);
    return exitCodes.failed;
  }
  if (step !== undefined && frames.length === 0) {
    throw new UsageError(`--step ${step}: the match has fewer steps.`);
  }
  await show(context, match, local, frames, seat, speed);
  return sayVerdict(context, match, result.value);
}

async function show(
  context: CommandContext,
  match: MatchSummary,
  { game, screen }: LocalGame,
  frames: readonly Frame[],
  seat: number,
  speed: number,
): Promise<void> {
  const { terminal, host, typed } = context;
  const names = match.seats.map(({ name }) => printable(name).replaceAll('\n', ' '));
  const look: ScreenContext = {
    seat,
    names,
    width: Math.min(terminal.columns, 100) - 2,
    color: terminal.color,
  };
  terminal.event('match', { match });
  terminal.line(
    `${game.title}   match ${match.id}   ${timeText(match.startedAt)}   as ${names[seat]} saw it`,
  );
  const moves = terminal.interactive && !typed.isSet('step');
  const area = new LiveArea(terminal);
  const interrupts = watchInterrupts(host);
  const stopKeys = moves ? readKeys(host, interrupts, () => undefined) : () => undefined;
  try {
    for (const frame of frames) {
      const { tick, inputs, timedOut, left } = frame;
      terminal.event('step', { ...frame });
      const who = inputs.map(
        (one) => `${names[one.seat] ?? one.seat}: ${printable(JSON.stringify(one.input))}`,
      );
      const gone = left.map((one) => `${names[one] ?? one} left`);
      const what = [...who, ...gone, ...(timedOut ? ['time ran out'] : [])];
      const head = terminal.style(
        'dim',
        `step ${tick}${what.length ? `   ${what.join(', ')}` : ''}`,
      );
      const lines = ['', head, '', ...screen.render(frame.view, look).split('\n')];
      if (moves) {
        area.draw([...lines, '']);
        await pause(1000 / speed, undefined, { signal: interrupts.signal }).catch(() => {
          throw interrupts.signal.reason;
        });
      } else for (const line of lines) terminal.line(line);
    }
  } finally {
    area.keep();
    stopKeys();
    interrupts.stop();
  }
  terminal.line();
  const why = reasonText(match.reason);
  terminal.line(`${resultText(match, terminal)}${why === '' ? '' : ` (${why})`}`);
}

function sayVerdict(
  { terminal }: CommandContext,
  match: MatchSummary,
  { matches, stateHash }: ReplayResult,
): ExitCode {
  terminal.event('verdict', {
    matchId: match.id,
    matches,
    stateHash,
    recordedHash: match.stateHash,
  });
  if (matches && stateHash === match.stateHash) {
    terminal.line(`${terminal.style('green', 'Same end')}: the state’s hash is ${stateHash}.`);
    return exitCodes.ok;
  }
  terminal.line(`${terminal.style('red', 'ANOTHER END')}: replayed ${stateHash},`);
  terminal.line(`             recorded ${match.stateHash ?? 'nothing'}.`);
  terminal.line('The game’s rules have changed since, or they are not deterministic.');
  return exitCodes.failed;
}
