// Where `paperclip lobby` connects to, from its flags: a port in one of two formats, or the
// WebSocket of a server.

import { readFile } from 'node:fs/promises';
import { ClientError, serverUrl, urlText } from '../../client/index.ts';
import type { LobbyAddress, LobbyFormat } from '../../client/lobby/connect-lobby.ts';
import type { CommandContext } from './command.ts';
import { serverOf } from './server-url.ts';
import { numberFlag, UsageError } from './usage.ts';

/** As `paperclip serve` has them. */
const portDefaults = {
  plain: { json: 8002, qdatastream: 8001 },
  tls: { json: 8004, qdatastream: 8003 },
} as const;

export async function lobbyAddress(context: CommandContext): Promise<LobbyAddress> {
  const { typed } = context;
  const server = serverUrl(serverOf(context));
  if (typed.isSet('ws')) {
    const useless = ['host', 'port', 'format', 'tls', 'ca'].find((flag) => typed.isSet(flag));
    if (useless !== undefined) {
      throw new UsageError(`--${useless} is not for --ws, which goes to --server.`);
    }
    return { kind: 'web-socket', url: `${urlText(server).replace(/^http/, 'ws')}/lobby` };
  }
  const format = formatOf(typed.text('format') ?? 'json');
  const host = typed.text('host') ?? server.hostname.replace(/^\[|\]$/g, '');
  const bounds = { min: 1, max: 65_535, whole: true } as const;
  const isTls = typed.isSet('tls');
  const ports = portDefaults[isTls ? 'tls' : 'plain'];
  const port = numberFlag(typed, 'port', bounds) ?? ports[format];
  const file = typed.text('ca');
  if (!isTls) {
    if (file !== undefined) throw new UsageError('--ca is for --tls.');
    return { kind: 'tcp', host, port, format };
  }
  if (file === undefined) return { kind: 'tcp', host, port, format, tls: {} };
  const ca = await readFile(file, 'utf8').catch((cause: unknown) => {
    throw new UsageError(`--ca ${file} cannot be read: ${reasonOf(cause)}.`);
  });
  return { kind: 'tcp', host, port, format, tls: { ca } };
}

export function unreachable(address: LobbyAddress, cause: unknown): ClientError {
  const url = address.kind === 'tcp' ? `${address.host}:${address.port}` : address.url;
  return new ClientError('SERVER_UNREACHABLE', { url, problem: reasonOf(cause) });
}

function formatOf(text: string): LobbyFormat {
  if (text === 'json' || text === 'qdatastream') return text;
  throw new UsageError(`--format takes json or qdatastream, not "${text}".`);
}

const reasonOf = (cause: unknown): string =>
  cause instanceof Error && 'code' in cause
    ? String(cause.code)
    : cause instanceof Error
      ? cause.message
      : String(cause);
