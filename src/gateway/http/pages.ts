// What the HTTP server has beside commands: a page for people, the OpenAPI document, and health,
// readiness and metrics for operators.

import type { FastifyInstance, FastifyRequest } from 'fastify';
import { errorBody } from '../../contract/errors.ts';
import type { GameInfo } from '../../contract/schema.ts';
import { bearerToken } from '../bearer-token.ts';
import { badRequest, shortened } from '../failure.ts';
import { answerOf, type ErrorAnswer, sendAnswer } from './error-answer.ts';
import { fileMethods, isFilePath } from './file-routes.ts';
import { homePage, homeStyle } from './home-page.ts';
import type { HttpGatewayOptions } from './http-gateway.ts';
import type { OpenApiDocument } from './openapi.ts';
import { originOf } from './request-origin.ts';
import { methodsOf } from './routes.ts';

const webSocketPath = '/v1/ws';

const pageUrls = ['/', '/docs', '/openapi.json', '/health', '/ready', '/metrics', webSocketPath];

const homePolicy = "default-src 'none'; style-src 'self'; img-src data:; frame-ancestors 'none'";

export function addPages(
  app: FastifyInstance,
  document: OpenApiDocument,
  options: HttpGatewayOptions,
): void {
  const documentText = JSON.stringify(document, undefined, 2);
  app.get('/', async (request, reply) => {
    const page = homePage({
      version: options.version,
      host: request.headers.host ?? 'localhost',
      games: await gamesFor(request, options),
      hasMetrics: options.metrics?.allows(undefined) ?? false,
    });
    return reply.header('content-security-policy', homePolicy).type('text/html').send(page);
  });
  app.get('/home.css', async (_request, reply) => reply.type('text/css').send(homeStyle));
  app.get('/openapi.json', async (_request, reply) =>
    reply.type('application/json').send(documentText),
  );
  app.get('/health', async () => ({ status: 'alive', version: options.version }));
  app.get('/ready', async (_request, reply) => {
    const reasons = await reasonsNotReady(options);
    return reply.code(reasons.length === 0 ? 200 : 503).send({
      ready: reasons.length === 0,
      reasons,
    });
  });
  app.get(webSocketPath, async (_request, reply) => {
    const { body } = badRequest('upgrade', 'must be websocket: this address is for WebSockets');
    return sendAnswer(reply, {
      status: 426,
      headers: { upgrade: 'websocket', connection: 'upgrade' },
      body: { error: body },
    });
  });
  addMetrics(app, options);
}

function addMetrics(app: FastifyInstance, { metrics, log }: HttpGatewayOptions): void {
  if (metrics === undefined) return;
  app.get('/metrics', async (request, reply) => {
    const token = bearerToken(request.headers.authorization);
    if (!metrics.allows(token)) {
      const headers = { 'www-authenticate': 'Bearer' };
      return sendAnswer(reply, {
        status: 401,
        headers,
        body: { error: badRequest('authorization', 'must be the metrics token').body },
      });
    }
    try {
      return reply.type(metrics.contentType).send(await metrics.text());
    } catch (cause) {
      return sendAnswer(reply, answerOf(cause, log));
    }
  });
}

async function gamesFor(
  request: FastifyRequest,
  options: HttpGatewayOptions,
): Promise<readonly GameInfo[] | undefined> {
  try {
    const { accessToken: _, ...origin } = originOf(
      request,
      options.isTrustedProxy ?? (() => false),
    );
    return (await options.dispatcher.call(origin, 'game.list', {})).games;
  } catch {
    // Rate limit or shutdown: the rest of the page still helps.
    return undefined;
  }
}

async function reasonsNotReady(options: HttpGatewayOptions): Promise<readonly string[]> {
  try {
    return await options.readiness();
  } catch (cause) {
    options.log.error('readiness check failed', { error: cause });
    return ['the readiness check failed; the log says why'];
  }
}

/** 405 with the methods that there are, or 404. */
export function unknownRoute(request: FastifyRequest): ErrorAnswer {
  const path = request.url.split('?')[0]!;
  const methods = pageUrls.includes(path)
    ? ['GET']
    : isFilePath(path)
      ? fileMethods
      : methodsOf(path);
  const command = shortened(`${request.method} ${path}`);
  const body = { error: errorBody('UNKNOWN_COMMAND', { command }) };
  // A page that this server does not have (metrics may be off) is in the list all the same.
  return methods.length === 0 || methods.includes(request.method)
    ? { status: 404, headers: {}, body }
    : { status: 405, headers: { allow: [...new Set(methods)].join(', ') }, body };
}
