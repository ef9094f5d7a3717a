// `paperclip whoami` and `paperclip logout`: the account that this machine is logged in with.

import { connect, serverUrl, urlText } from '../../client/index.ts';
import { PaperclipError } from '../../contract/errors.ts';
import type { Session } from '../../contract/schema.ts';
import { type CommandContext, type ExitCode, exitCodes } from './command.ts';
import { CredentialFile } from './credentials.ts';
import { serverOf } from './server-url.ts';

const notLoggedIn = (context: CommandContext, server: string): ExitCode => {
  const { terminal } = context;
  terminal.event('nobody', { server });
  terminal.line(`Nobody is logged in at ${server}. \`paperclip play\` asks for an account.`);
  return exitCodes.failed;
};

export async function whoamiCommand(context: CommandContext): Promise<ExitCode> {
  const { terminal, host } = context;
  const server = urlText(serverUrl(serverOf(context)));
  const file = new CredentialFile(host.env);
  const sessions = await file.sessions(server);
  const [session, ...others] = sessions;
  if (session === undefined) return notLoggedIn(context, server);
  const me = await open(file, server, session);
  const { player, lobbyId, matchId } = await me.call('account.me');
  me.close();
  terminal.event('player', { server, player, lobbyId, matchId });
  terminal.line(`${terminal.style('bold', player.name)} (${player.kind}) at ${server}`);
  if (matchId !== undefined) terminal.line(`in match ${matchId}`);
  else if (lobbyId !== undefined) terminal.line(`in lobby ${lobbyId}`);
  if (others.length > 0) {
    terminal.line(`also logged in: ${others.map((one) => one.player.name).join(', ')}`);
  }
  return exitCodes.ok;
}

export async function logoutCommand(context: CommandContext): Promise<ExitCode> {
  const { terminal, host, typed } = context;
  const server = urlText(serverUrl(serverOf(context)));
  const file = new CredentialFile(host.env);
  const name = typed.text('name');
  const session =
    name === undefined ? (await file.sessions(server))[0] : await file.session(server, name);
  if (session === undefined) return notLoggedIn(context, server);
  const me = await open(file, server, session);
  try {
    await me.logout();
  } catch (cause) {
    // A session that has ended on the server only has to be forgotten.
    if (!(cause instanceof PaperclipError)) throw cause;
    await file.store(server, session.player.name).save(undefined);
  }
  terminal.event('logged-out', { server, name: session.player.name });
  terminal.line(`Logged ${session.player.name} out at ${server}.`);
  return exitCodes.ok;
}

const open = (file: CredentialFile, server: string, session: Session) =>
  connect(server, { session, store: file.store(server, session.player.name) });
