// What external games need kept: only which numbers were given, so that none comes twice. The games
// themselves live in their players' programs, and their results are stored as matches.

export interface ExternalStore {
  /** The next number, from 1: never the same, whatever happens after. */
  takeNumber(): Promise<number>;
}
