// A program that is told to end (SIGINT, SIGTERM) says goodbye first: its peers hear CLOSE at once
// and do not wait for their idle time-out. Opt-in, because a library that listens for signals by
// itself would keep programs from ending as they wish.

import { setTimeout as pause } from 'node:timers/promises';

/** A `Link` or a `Listener`. */
export interface Closable {
  close(): unknown;
}

const signals = ['SIGINT', 'SIGTERM'] as const;
/** CLOSE is said a few times, because nothing acknowledges it; then the program ends. */
const goodbyeMs = 200;

/**
 * At the first SIGINT or SIGTERM: closes what it was given, gives the closes a moment to leave,
 * and then lets the signal end the program as it would have without. A second signal ends it
 * at once. Returns the function that takes this back.
 */
export function closeOnExit(...ends: readonly Closable[]): () => void {
  const stop = (): void => {
    for (const signal of signals) process.off(signal, exit);
  };
  const exit = (signal: NodeJS.Signals): void => {
    stop();
    const closed = ends.map(async (end) => end.close());
    void Promise.allSettled([...closed, pause(goodbyeMs)]).then(() => {
      process.kill(process.pid, signal);
    });
  };
  for (const signal of signals) process.on(signal, exit);
  return stop;
}
