// Ctrl-C as a value. The first one asks a command to stop politely (its signal aborts), the second
// stops it wherever it is.

import type { CliHost } from './command.ts';

/** Thrown to end a command with the exit code of Ctrl-C. */
export class Interrupted extends Error {
  override readonly name = 'Interrupted';

  constructor() {
    super('interrupted');
  }
}

export interface Interrupts {
  /** Aborts with an `Interrupted` at the first Ctrl-C. */
  readonly signal: AbortSignal;
  /** Rejects with an `Interrupted` at the second. */
  readonly atOnce: Promise<never>;
  /** As if Ctrl-C was pressed: a terminal in raw mode reads it as a key. */
  press(): void;
  stop(): void;
}

export function watchInterrupts(host: CliHost): Interrupts {
  const polite = new AbortController();
  const { promise: atOnce, reject } = Promise.withResolvers<never>();
  // Nobody has to wait for it.
  atOnce.catch(() => undefined);
  const press = (): void => {
    if (polite.signal.aborted) reject(new Interrupted());
    else polite.abort(new Interrupted());
  };
  const stop = host.onInterrupt(press);
  return { signal: polite.signal, atOnce, press, stop };
}
