// Where a chat shows what happens: lines on a pipe, lines above the row that is being typed, or
// objects for programs.

import type { ErrorBody } from '../../../client/index.ts';
import type { Terminal } from '../terminal.ts';
import { wrapped } from './chat-text.ts';
import type { InputLine } from './input-line.ts';

export interface ChatView {
  readonly terminal: Terminal;
  /** For people; nothing with --json. */
  line(text: string): void;
  /** Not worth a look: who comes and goes. */
  dim(text: string): void;
  /** For programs; nothing without --json. */
  event(event: string, fields?: Readonly<Record<string, unknown>>): void;
  /** Something that was wanted was not done. */
  problem(problem: Problem): void;
  prompt(text: string): void;
  /** Rows above the one that is typed in, until others come; nothing where nobody types. */
  status(rows: readonly string[]): void;
}

export type Problem = Pick<ErrorBody, 'message' | 'fix'> & { readonly code: string };

export function chatView(terminal: Terminal, input: () => InputLine | undefined): ChatView {
  const above = (write: () => void): void => {
    const row = input();
    if (row === undefined) write();
    else row.above(write);
  };
  const fitted = (text: string): string =>
    terminal.interactive ? wrapped(text, terminal.columns) : text;
  const line = (text: string): void => above(() => terminal.line(fitted(text)));
  return {
    terminal,
    line,
    dim: (text) => line(terminal.style('dim', text)),
    event: (event, fields) => terminal.event(event, fields),
    problem({ code, message, fix }) {
      terminal.event('error', { code, message, fix });
      const text = `${terminal.style('red', code)}: ${[message, fix].join(' ').trim()}`;
      above(() => terminal.problem(fitted(text)));
    },
    prompt: (text) => {
      const row = input();
      if (row !== undefined) row.prompt = text;
    },
    status: (rows) => {
      const row = input();
      if (row !== undefined) row.status = rows;
    },
  };
}
