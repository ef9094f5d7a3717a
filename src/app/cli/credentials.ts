// The sessions of accounts that this machine is logged in with, by server: one JSON file in the
// user's configuration folder, readable by that user alone. A session is as good as a password for
// a month, which is why guests (who cannot log in again anyway) and passwords are not in it.

import { randomUUID } from 'node:crypto';
import { mkdir, open, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Compile } from 'typebox/compile';
import { parseJson } from '../../base/json.ts';
import type { SessionStore } from '../../client/index.ts';
import { Session, type Static, t } from '../../contract/schema.ts';

const File = t.Object({
  version: t.Literal(1),
  servers: t.Record(
    t.String(),
    t.Object({ last: t.Optional(t.String()), sessions: t.Record(t.String(), Session) }),
  ),
});
type File = Static<typeof File>;
const fileSchema = Compile(File);

/** A holder that died leaves its lock behind; an exchange of tokens takes far less than this. */
const lockStaleMs = 20_000;
const lockRetryMs = 50;

type Env = Readonly<Record<string, string | undefined>>;

/** XDG on every system: one place to document. PAPERCLIP_SESSIONS names another file. */
export const sessionsPath = (env: Env): string =>
  env['PAPERCLIP_SESSIONS'] ||
  join(
    env['XDG_CONFIG_HOME'] || join(env['HOME'] || homedir(), '.config'),
    'paperclip',
    'sessions.json',
  );

export class CredentialFile {
  readonly path: string;

  constructor(env: Env) {
    this.path = sessionsPath(env);
  }

  /** The account used last on this server, then the others. */
  async sessions(server: string): Promise<readonly Session[]> {
    const entry = own((await this.#read()).servers, server);
    if (entry === undefined) return [];
    const all = Object.values(entry.sessions);
    return all.sort((a, b) => Number(isLast(b, entry.last)) - Number(isLast(a, entry.last)));
  }

  /** Names ignore case, as on the server. */
  async session(server: string, name: string): Promise<Session | undefined> {
    const entry = own((await this.#read()).servers, server);
    return entry && own(entry.sessions, key(name));
  }

  /** For one account on one server. */
  store(server: string, name: string): SessionStore {
    let holdsLock = false;
    const save = (session: Session | undefined) => this.#save(server, name, session);
    return {
      load: () => this.session(server, name),
      save: (session) => (holdsLock ? save(session) : this.#locked(() => save(session))),
      exclusively: (run) =>
        this.#locked(async () => {
          holdsLock = true;
          try {
            return await run();
          } finally {
            holdsLock = false;
          }
        }),
    };
  }

  async #save(server: string, name: string, session: Session | undefined): Promise<void> {
    const file = await this.#read();
    const entry = own(file.servers, server) ?? { sessions: {} };
    const { [key(name)]: _, ...others } = entry.sessions;
    const sessions = session === undefined ? others : { ...others, [key(name)]: session };
    const last = session === undefined ? Object.keys(others)[0] : key(name);
    const next = last === undefined ? { sessions } : { last, sessions };
    await this.#write({ ...file, servers: { ...file.servers, [server]: next } });
  }

  /** What is missing or broken counts as empty: everyone can log in again. */
  async #read(): Promise<File> {
    const empty: File = { version: 1, servers: {} };
    const text = await readFile(this.path, 'utf8').catch(() => undefined);
    if (text === undefined) return empty;
    const parsed = parseJson(text);
    return parsed.ok && fileSchema.Check(parsed.value) ? parsed.value : empty;
  }

  /** Whole or not at all, and never readable by others, not even for a moment. */
  async #write(file: File): Promise<void> {
    await mkdir(dirname(this.path), { recursive: true, mode: 0o700 });
    const draft = `${this.path}.${randomUUID()}`;
    await writeFile(draft, `${JSON.stringify(file, null, 2)}\n`, { mode: 0o600, flag: 'wx' });
    await rename(draft, this.path);
  }

  async #locked<T>(run: () => Promise<T>): Promise<T> {
    await mkdir(dirname(this.path), { recursive: true, mode: 0o700 });
    const lock = `${this.path}.lock`;
    for (;;) {
      const held = await open(lock, 'wx', 0o600).catch((cause: NodeJS.ErrnoException) => {
        if (cause.code === 'EEXIST') return undefined;
        throw cause;
      });
      if (held !== undefined) {
        try {
          return await run();
        } finally {
          await held.close();
          await rm(lock, { force: true });
        }
      }
      const info = await stat(lock).catch(() => undefined);
      if (info !== undefined && Date.now() - info.mtimeMs > lockStaleMs) {
        await rm(lock, { force: true });
      } else await sleep(lockRetryMs);
    }
  }
}

/** A server or a player may be called `constructor`. */
const own = <T>(record: Readonly<Record<string, T>>, name: string): T | undefined =>
  Object.hasOwn(record, name) ? record[name] : undefined;

const key = (name: string): string => name.toLowerCase();
const isLast = (session: Session, last: string | undefined): boolean =>
  key(session.player.name) === last;
