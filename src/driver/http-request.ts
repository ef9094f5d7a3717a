// One HTTP request as `fetch` will not send it: with a body on any method, as older programs do.

import { request as requestHttp } from 'node:http';
import { request as requestHttps } from 'node:https';

export interface HttpRequestOptions {
  readonly url: string;
  readonly method: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string;
  /** For the whole answer. */
  readonly timeoutMs: number;
  /** Of the answer's body; more is an error. */
  readonly bytesMax: number;
}

/** Rejects with a `TimeoutError` when it takes too long, and with what the socket says. */
export async function httpRequest(
  options: HttpRequestOptions,
): Promise<{ readonly status: number; readonly text: string }> {
  const { url, method, headers, body, timeoutMs, bytesMax } = options;
  const { promise, resolve, reject } = Promise.withResolvers<{ status: number; text: string }>();
  const signal = AbortSignal.timeout(timeoutMs);
  const length = body === undefined ? {} : { 'content-length': Buffer.byteLength(body) };
  const start = url.startsWith('https:') ? requestHttps : requestHttp;
  const outgoing = start(
    url,
    { method, headers: { ...headers, ...length }, agent: false, signal },
    (response) => {
      const parts: Buffer[] = [];
      let bytes = 0;
      response.on('data', (part: Buffer) => {
        parts.push(part);
        bytes += part.length;
        if (bytes > bytesMax) outgoing.destroy(new Error('the answer is too long'));
      });
      response.on('error', reject);
      response.on('end', () => {
        resolve({ status: response.statusCode ?? 0, text: Buffer.concat(parts).toString() });
      });
    },
  );
  // An abort says only that it was one.
  outgoing.on('error', (error) => reject(signal.aborted ? signal.reason : error));
  outgoing.end(body);
  return promise;
}
