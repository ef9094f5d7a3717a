// One session: its access token, and the exchange of the refresh token when that has expired. A
// refresh token works once, so everyone who needs a new one waits for the same exchange; with a
// `SessionStore` that several processes share, its lock does the same between them.

import { PaperclipError } from '../contract/errors.ts';
import type { Session } from '../contract/schema.ts';
import type { HttpCaller } from './http-caller.ts';

/** Where a session lives between runs. `undefined` is saved when the session has ended. */
export interface SessionStore {
  load(): Promise<Session | undefined>;
  save(session: Session | undefined): Promise<void>;
  /** Run while no other process does. Absent: nobody else has this session. */
  exclusively?<T>(run: () => Promise<T>): Promise<T>;
}

export class SessionKeeper {
  readonly #http: HttpCaller;
  readonly #store: SessionStore | undefined;
  #session: Session;
  #refreshing: Promise<void> | undefined;

  constructor(http: HttpCaller, session: Session, store?: SessionStore) {
    this.#http = http;
    this.#session = session;
    this.#store = store;
  }

  get session(): Session {
    return this.#session;
  }

  /** Run with an access token; when it turns out to be expired, renew it and run once more. */
  async withToken<T>(run: (accessToken: string) => Promise<T>): Promise<T> {
    // Twice, because the token that another process left in the store may be an old one, too.
    for (let renewals = 0; ; renewals++) {
      const { accessToken } = this.#session;
      try {
        return await run(accessToken);
      } catch (cause) {
        const expired = cause instanceof PaperclipError && cause.code === 'SESSION_EXPIRED';
        if (!expired || renewals === 2) throw cause;
      }
      await this.#renew(accessToken);
    }
  }

  /** Replace `expired`, unless somebody has done it already. */
  #renew(expired: string): Promise<void> {
    if (this.#session.accessToken !== expired) return Promise.resolve();
    this.#refreshing ??= this.#exclusively(() => this.#exchange(expired)).finally(() => {
      this.#refreshing = undefined;
    });
    return this.#refreshing;
  }

  /** The session is over on the server: forget it here too. */
  async forget(): Promise<void> {
    await this.#store?.save(undefined);
  }

  #exclusively(run: () => Promise<void>): Promise<void> {
    return this.#store?.exclusively === undefined ? run() : this.#store.exclusively(run);
  }

  async #exchange(expired: string): Promise<void> {
    const stored = await this.#store?.load();
    if (stored?.player.id === this.#session.player.id && stored.accessToken !== expired) {
      // Another process of this player was faster; its token is ours.
      this.#session = stored;
      return;
    }
    const { refreshToken } = this.#session;
    try {
      this.#session = await this.#http.call('account.refresh', { refreshToken });
    } catch (cause) {
      if (cause instanceof PaperclipError && cause.code.startsWith('REFRESH_')) await this.forget();
      throw cause;
    }
    await this.#store?.save(this.#session);
  }
}
