// `paperclip doctor`: what a match needs of this machine, each tried for real. It changes nothing
// that it does not take back.

import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { mkdtemp, rm, stat } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { ClientError, visit } from '../../client/index.ts';
import { cryptoInUse } from '../../driver/index.ts';
import { type CommandContext, type ExitCode, exitCodes } from './command.ts';
import { sessionsPath } from './credentials.ts';
import { wrap } from './help.ts';
import { nodeProblem } from './node-version.ts';
import { serverOf } from './server-url.ts';

type Finding =
  | { readonly state: 'ok' | 'note'; readonly text: string }
  | { readonly state: 'bad'; readonly text: string; readonly fix: string };

interface Check {
  readonly name: string;
  readonly run: (context: CommandContext) => Promise<Finding>;
}

const echoWithinMs = 2_000;

const checks: readonly Check[] = [
  { name: 'node', run: checkNode },
  { name: 'crypto', run: checkCrypto },
  { name: 'udp', run: checkUdp },
  { name: 'folder', run: checkFolder },
  { name: 'server', run: checkServer },
];

export async function doctorCommand(context: CommandContext): Promise<ExitCode> {
  const { terminal } = context;
  let bad = 0;
  for (const { name, run } of checks) {
    const finding = await run(context);
    terminal.event('check', { name, ...finding });
    const mark = {
      ok: terminal.style('green', 'ok  '),
      note: terminal.style('yellow', 'note'),
      bad: terminal.style('red', 'BAD '),
    }[finding.state];
    terminal.line(`${mark}  ${name.padEnd(7)} ${finding.text}`);
    if (finding.state !== 'bad') continue;
    bad++;
    for (const line of wrap(finding.fix, 70)) terminal.line(`${' '.repeat(14)}${line}`);
  }
  terminal.line();
  terminal.line(bad === 0 ? 'All is well.' : `${bad} of ${checks.length} checks failed.`);
  return bad === 0 ? exitCodes.ok : exitCodes.failed;
}

async function checkNode(): Promise<Finding> {
  const version = process.versions.node;
  const problem = nodeProblem(version);
  return problem === undefined
    ? { state: 'ok', text: `Node ${version}` }
    : { state: 'bad', ...problem };
}

/** Both libraries seal alike; without sodium-native, handshakes and packets cost more. */
async function checkCrypto(): Promise<Finding> {
  const { library, isDirect, problem } = cryptoInUse();
  const packets = isDirect ? 'packets by the OpenSSL of Node' : `packets by ${library}`;
  return problem === undefined
    ? { state: 'ok', text: `${library}, ${packets}` }
    : { state: 'note', text: `${library}, ${packets}: sodium-native does not load (${problem})` };
}

/** A datagram of the largest size that the protocol sends, there and back. */
async function checkUdp(): Promise<Finding> {
  const socket = createSocket('udp4');
  try {
    socket.bind(0, '127.0.0.1');
    await once(socket, 'listening');
    const echo = once(socket, 'message', { signal: AbortSignal.timeout(echoWithinMs) });
    socket.send(new Uint8Array(1200), socket.address().port, '127.0.0.1');
    await echo;
    return { state: 'ok', text: '1,200 bytes came back over loopback UDP' };
  } catch (cause) {
    return {
      state: 'bad',
      text: `loopback UDP does not work (${messageOf(cause)})`,
      fix: 'A firewall or a sandbox keeps UDP away; matches need it.',
    };
  } finally {
    socket.close();
  }
}

/** Where sessions are kept; a folder above when it is not there yet. */
async function checkFolder({ host }: CommandContext): Promise<Finding> {
  let folder = dirname(sessionsPath(host.env));
  while (!(await exists(folder)) && dirname(folder) !== folder) folder = dirname(folder);
  try {
    await rm(await mkdtemp(join(folder, '.paperclip-doctor-')), { recursive: true });
    await rm(await mkdtemp(join(tmpdir(), 'paperclip-doctor-')), { recursive: true });
    return { state: 'ok', text: `sessions can be kept in ${sessionsPath(host.env)}` };
  } catch (cause) {
    return {
      state: 'bad',
      text: `${folder} cannot be written (${messageOf(cause)})`,
      fix: 'Mend its owner and mode, or name another file in PAPERCLIP_SESSIONS.',
    };
  }
}

async function checkServer(context: CommandContext): Promise<Finding> {
  const url = serverOf(context);
  try {
    const { games } = await visit(url, { timeoutMs: 3_000 }).call('game.list');
    return { state: 'ok', text: `${url} runs ${games.map(({ name }) => name).join(', ')}` };
  } catch (cause) {
    if (!(cause instanceof ClientError)) {
      return { state: 'bad', text: messageOf(cause), fix: 'Look at the server’s log.' };
    }
    const { code, message, fix } = cause.body;
    const asked = context.typed.isSet('server') || context.host.env['PAPERCLIP_SERVER'];
    if (asked || code !== 'SERVER_UNREACHABLE') return { state: 'bad', text: message, fix };
    return (await portIsFree(new URL(url)))
      ? { state: 'note', text: `no server at ${url} yet; its port is free for \`npm start\`` }
      : { state: 'bad', text: message, fix: 'The port is taken: `npm start -- --port 0`.' };
  }
}

async function portIsFree(url: URL): Promise<boolean> {
  const server = createServer();
  try {
    server.listen(Number(url.port), url.hostname);
    await once(server, 'listening');
    return true;
  } catch {
    return false;
  } finally {
    server.close();
  }
}

const exists = async (path: string): Promise<boolean> =>
  (await stat(path).catch(() => undefined)) !== undefined;

const messageOf = (cause: unknown): string =>
  cause instanceof Error ? cause.message : String(cause);
