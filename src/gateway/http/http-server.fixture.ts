// A server with the HTTP gateway over a fake platform, and ways to talk to it below `fetch`.

import { once } from 'node:events';
import { connect } from 'node:net';
import { FakePlatform } from '../fake-platform.fixture.ts';
import { createHttpGateway, type HttpGateway, type HttpGatewayOptions } from './http-gateway.ts';

export interface Started {
  readonly url: string;
  readonly port: number;
  readonly platform: FakePlatform;
  readonly gateway: HttpGateway;
}

export async function start(
  options: Partial<HttpGatewayOptions> = {},
  platform = new FakePlatform(),
): Promise<Started> {
  const gateway = await createHttpGateway({
    dispatcher: platform.dispatcher,
    log: platform.log,
    version: '1.2.3',
    readiness: async () => [],
    ...options,
  });
  const port = await gateway.listen('127.0.0.1', 0);
  return { url: `http://127.0.0.1:${port}`, port, platform, gateway };
}

export const using =
  (run: (started: Started) => Promise<void>, options?: Partial<HttpGatewayOptions>) => async () => {
    const started = await start(options);
    try {
      await run(started);
    } finally {
      await started.gateway.close();
    }
  };

export const post = (
  url: string,
  body: string | Uint8Array<ArrayBuffer>,
  type = 'application/json',
) => fetch(url, { method: 'POST', body, headers: { 'content-type': type } });

export async function errorOf(response: Response): Promise<Record<string, unknown>> {
  const body = (await response.json()) as {
    readonly error: { readonly code: string; readonly details?: Record<string, unknown> };
  };
  return { status: response.status, code: body.error.code, ...body.error.details };
}

/** Sends bytes as they are and resolves with all that came until the server closed. */
export async function raw(port: number, ...chunks: readonly string[]): Promise<string> {
  const socket = connect(port, '127.0.0.1');
  let text = '';
  socket.setEncoding('utf8').on('data', (chunk: string) => {
    text += chunk;
  });
  for (const chunk of chunks) socket.write(chunk);
  await once(socket, 'close');
  return text;
}
