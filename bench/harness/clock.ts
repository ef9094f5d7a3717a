// The one clock of all benchmark processes: CLOCK_MONOTONIC, which is the same in every process of
// a machine and in C, so that a time taken in one may be subtracted from one taken in another.

/** Milliseconds since some moment before every process. */
export function clockMs(): number {
  const [seconds, nanoseconds] = process.hrtime();
  return seconds * 1000 + nanoseconds / 1e6;
}

export const sleepMs = (ms: number): Promise<void> =>
  new Promise((resolve) => setTimeout(resolve, ms));

/** Even a caller that is late for everything lets the event loop go round so often. */
const busyMsMax = 2;

/**
 * Calls `act` every `intervalMs` on the average until `untilMs`, each time as soon after its due
 * time as a timer of whole milliseconds allows: a late call does not put off the later ones. It may
 * end before, when `goesOn` says no.
 */
export async function everyInterval(
  intervalMs: number,
  untilMs: number,
  act: () => void,
  goesOn: () => boolean = () => true,
): Promise<void> {
  let turnMs = clockMs();
  for (let dueMs = turnMs; dueMs < untilMs && goesOn(); dueMs += intervalMs) {
    const nowMs = clockMs();
    if (dueMs > nowMs || nowMs - turnMs > busyMsMax) {
      await (dueMs > nowMs ? sleepMs(Math.ceil(dueMs - nowMs)) : nextTurn());
      turnMs = clockMs();
    }
    act();
  }
}

const nextTurn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
