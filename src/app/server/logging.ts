// The log over pino: one line per event, on stderr, pretty where a person reads it. Whatever a
// caller puts into the fields, nothing that is called like a secret gets out.

import { pino, stdSerializers } from 'pino';
import type { Log, LogFields } from '../../contract/telemetry.ts';
import { prettyLine } from './pretty-line.ts';

export interface LogOptions {
  readonly level: 'debug' | 'info' | 'warn' | 'error' | 'silent';
  readonly format: 'pretty' | 'json';
  readonly isColored: boolean;
  readonly out: { write(text: string): unknown };
}

const secretNames = [
  'accessToken',
  'auth',
  'authorization',
  'clientSecretKey',
  'cookie',
  'gateKey',
  'metricsToken',
  'password',
  'passwordSha256',
  'phc',
  'refreshToken',
  'secret',
  'secretKey',
  'secrets',
  'seed',
  'ticket',
  'ticketSeed',
  'token',
  'tokenKey',
] as const;

const redactedPaths = secretNames.flatMap((name) => [name, `*.${name}`, `*.*.${name}`]);

export function createLog({ level, format, isColored, out }: LogOptions): Log {
  // In this thread: a worker would outlive what it logs about, and lose the last lines.
  const isPretty = format === 'pretty';
  const write = (line: string) => void out.write(isPretty ? prettyLine(line, isColored) : line);
  const logger = pino(
    {
      level,
      base: null,
      messageKey: 'event',
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }) },
      serializers: { error: stdSerializers.err },
      redact: { paths: redactedPaths, censor: '[secret]' },
    },
    { write },
  );
  const at =
    (name: 'debug' | 'info' | 'warn' | 'error') =>
    (event: string, fields: LogFields = {}): void =>
      logger[name](fields, event);
  return { debug: at('debug'), info: at('info'), warn: at('warn'), error: at('error') };
}
