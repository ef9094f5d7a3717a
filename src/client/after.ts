// One-shot timers as a value, so that tests run back-offs without waiting.

/** Run once after a delay in milliseconds. Returns what cancels it. */
export type After = (delayMs: number, run: () => void) => () => void;

export const hostAfter: After = (delayMs, run) => {
  const timer = setTimeout(run, delayMs);
  return () => clearTimeout(timer);
};
