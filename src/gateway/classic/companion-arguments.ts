// What a request of the classic HTTP companion brings: members of a JSON object in the body, on any
// method, and of the query. The body's win, since the older clients send nothing else.

import type { FastifyRequest } from 'fastify';
import { concatBytes, utf8Text } from '../../base/bytes.ts';
import { badRequest } from '../failure.ts';
import { parseUntrustedJson } from '../untrusted-json.ts';
import { companionLimits as limits } from './companion-limits.ts';

export class CompanionArguments {
  readonly #values: Readonly<Record<string, unknown>>;

  constructor(values: Readonly<Record<string, unknown>>) {
    this.#values = values;
  }

  /** A text, or a number as text; undefined for what is missing, empty or of another kind. */
  text(name: string): string | undefined {
    const value = Object.hasOwn(this.#values, name) ? this.#values[name] : undefined;
    if (typeof value === 'number') return String(value);
    return typeof value === 'string' && value !== '' ? value : undefined;
  }

  /** As `text`. Throws BAD_REQUEST that names what is missing. */
  required(name: string): string {
    const value = this.text(name);
    if (value === undefined) throw badRequest(name, 'is missing');
    return value;
  }
}

/** Rejects with BAD_REQUEST. */
export async function readArguments({ raw, query }: FastifyRequest): Promise<CompanionArguments> {
  const fromQuery = typeof query === 'object' && query !== null ? query : {};
  const bytes = await readBody(raw);
  if (bytes.length === 0) return new CompanionArguments({ ...fromQuery });
  const text = utf8Text(bytes);
  if (text === undefined) throw badRequest('body', 'is not UTF-8');
  const parsed = parseUntrustedJson(text);
  if (!parsed.ok) throw badRequest('body', parsed.error);
  const { value } = parsed;
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw badRequest('body', 'must be a JSON object');
  }
  return new CompanionArguments({ ...fromQuery, ...value });
}

/** The server's time-out for whole requests bounds the wait. */
async function readBody(request: FastifyRequest['raw']): Promise<Uint8Array> {
  const parts: Uint8Array[] = [];
  let length = 0;
  try {
    // Destroyed, it would take the answer with it.
    for await (const part of request.iterator({ destroyOnReturn: false })) {
      const bytes = part as Uint8Array;
      length += bytes.length;
      if (length > limits.bodyBytesMax) break;
      parts.push(bytes);
    }
  } catch {
    // Boundary: the stream throws when the client goes away.
    throw badRequest('body', 'ended early');
  }
  if (length > limits.bodyBytesMax) {
    throw badRequest('body', `is larger than ${limits.bodyBytesMax} bytes`);
  }
  return concatBytes(...parts);
}
