// Lines that a person or a pipe types while other lines arrive: what is typed so far stays at the
// bottom and whole, and what arrives is put above it.

import { createInterface } from 'node:readline';
import type { CliHost } from './command.ts';
import type { Interrupts } from './interrupt.ts';
import type { Terminal } from './terminal.ts';

export interface LineInput {
  /** Above what is being typed. */
  show(text: string): void;
  /** Nothing more is read meanwhile; of what was read already, lines may still come. */
  hold(isHeld: boolean): void;
  close(): void;
}

export interface LineInputOptions {
  readonly terminal: Terminal;
  readonly host: CliHost;
  readonly interrupts: Interrupts;
  readonly onLine: (text: string) => void;
  /** Nothing more is typed: the pipe has ended, or Ctrl-D. */
  readonly onEnd: () => void;
}

export function lineInput(options: LineInputOptions): LineInput {
  const { terminal, host, interrupts, onLine, onEnd } = options;
  const { interactive } = terminal;
  const reader = createInterface({
    input: host.stdin,
    ...(interactive && { output: host.stdout, prompt: '> ' }),
    terminal: interactive,
    historySize: interactive ? 100 : 0,
  });
  const prompt = (): void => {
    if (interactive) reader.prompt(true);
  };
  reader.on('line', (text) => {
    onLine(text);
    prompt();
  });
  reader.on('close', onEnd);
  // Raw mode makes a key of it.
  reader.on('SIGINT', () => interrupts.press());
  prompt();
  return {
    show(text) {
      terminal.control('\r\x1b[J');
      terminal.line(text);
      prompt();
    },
    hold(isHeld) {
      if (isHeld) reader.pause();
      else reader.resume();
    },
    close() {
      reader.off('close', onEnd);
      reader.close();
      terminal.control('\r\x1b[J');
    },
  };
}
