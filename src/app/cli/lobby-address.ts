// Where `paperclip lobby` connects to, from its flags: a port in one of two formats, or the
// WebSocket of a server.

import { type ClientError, serverUrl, urlText } from '../../client/index.ts';
import type { LobbyAddress, LobbyFormat } from '../../client/lobby/connect-lobby.ts';
import type { CommandContext } from './command.ts';
import { serverOf } from './server-url.ts';
import { authorityFor, connectFailure } from './tls-trust.ts';
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
  if (!isTls) {
    if (typed.isSet('ca')) throw new UsageError('--ca is for --tls.');
    return { kind: 'tcp', host, port, format };
  }
  const ca = await authorityFor(context, host);
  return { kind: 'tcp', host, port, format, tls: ca === undefined ? {} : { ca } };
}

export function unreachable(address: LobbyAddress, cause: unknown): ClientError {
  const url = address.kind === 'tcp' ? `${address.host}:${address.port}` : address.url;
  return connectFailure(url, cause);
}

function formatOf(text: string): LobbyFormat {
  if (text === 'json' || text === 'qdatastream') return text;
  throw new UsageError(`--format takes json or qdatastream, not "${text}".`);
}
