// Single keys from a terminal in raw mode, without waiting for Enter. Ctrl-C comes as a key then
// and is handed on as the interrupt that it is.

import type { CliHost } from './command.ts';
import type { Interrupts } from './interrupt.ts';

export type Key =
  | { readonly kind: 'character'; readonly text: string }
  | { readonly kind: 'enter' }
  | { readonly kind: 'backspace' };

/** Returns what gives the terminal back. */
export function readKeys(
  { stdin }: CliHost,
  interrupts: Interrupts,
  onKey: (key: Key) => void,
): () => void {
  const onData = (data: Buffer | string): void => {
    const text = data.toString();
    // Arrow keys and the like come as one sequence; none of them means anything here.
    if (text.startsWith('\x1b')) return;
    for (const character of text) {
      if (character === '\x03') interrupts.press();
      else if (character === '\r' || character === '\n') onKey({ kind: 'enter' });
      else if (character === '\x7f' || character === '\b') onKey({ kind: 'backspace' });
      else if (character >= ' ') onKey({ kind: 'character', text: character });
    }
  };
  stdin.setRawMode?.(true);
  stdin.on('data', onData);
  stdin.resume();
  return () => {
    stdin.off('data', onData);
    stdin.setRawMode?.(false);
    stdin.pause();
  };
}
