// Accounts for `paperclip lobby`: questions for a name and a password, and the two commands that
// make an account one that the lobby protocol can log in to.

import { connect, visit } from '../../client/index.ts';
import type { CommandContext } from './command.ts';
import { Prompts } from './prompts.ts';
import { serverOf } from './server-url.ts';
import { UsageError } from './usage.ts';

export interface LobbyAccount {
  readonly login: string;
  readonly password: string;
}

export async function askedAccount({ typed, host }: CommandContext): Promise<LobbyAccount> {
  const prompts = new Prompts(host);
  const check = (text: string) => (text === '' ? 'Type something.' : undefined);
  const login = typed.text('user') ?? (await prompts.text('Name', check));
  const known = host.env['PAPERCLIP_PASSWORD'] || undefined;
  const password = known ?? (await prompts.password('Password', check));
  if (!typed.isSet('register') || known !== undefined) return { login, password };
  await prompts.password('The same again', (text) =>
    text === password ? undefined : 'That is not the same.',
  );
  return { login, password };
}

/** As --register and --enable say; without them, nothing. */
export async function prepareAccount(
  context: CommandContext,
  { login: name, password }: LobbyAccount,
): Promise<void> {
  const { typed, terminal } = context;
  const [registers, enables] = [typed.isSet('register'), typed.isSet('enable')];
  if (registers && enables) throw new UsageError('Use either --register or --enable.');
  if (!registers && !enables) return;
  const server = serverOf(context);
  const identity = registers
    ? {
        session: await visit(server).call('account.register', {
          ...{ name, password, digestLogin: true },
        }),
      }
    : { login: { name, password } };
  const me = await connect(server, identity);
  try {
    if (enables) await me.call('account.enable-digest-login', { password });
    // The lobby protocol makes its own.
    await me.call('account.logout');
  } finally {
    me.close();
  }
  terminal.event(registers ? 'registered' : 'enabled', { name });
  terminal.line(
    registers ? `The account ${name} is made.` : `${name} may log in by the SHA-256 from now on.`,
  );
}
