// A store that fails when a test says so: any of its methods, a number of times. What fails
// writes nothing.

import type { Store } from './store.ts';

type Part = Exclude<keyof Store, 'close'>;
type Method = { [P in Part]: `${P}.${string & keyof Store[P]}` }[Part];

export interface FailingStore {
  readonly store: Store;
  /** The next `times` calls reject, and nothing is written. */
  fail(method: Method, times?: number): void;
  /** Calls that were let fail so far. */
  readonly failures: number;
}

export function failingStore(inner: Store): FailingStore {
  const left = new Map<string, number>();
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
          return Reflect.apply(value, target, args);
        };
      },
    });
  return {
    store: {
      accounts: part('accounts'),
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
      close: () => inner.close(),
    },
    fail: (method, times = Number.POSITIVE_INFINITY) => void left.set(method, times),
    get failures() {
      return failures;
    },
  };
}
