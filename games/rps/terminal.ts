// Rock, paper, scissors in a terminal: the score, the last rounds, and what can be done now.

import type { ScreenChoice, ScreenContext, TerminalScreen } from '../../src/game/index.ts';
import type { Choice, Round, RpsView } from './rules.ts';

interface RpsInput {
  choice: Choice;
}

const keys: readonly ScreenChoice<RpsInput>[] = [
  { key: 'r', label: 'rock', input: { choice: 'rock' } },
  { key: 'p', label: 'paper', input: { choice: 'paper' } },
  { key: 's', label: 'scissors', input: { choice: 'scissors' } },
];

/** Rounds that are shown; the score tells of the earlier ones. */
const roundsShown = 5;

/** SGR codes (ECMA-48 section 8.3.117). */
const styles = { bold: 1, dim: 2, green: 32, red: 31, yellow: 33 } as const;
type Paint = (style: keyof typeof styles, text: string) => string;

const screen: TerminalScreen<RpsView, RpsInput> = {
  prompt: 'r, p or s',

  render: (view, context) => {
    const paint: Paint = (style, text) =>
      context.color ? `\u001b[${styles[style]}m${text}\u001b[0m` : text;
    const lines = [scoreLine(view, context, paint), ''];
    const rounds = view.rounds.slice(-roundsShown);
    const before = view.rounds.length - rounds.length;
    if (before > 0) lines.push(paint('dim', `   ... ${before} earlier`));
    for (const [at, round] of rounds.entries()) {
      lines.push(roundLine(before + at + 1, round, context.seat, paint));
    }
    if (rounds.length > 0) lines.push('');
    lines.push(...presentLines(view, context, paint));
    return lines.join('\n');
  },

  choices: (view) => (view.isOver || view.yourChoice !== null ? [] : keys),

  parse: (text) => {
    const wanted = text.trim().toLowerCase();
    if (wanted === '') return undefined;
    return keys.find(({ label }) => label.startsWith(wanted))?.input;
  },
};

export default screen;

function scoreLine(view: RpsView, { seat, names, width }: ScreenContext, paint: Paint): string {
  const other = 1 - seat;
  const points = ` ${view.score[seat]} : ${view.score[other]} `;
  const goal = `   first to ${view.firstTo}`;
  const room = Math.max(6, Math.floor((width - points.length - goal.length) / 2));
  const you = fit('you', room);
  const name = fit(names[other] ?? 'the other', room);
  return `${paint('bold', `${you}${points}${name}`)}${paint('dim', goal)}`;
}

function roundLine(number: number, round: Round, seat: number, paint: Paint): string {
  const yours = round.choices[seat] ?? 'too late';
  const others = round.choices[1 - seat] ?? 'too late';
  const row = `${String(number).padStart(4)}  ${yours.padEnd(8)}  ${others.padEnd(8)}  `;
  if (round.winner === null) return `${row}${paint('yellow', 'draw')}`;
  return `${row}${round.winner === seat ? paint('green', 'won') : paint('red', 'lost')}`;
}

function presentLines(
  view: RpsView,
  { names, seat, width }: ScreenContext,
  paint: Paint,
): string[] {
  // The longest line around a name: "Round 10: you chose scissors.  is still choosing."
  const name = fit(names[1 - seat] ?? 'the other', Math.max(6, Math.min(24, width - 50)));
  if (view.isOver) {
    const lead = (view.score[seat] ?? 0) - (view.score[1 - seat] ?? 0);
    if (lead === 0) return [paint('yellow', 'The match is a draw.')];
    return [
      lead > 0 ? paint('green', 'You won the match.') : paint('red', `${name} won the match.`),
    ];
  }
  const others = view.otherHasChosen ? `${name} has chosen.` : `${name} is still choosing.`;
  if (view.yourChoice !== null) {
    return [`Round ${view.round}: you chose ${paint('bold', view.yourChoice)}. ${others}`];
  }
  const offer = keys.map(({ key, label }) => `[${paint('bold', key)}]${label.slice(1)}`);
  return [`Round ${view.round}: ${offer.join('  ')}`, paint('dim', others)];
}

const fit = (text: string, room: number): string =>
  text.length > room ? `${text.slice(0, Math.max(0, room - 1))}…` : text;
