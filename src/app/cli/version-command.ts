// `paperclip version`.

import { readFile } from 'node:fs/promises';
import { type CommandContext, type ExitCode, exitCodes } from './command.ts';

export async function versionCommand({ terminal }: CommandContext): Promise<ExitCode> {
  const version = await packageVersion();
  terminal.event('version', { paperclip: version, node: process.versions.node });
  terminal.line(`paperclip ${version}, node ${process.versions.node}`);
  return exitCodes.ok;
}

/** The repository has it three folders up, the built package one more. */
async function packageVersion(): Promise<string> {
  for (const up of ['../../../package.json', '../../../../package.json']) {
    const text = await readFile(new URL(up, import.meta.url), 'utf8').catch(() => undefined);
    if (text === undefined) continue;
    const { version } = JSON.parse(text) as { readonly version?: unknown };
    if (typeof version === 'string') return version;
  }
  return 'unknown';
}
