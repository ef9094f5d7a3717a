// From flags, the environment, stored sessions and, where somebody is there, questions, to a player
// on the server. Accounts are remembered for the next time; guests are not.

import { connect, type PlayerClient, serverUrl, urlText } from '../../client/index.ts';
import { PaperclipError } from '../../contract/errors.ts';
import { contractLimits as limits } from '../../contract/limits.ts';
import type { Session } from '../../contract/schema.ts';
import type { CommandContext } from './command.ts';
import { CredentialFile } from './credentials.ts';
import { Prompts } from './prompts.ts';
import { serverOf } from './server-url.ts';
import { UsageError } from './usage.ts';

type Way =
  | { readonly kind: 'guest'; readonly name: string | undefined }
  | { readonly kind: 'stored'; readonly session: Session }
  | { readonly kind: 'login' | 'register'; readonly name: string; readonly password: string };

export async function signIn(context: CommandContext): Promise<PlayerClient> {
  const server = urlText(serverUrl(serverOf(context)));
  const file = new CredentialFile(context.host.env);
  const stored = await file.sessions(server);
  const way = wayByFlags(context, stored) ?? (await wayByQuestions(context, stored));
  switch (way.kind) {
    case 'guest':
      return connect(server, { guest: way.name ?? true });
    case 'stored':
      return resume(context, file, server, way.session);
    case 'login':
    case 'register': {
      const { name, password } = way;
      return connect(server, {
        [way.kind]: { name, password },
        store: file.store(server, name),
      });
    }
    default:
      return way satisfies never;
  }
}

/** Undefined when the flags leave it open and somebody can be asked. */
function wayByFlags(context: CommandContext, stored: readonly Session[]): Way | undefined {
  const { typed, terminal, host } = context;
  const name = typed.text('name');
  if (typed.isSet('guest')) {
    if (typed.isSet('register')) throw new UsageError('Use either --guest or --register.');
    return { kind: 'guest', name };
  }
  const password = passwordGiven(context);
  if (typed.isSet('register')) {
    if (name !== undefined && password !== undefined) return { kind: 'register', name, password };
    if (terminal.interactive) return undefined;
    throw new UsageError('--register needs --name, and a password in PAPERCLIP_PASSWORD.');
  }
  if (name !== undefined) {
    if (password !== undefined) return { kind: 'login', name, password };
    const session = stored.find((one) => sameName(one.player.name, name));
    if (session !== undefined) return { kind: 'stored', session };
    if (terminal.interactive) return undefined;
    throw new UsageError(`--name ${name} needs a password: put it into PAPERCLIP_PASSWORD.`);
  }
  if (terminal.interactive) return undefined;
  const [session] = stored;
  if (session !== undefined && host.env['PAPERCLIP_PASSWORD'] === undefined) {
    return { kind: 'stored', session };
  }
  return { kind: 'guest', name: undefined };
}

/** With a note where others could read it. */
export function passwordGiven({ typed, host, terminal }: CommandContext): string | undefined {
  const flag = typed.text('password');
  if (flag === undefined) return host.env['PAPERCLIP_PASSWORD'] || undefined;
  terminal.problem(
    `${terminal.style('yellow', 'Note')}: others on this machine can read a password that ` +
      'stands on the command line; PAPERCLIP_PASSWORD is safer.',
  );
  return flag;
}

async function wayByQuestions(context: CommandContext, stored: readonly Session[]): Promise<Way> {
  const { typed, host } = context;
  const prompts = new Prompts(host);
  const named = typed.text('name');
  const kind = typed.isSet('register')
    ? 'register'
    : named !== undefined
      ? 'login'
      : await prompts.choose<string>('Who are you?', [
          ...stored.map(({ player }) => ({
            value: `as ${player.name}`,
            label: player.name,
            hint: 'logged in here',
          })),
          { value: 'guest', label: 'A guest', hint: 'no account, no password' },
          { value: 'login', label: 'Log in', hint: 'with a name and a password' },
          { value: 'register', label: 'Make an account', hint: 'keeps your wins' },
        ]);
  const session = stored.find(({ player }) => kind === `as ${player.name}`);
  if (session !== undefined) return { kind: 'stored', session };
  if (kind === 'guest') return { kind, name: await guestName(prompts) };
  const registers = kind === 'register';
  const name = named ?? (await prompts.text('Name', checkName));
  const password =
    passwordGiven(context) ??
    (await prompts.password('Password', registers ? checkNewPassword : checkGiven));
  return { kind: registers ? 'register' : 'login', name, password };
}

async function guestName(prompts: Prompts): Promise<string | undefined> {
  const check = (text: string): string | undefined =>
    text.trim() === '' ? undefined : checkName(text);
  const name = (await prompts.text('Name', check, 'Enter for none'))?.trim();
  return name === undefined || name === '' ? undefined : name;
}

/** A stored session may have ended on the server: then it is forgotten, and the way is named. */
async function resume(
  context: CommandContext,
  file: CredentialFile,
  server: string,
  session: Session,
): Promise<PlayerClient> {
  const { name } = session.player;
  const store = file.store(server, name);
  const me = await connect(server, { session, store });
  try {
    await me.call('account.me');
    return me;
  } catch (cause) {
    me.close();
    if (!(cause instanceof PaperclipError) || !endsSession(cause)) throw cause;
    await store.save(undefined);
    context.terminal.problem(`The session of ${name} has ended; log in again.`);
    return signIn(context);
  }
}

const endsSession = ({ code }: PaperclipError): boolean =>
  ['UNAUTHENTICATED', 'REFRESH_REFUSED', 'REFRESH_REUSED', 'SESSION_EXPIRED'].includes(code);

const sameName = (a: string, b: string): boolean => a.toLowerCase() === b.toLowerCase();

// The server checks again, and more; these save a round trip where the answer is plain.
export const checkName = (text: string): string | undefined => {
  const length = [...text.trim()].length;
  const { playerNameCharactersMin: min, playerNameCharactersMax: max } = limits;
  return length < min || length > max ? `${min} to ${max} characters.` : undefined;
};

const checkNewPassword = (text: string): string | undefined => {
  const { passwordCharactersMin: min, passwordCharactersMax: max } = limits;
  return text.length < min || text.length > max ? `${min} to ${max} characters.` : undefined;
};

export const checkGiven = (text: string): string | undefined =>
  text === '' ? 'Type your password.' : undefined;
