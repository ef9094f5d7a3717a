// One command over HTTP, made from its row of the command table: method, path, query, body. It
// knows of access tokens only that one may be sent; who has it and how it is renewed is
// `player.ts`. Every failure leaves as a `PaperclipError` (the server refused) or a `ClientError`
// (there was no usable answer).

import { parseJson } from '../base/json.ts';
import {
  type CommandArgs,
  type CommandName,
  type CommandResult,
  commandTable,
} from '../contract/commands.ts';
import { type ErrorBody, errorTable, PaperclipError } from '../contract/errors.ts';
import { ClientError } from './client-error.ts';

/** The part of the host's `fetch` that is used, so that tests and odd hosts can bring their own. */
export type Fetch = (
  url: string,
  init: {
    readonly method: string;
    readonly headers: Readonly<Record<string, string>>;
    readonly body?: string;
    readonly signal?: AbortSignal;
  },
) => Promise<{ readonly status: number; text(): Promise<string> }>;

export interface HttpCallerOptions {
  readonly fetch?: Fetch;
  /** Default 15 s: a log-in may wait for its turn to hash. */
  readonly timeoutMs?: number;
}

export interface HttpCaller {
  readonly url: URL;
  call<Name extends CommandName>(
    name: Name,
    args: CommandArgs<Name>,
    accessToken?: string,
  ): Promise<CommandResult<Name>>;
}

const timeoutDefaultMs = 15_000;

export function httpCaller(url: string, options: HttpCallerOptions = {}): HttpCaller {
  const base = serverUrl(url);
  const send: Fetch = options.fetch ?? ((to, init) => fetch(to, init as RequestInit));
  const timeoutMs = options.timeoutMs ?? timeoutDefaultMs;
  return {
    url: base,
    async call(name, args, accessToken) {
      const { method, path, body } = httpRequest(name, args);
      const headers: Record<string, string> = { accept: 'application/json' };
      if (accessToken !== undefined) headers['authorization'] = `Bearer ${accessToken}`;
      if (body !== undefined) headers['content-type'] = 'application/json';
      const request = { method, headers, signal: AbortSignal.timeout(timeoutMs) };
      let status: number;
      let text: string;
      try {
        const response = await send(
          join(base, path),
          body === undefined ? request : { ...request, body },
        );
        status = response.status;
        text = await response.text();
      } catch (cause) {
        throw noAnswer(base, cause, timeoutMs);
      }
      return readAnswer(base, name, status, text);
    },
  };
}

/** `localhost:5000` is meant as http; anything but http and https is a mistake worth naming. */
export function serverUrl(text: string): URL {
  const trimmed = text.trim();
  const url = URL.parse(/^[a-z][a-z0-9+.-]*:\/\//i.test(trimmed) ? trimmed : `http://${trimmed}`);
  if (url === null || (url.protocol !== 'http:' && url.protocol !== 'https:')) {
    throw new ClientError('BAD_URL', { url: trimmed === '' ? 'An empty text' : trimmed });
  }
  url.search = '';
  url.hash = '';
  return url;
}

/** The address for people: no trailing slash. */
export const urlText = (url: URL): string => url.href.replace(/\/$/, '');

const join = (base: URL, path: string): string => urlText(base) + path;

export interface HttpRequest {
  readonly method: string;
  /** With its query. */
  readonly path: string;
  readonly body?: string;
}

/** Members named in the path go there; of the rest, GET makes a query, the others a body. */
export function httpRequest<Name extends CommandName>(
  name: Name,
  args: CommandArgs<Name>,
): HttpRequest {
  const { method, path } = commandTable[name].http;
  const rest = new Map(
    Object.entries(args as object).filter(([, value]: [string, unknown]) => value !== undefined),
  );
  const filled = path.replace(/:(\w+)/g, (_, member: string) => {
    const value: unknown = rest.get(member);
    if (value === undefined || value === '') throw new TypeError(`${name} needs ${member}`);
    rest.delete(member);
    return encodeURIComponent(String(value));
  });
  if (method === 'GET') {
    const query = new URLSearchParams();
    for (const [member, value] of rest) query.set(member, String(value));
    return { method, path: rest.size === 0 ? filled : `${filled}?${query}` };
  }
  if (method === 'DELETE' && rest.size === 0) return { method, path: filled };
  return { method, path: filled, body: JSON.stringify(Object.fromEntries(rest)) };
}

function readAnswer<Name extends CommandName>(
  base: URL,
  name: Name,
  status: number,
  text: string,
): CommandResult<Name> {
  const parsed = parseJson(text === '' ? '{}' : text);
  if (!parsed.ok) {
    throw new ClientError('NOT_PAPERCLIP', {
      url: urlText(base),
      problem: `status ${status}, no JSON, for ${name}`,
    });
  }
  const { value } = parsed;
  if (status >= 200 && status < 300) {
    if (typeof value === 'object' && value !== null) {
      // Boundary: the server checked its answer against the row's schema before it sent it.
      return value as CommandResult<Name>;
    }
  } else if (typeof value === 'object' && value !== null && 'error' in value) {
    const error = remoteError(value.error);
    if (error !== undefined) throw error;
  }
  throw new ClientError('NOT_PAPERCLIP', {
    url: urlText(base),
    problem: `status ${status} for ${name}`,
  });
}

/** An error body from another process as an exception; undefined when it is not one we know. */
export function remoteError(body: unknown): PaperclipError | undefined {
  if (typeof body !== 'object' || body === null || !('code' in body)) return undefined;
  if (typeof body.code !== 'string' || !Object.hasOwn(errorTable, body.code)) return undefined;
  return PaperclipError.from(body as ErrorBody);
}

/** What to tell of a request that got none. */
export function noAnswer(base: URL, cause: unknown, timeoutMs: number): ClientError {
  const url = urlText(base);
  if (cause instanceof Error && (cause.name === 'TimeoutError' || cause.name === 'AbortError')) {
    return new ClientError('SERVER_SLOW', { url, timeoutS: timeoutMs / 1000 }, cause);
  }
  return new ClientError('SERVER_UNREACHABLE', { url, problem: rootCause(cause) }, cause);
}

/** `fetch` says only "fetch failed"; the reason is one or two causes down. */
function rootCause(error: unknown): string {
  let at: unknown = error;
  for (let depth = 0; depth < 4 && at instanceof Error && at.cause !== undefined; depth++) {
    at = at.cause;
  }
  if (!(at instanceof Error)) return String(at);
  const code = 'code' in at && typeof at.code === 'string' ? at.code : undefined;
  return code === 'ECONNREFUSED' ? 'connection refused' : (code ?? at.message);
}
