// Guess the number in a terminal: the rules in one line, the last guesses with their answers, where
// the number must be, how the others stand, and how it ended.

import type { ScreenContext, TerminalScreen } from '../../src/game/index.ts';
import type { Guess, GuessView } from './rules.ts';

interface GuessInput {
  number: number;
}

/** Of the others and of the results; the rest is counted. */
const linesMax = 8;

/** SGR codes (ECMA-48 section 8.3.117). */
const styles = { bold: 1, dim: 2, green: 32, red: 31, yellow: 33 } as const;
type Paint = (style: keyof typeof styles, text: string) => string;

const screen: TerminalScreen<GuessView, GuessInput> = {
  prompt: 'a number of the range, then Enter',

  render: (view, context) => {
    const paint: Paint = (style, text) =>
      context.color ? `\u001b[${styles[style]}m${text}\u001b[0m` : text;
    const lines = [...rulesLines(view, paint), ''];
    const before = view.guessCount - view.guesses.length;
    if (before > 0) lines.push(paint('dim', `   ... ${before} earlier`));
    for (const [at, guess] of view.guesses.entries()) {
      lines.push(guessLine(before + at + 1, guess, paint));
    }
    if (view.guessCount > 0) lines.push('');
    lines.push(...(view.isOver ? endLines(view, context, paint) : nowLines(view, context, paint)));
    return lines.join('\n');
  },

  // Numbers are typed.
  choices: () => [],

  // One outside the range means nothing here: the rules would refuse it.
  parse: (text, { min, max }) => {
    const typed = text.trim();
    const number = Number(typed);
    return /^[+-]?\d{1,10}$/.test(typed) && number >= min && number <= max ? { number } : undefined;
  },
};

export default screen;

function rulesLines({ mode, min, max, attempts }: GuessView, paint: Paint): string[] {
  const tries = attempts === null ? 'as often as you like' : `${attempts} ${plural(attempts)}`;
  const goal = {
    alone: 'Each for itself.',
    race: 'The first to find it wins.',
    party: 'It goes on until all have found it.',
  }[mode];
  return [paint('bold', `A number from ${min} to ${max}, ${tries}`), paint('dim', goal)];
}

function guessLine(count: number, { number, result }: Guess, paint: Paint): string {
  const row = `${String(count).padStart(4)}  ${String(number).padStart(4)}  `;
  if (result === 0) return `${row}${paint('green', 'right')}`;
  return `${row}${paint('yellow', result < 0 ? 'too low' : 'too high')}`;
}

function nowLines(view: GuessView, context: ScreenContext, paint: Paint): string[] {
  const others = othersLines(view, context).map((line) => paint('dim', line));
  const { attempts, attemptsLeft, low, high } = view;
  switch (view.statuses[context.seat]) {
    case 'found':
      return [
        paint('green', `You found it after ${seconds(view.timesMs[context.seat])}.`),
        ...others,
      ];
    case 'failed':
      return [paint('red', `You have used your ${attempts} ${plural(attempts)}.`), ...others];
    case 'left':
      return ['You left.', ...others];
    default: {
      const range = low === high ? `It must be ${low}.` : `It is from ${low} to ${high}.`;
      const left = attemptsLeft === null ? '' : ` ${attemptsLeft} ${plural(attemptsLeft)} left.`;
      return [paint('bold', `${range}${left}`), ...others];
    }
  }
}

/** Who is nearest to the end first, as much as fits. */
function othersLines({ statuses, guessCounts, timesMs }: GuessView, context: ScreenContext) {
  const order = { found: 0, guessing: 1, failed: 2, left: 3 } as const;
  const others = statuses
    .map((status, seat) => ({ status, seat }))
    .filter(({ seat }) => seat !== context.seat)
    .sort((a, b) => order[a.status] - order[b.status] || a.seat - b.seat);
  const lines = others.slice(0, linesMax).map(({ status, seat }) => {
    const name = nameOf(seat, context);
    if (status === 'found') return `${name} found it after ${seconds(timesMs[seat])}`;
    if (status === 'failed') return `${name} has no attempts left`;
    if (status === 'left') return `${name} left`;
    const count = guessCounts[seat] ?? 0;
    return `${name}: ${count} ${count === 1 ? 'guess' : 'guesses'}`;
  });
  return withRest(lines, others.length);
}

function endLines(view: GuessView, context: ScreenContext, paint: Paint): string[] {
  const { results, statuses, number, winner, mode } = view;
  const found = statuses[context.seat] === 'found';
  const lines = [paint(found ? 'green' : 'red', `It was ${number}.`)];
  if (winner !== null) {
    const isMine = winner === context.seat;
    lines[0] += ` ${isMine ? 'You won' : `${nameOf(winner, context)} won`}.`;
  } else if (found) lines[0] += ' You found it.';
  else if (mode === 'race') lines[0] += ' Nobody found it.';
  else lines[0] += ' You did not find it.';
  if (mode === 'race' || results === null || results.length < 2) return lines;
  const rows = results.slice(0, linesMax).map(({ seat, timeMs }, at) => {
    const name = seat === context.seat ? 'you' : nameOf(seat, context);
    const place = timeMs === null ? '   -' : String(at + 1).padStart(4);
    return `${place}  ${timeMs === null ? 'not found' : seconds(timeMs).padStart(9)}  ${name}`;
  });
  return [...lines, '', ...withRest(rows, results.length)];
}

const withRest = (lines: readonly string[], all: number): string[] =>
  all > lines.length ? [...lines, `... and ${all - lines.length} more`] : [...lines];

function nameOf(seat: number, { names, width }: ScreenContext): string {
  const name = names[seat] ?? `seat ${seat}`;
  // The longest text around a name: " found it after 3599.9 s".
  const room = Math.max(6, Math.min(24, width - 26));
  return name.length > room ? `${name.slice(0, room - 1)}…` : name;
}

const seconds = (timeMs: number | null | undefined): string =>
  `${((timeMs ?? 0) / 1000).toFixed(1)} s`;

const plural = (attempts: number | null): string => (attempts === 1 ? 'attempt' : 'attempts');
