// Which authority a command believes when it connects over TLS, and what a connection that did not
// come about means. What is believed is given with --ca, or is the authority of this machine's own
// server where that is connected to, or those that Node brings.

import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { ClientError } from '../../client/index.ts';
import { isLoopback } from '../server/server-config.ts';
import { localCertificates } from './certs-command.ts';
import type { CommandContext } from './command.ts';
import { UsageError } from './usage.ts';

/** PEM; undefined: those that Node brings. */
export async function authorityFor(
  { typed, host }: CommandContext,
  server: string,
): Promise<string | undefined> {
  const given = typed.text('ca');
  const local = join(localCertificates(host), 'ca.pem');
  // A server elsewhere is not of this machine's authority.
  const isHere = isLoopback(server) && existsSync(local);
  if (given === undefined && !isHere) return undefined;
  return readFile(given ?? local, 'utf8').catch((cause: unknown) => {
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new UsageError(`--ca ${given ?? local} cannot be read: ${why}.`);
  });
}

export function connectFailure(url: string, cause: unknown): ClientError {
  const code = cause instanceof Error && 'code' in cause ? String(cause.code) : '';
  const isNotTrusted = /CERT|SELF_SIGNED|VERIFY|ALTNAME/.test(code);
  const problem = code || (cause instanceof Error ? cause.message : String(cause));
  return new ClientError(isNotTrusted ? 'SERVER_NOT_TRUSTED' : 'SERVER_UNREACHABLE', {
    url,
    problem,
  });
}
