// The sessions of accounts that this machine is logged in with, by server: one JSON file in the
// user's configuration folder, readable by that user alone. A session is as good as a password for
// a month, which is why guests (who cannot log in again anyway) and passwords are not in it.

import { homedir } from 'node:os';
import { join } from 'node:path';
import { Compile } from 'typebox/compile';
import { parseJson } from '../../base/json.ts';
import type { SessionStore } from '../../client/index.ts';
import { Session, type Static, t } from '../../contract/schema.ts';
import { PrivateFile } from './private-file.ts';

const File = t.Object({
  version: t.Literal(1),
  servers: t.Record(
    t.String(),
    t.Object({ last: t.Optional(t.String()), sessions: t.Record(t.String(), Session) }),
  ),
});
type File = Static<typeof File>;
const fileSchema = Compile(File);

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
  readonly #file: PrivateFile;

  constructor(env: Env) {
    this.path = sessionsPath(env);
    this.#file = new PrivateFile(this.path);
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
      save: (session) => (holdsLock ? save(session) : this.#file.locked(() => save(session))),
      exclusively: (run) =>
        this.#file.locked(async () => {
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
    const text = await this.#file.read().catch(() => undefined);
    if (text === undefined) return empty;
    const parsed = parseJson(text);
    return parsed.ok && fileSchema.Check(parsed.value) ? parsed.value : empty;
  }

  #write(file: File): Promise<void> {
    return this.#file.write(`${JSON.stringify(file, null, 2)}\n`);
  }
}

/** A server or a player may be called `constructor`. */
const own = <T>(record: Readonly<Record<string, T>>, name: string): T | undefined =>
  Object.hasOwn(record, name) ? record[name] : undefined;

const key = (name: string): string => name.toLowerCase();
const isLast = (session: Session, last: string | undefined): boolean =>
  key(session.player.name) === last;
