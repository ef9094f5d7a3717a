// A store that fails or dawdles when a test says so: any of its methods. What fails writes nothing,
// and what is held has not begun.

import type { Store } from './store.ts';

type Part = Exclude<keyof Store, 'close'>;
type Method = { [P in Part]: `${P}.${string & keyof Store[P]}` }[Part];

export interface HeldCall {
  /** Resolves when there is the call. */
  readonly reached: Promise<void>;
  letGo(): void;
}

export interface FailingStore {
  readonly store: Store;
  /** The next `times` calls reject, and nothing is written. */
  fail(method: Method, times?: number): void;
  /** The next call waits, before it does anything, until it is let go. */
  hold(method: Method): HeldCall;
  /** Calls that were let fail so far. */
  readonly failures: number;
}

export function failingStore(inner: Store): FailingStore {
  const left = new Map<string, number>();
  const held = new Map<string, { readonly reach: () => void; readonly gone: Promise<void> }>();
  let failures = 0;
  const part = <P extends Part>(name: P): Store[P] =>
    new Proxy(inner[name], {
      get(target, method) {
        const value: unknown = Reflect.get(target, method);
        if (typeof value !== 'function') return value;
        return async (...args: readonly unknown[]) => {
          const key = `${name}.${String(method)}`;
          const times = left.get(key) ?? 0;
          if (times > 0) {
            left.set(key, times - 1);
            failures++;
            throw new Error(`${key}: the disk is full`);
          }
          const hold = held.get(key);
          held.delete(key);
          hold?.reach();
          await hold?.gone;
          return Reflect.apply(value, target, args);
        };
      },
    });
  return {
    store: {
      accounts: part('accounts'),
      numbers: part('numbers'),
      classicKeys: part('classicKeys'),
      sessions: part('sessions'),
      logins: part('logins'),
      sanctions: part('sanctions'),
      friends: part('friends'),
      blocks: part('blocks'),
      visits: part('visits'),
      messages: part('messages'),
      deviceKeys: part('deviceKeys'),
      lobbies: part('lobbies'),
      matches: part('matches'),
      ratings: part('ratings'),
      external: part('external'),
      close: () => inner.close(),
    },
    fail: (method, times = Number.POSITIVE_INFINITY) => void left.set(method, times),
    hold: (method) => {
      const reached = Promise.withResolvers<void>();
      const gone = Promise.withResolvers<void>();
      held.set(method, { reach: reached.resolve, gone: gone.promise });
      return { reached: reached.promise, letGo: gone.resolve };
    },
    get failures() {
      return failures;
    },
  };
}
