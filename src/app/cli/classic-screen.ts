// Rock, paper, scissors over Paperclip 0 in a terminal: the score, the last rounds, single keys.
// The older servers tell of nothing but outcomes: neither who the other is, nor that one is there.

import type { ClassicRound, RpsChoice } from '../../client/classic/classic-rps.ts';
import type { CommandContext } from './command.ts';
import type { Interrupts } from './interrupt.ts';
import { type Key, readKeys } from './keys.ts';
import { LiveArea } from './live-area.ts';
import type { Terminal } from './terminal.ts';

const roundsShown = 5;
const keys: Readonly<Record<string, RpsChoice>> = { r: 'rock', p: 'paper', s: 'scissors' };

export const roundText = ({ choice, otherChoice, outcome, score, otherScore }: ClassicRound) =>
  `${choice} against ${otherChoice}: ${outcome}. ${score} : ${otherScore}`;

export class ClassicScreen {
  onChoice: (choice: RpsChoice) => void = () => undefined;
  onLeave: () => void = () => undefined;
  readonly #terminal: Terminal;
  readonly #area: LiveArea;
  readonly #stopKeys: () => void;
  readonly #rounds: ClassicRound[] = [];
  #chosen: RpsChoice | undefined;
  #isClosed = false;

  constructor({ terminal, host }: CommandContext, interrupts: Interrupts) {
    this.#terminal = terminal;
    this.#area = new LiveArea(terminal);
    this.#stopKeys = readKeys(host, interrupts, (key) => this.#press(key));
    this.#draw();
  }

  add(round: ClassicRound): void {
    this.#rounds.push(round);
    if (this.#rounds.length > roundsShown) this.#rounds.shift();
    this.#chosen = undefined;
    this.#draw();
  }

  close(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#stopKeys();
    this.#area.keep();
  }

  #press(key: Key): void {
    if (key.kind !== 'character') return;
    const letter = key.text.toLowerCase();
    if (letter === 'q') {
      this.onLeave();
      return;
    }
    const choice = keys[letter];
    if (choice === undefined || this.#chosen !== undefined) return;
    this.#chosen = choice;
    this.onChoice(choice);
    this.#draw();
  }

  #draw(): void {
    if (this.#isClosed) return;
    const terminal = this.#terminal;
    const last = this.#rounds.at(-1);
    const score = `you ${last?.score ?? 0} : ${last?.otherScore ?? 0} ${otherName(last)}`;
    const colors = { won: 'green', lost: 'red', draw: 'yellow' } as const;
    const rounds = this.#rounds.map(({ choice, otherChoice, outcome }) => {
      const row = `  ${choice.padEnd(8)}  ${otherChoice.padEnd(8)}  `;
      return row + terminal.style(colors[outcome], outcome);
    });
    const now =
      this.#chosen === undefined
        ? '[r]ock  [p]aper  [s]cissors'
        : `You chose ${terminal.style('bold', this.#chosen)}. Waiting for the other player.`;
    this.#area.draw([
      terminal.style('dim', 'Rock, paper, scissors   Paperclip 0'),
      '',
      terminal.style('bold', score),
      '',
      ...rounds,
      ...(rounds.length > 0 ? [''] : []),
      now,
      terminal.style('dim', 'Keys: r, p or s   q leaves'),
    ]);
  }
}

function otherName(last: ClassicRound | undefined): string {
  if (last === undefined) return 'the other';
  return last.otherAccountId === 0 ? 'a bot' : `player ${last.otherAccountId}`;
}
