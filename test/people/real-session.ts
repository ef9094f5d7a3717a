// What every session over a socket has in the real world, beside what a history asks of it.

import type { Call } from './by-commands.ts';
import type { PeopleSession } from './history.ts';

export interface RealSession extends PeopleSession {
  /** Resolves when everything that the server had sent has been read here. */
  mark(): Promise<void>;
  /** At once, and without a word. */
  destroy(): void;
}

/** Who logs in, and where. */
export interface Visitor {
  readonly name: string;
  readonly password: string;
  /** Everybody in the history. */
  readonly names: readonly string[];
  readonly game: string;
  /** As the same player over HTTP: for what the wire cannot say. */
  readonly overHttp: Call;
}
