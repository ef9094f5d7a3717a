// How a game shows itself in a terminal: types only. A game that has a `terminal.ts` next to its
// rules exports one of these; for the others there is generic-screen.ts. A screen is pure: it gets
// a view and gives text; who clears the terminal, reads keys and counts down is the CLI.

import type { Seat } from './define-game.ts';

export interface ScreenContext {
  readonly seat: Seat;
  /** Of all seats, in order. May hold what a stranger chose; already without control characters. */
  readonly names: readonly string[];
  /** Columns that a line may use. */
  readonly width: number;
  readonly color: boolean;
}

/** One thing that the player can do now with a single key. */
export interface ScreenChoice<Input> {
  /** One character, lower case. */
  readonly key: string;
  readonly label: string;
  readonly input: Input;
}

export interface TerminalScreen<View = unknown, Input = unknown> {
  /** Lines joined by `\n`, without one at the end. */
  render(view: View, context: ScreenContext): string;
  /** Empty when it is not this player's turn, or when inputs are typed as text. */
  choices(view: View, context: ScreenContext): readonly ScreenChoice<Input>[];
  /** What the player typed, as an input; undefined when it means nothing here. */
  parse(text: string, view: View, context: ScreenContext): Input | undefined;
  /** One line that says how to play, for the prompt: `r, p or s`. */
  readonly prompt: string;
}
