// `paperclip certs`: a certificate authority, and a server's certificate under it, in a folder. It
// makes what is missing, says what is there, and replaces nothing unless it is told to.

import { X509Certificate } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import {
  type CertificateFiles,
  certificateFiles,
  makeCertificates,
  readAuthority,
  readServerCertificate,
  writeCertificates,
} from '../server/certificate-folder.ts';
import { optionTable, variableOf } from '../server/option-table.ts';
import { systemClock } from '../server/system-ports.ts';
import { type CliHost, type CommandContext, type ExitCode, exitCodes } from './command.ts';
import { UsageError } from './usage.ts';

/** Where the server looks, when it is told nothing else. */
export function localCertificates(host: CliHost): string {
  const data = host.env[variableOf('data')] || optionTable.data.fallback.value;
  return join(dirname(data), 'certificates');
}

export async function certsCommand(context: CommandContext): Promise<ExitCode> {
  const { typed, terminal, host } = context;
  const folder = typed.text('folder') ?? localCertificates(host);
  const names = [...new Set(['localhost', '127.0.0.1', '::1', ...typed.texts('name')])];
  const wish = { names, nowMs: systemClock.now() };
  const files = certificateFiles(folder);
  const isWhole = readServerCertificate(files, wish) !== undefined && existsSync(files.caKey);
  if (isWhole && !typed.isSet('replace')) {
    say(context, 'kept', files);
    return exitCodes.ok;
  }
  const isThere = Object.values(files).some((file) => existsSync(file));
  if (isThere && !typed.isSet('replace')) {
    terminal.event('refused', { folder });
    terminal.problem(
      `${folder} has certificates, and they are not whole, run out soon, or are for other names. ` +
        'With --replace the server gets a new one, under the same authority where its key is there.',
    );
    return exitCodes.failed;
  }
  try {
    const made = makeCertificates(wish, readAuthority(files, wish));
    writeCertificates(folder, made);
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    if (cause instanceof RangeError) throw new UsageError(`--name: ${why}.`);
    terminal.problem(`The certificates in ${folder} cannot be kept: ${why}.`);
    return exitCodes.failed;
  }
  say(context, 'made', files);
  return exitCodes.ok;
}

function say({ terminal }: CommandContext, what: 'made' | 'kept', files: CertificateFiles): void {
  const server = new X509Certificate(readFileSync(files.cert));
  const authority = new X509Certificate(readFileSync(files.ca));
  const names = (server.subjectAltName ?? '').replaceAll(/(DNS|IP Address):/g, '');
  terminal.event('certificates', {
    what,
    files,
    names: names.split(', '),
    validUntil: server.validToDate.toISOString(),
    authorityFingerprint: authority.fingerprint256,
  });
  const until = server.validToDate.toISOString().slice(0, 10);
  terminal.line(what === 'made' ? 'Made:' : 'Kept as it was:');
  terminal.line(`  authority         ${files.ca}`);
  terminal.line(`  its key           ${files.caKey}   secret`);
  terminal.line(`  server            ${files.cert}   until ${until}`);
  terminal.line(`  its key           ${files.key}   secret`);
  terminal.line(`  for               ${names}`);
  terminal.line();
  terminal.line(`Give clients the authority, and nothing else: ${files.ca}`);
  terminal.line(`They can compare its SHA-256: ${authority.fingerprint256}`);
  terminal.line(`A server elsewhere takes: --tls-cert ${files.cert} --tls-key ${files.key}`);
}
