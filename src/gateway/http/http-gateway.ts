// The HTTP wire: routes made from the command table, the pages that describe them, and those for
// operators. It turns a request into a dispatcher call and the outcome into an answer; it holds no
// rule of the platform. WebSockets share its port, but `gateway/websocket` takes them.

import swagger from '@fastify/swagger';
import swaggerUi from '@fastify/swagger-ui';
import fastify, { type FastifyInstance, type FastifyReply } from 'fastify';
import { utf8Text } from '../../base/bytes.ts';
import { contractLimits } from '../../contract/limits.ts';
import type { Log } from '../../contract/telemetry.ts';
import type { FileBytes } from '../../domain/file/file-bytes.ts';
import type { Dispatcher } from '../../domain/platform.ts';
import { badRequest } from '../failure.ts';
import type { IsTrustedProxy } from '../peer-address.ts';
import { parseUntrustedJson } from '../untrusted-json.ts';
import { addCors } from './cors.ts';
import { answerOf, rawAnswer, sendAnswer } from './error-answer.ts';
import { addFileRoutes } from './file-routes.ts';
import { httpLimits } from './http-limits.ts';
import { type OpenApiDocument, openApiDocument } from './openapi.ts';
import { addPages, unknownRoute } from './pages.ts';
import { originOf } from './request-origin.ts';
import { argsOf, type CommandRoute, commandRoutes } from './routes.ts';

export interface HttpGatewayOptions {
  readonly dispatcher: Dispatcher;
  /** Absent: the bytes of files do not come this way. */
  readonly files?: FileBytes;
  readonly log: Log;
  readonly version: string;
  /** Why no player can be taken now, in words for an operator; empty when all is well. */
  readonly readiness: () => Promise<readonly string[]>;
  /** Absent: there is no `/metrics`. */
  readonly metrics?: MetricsSource;
  /** Browser origins that may call, `*` for any. Default: none but the server's own. */
  readonly corsOrigins?: readonly string[];
  readonly isTrustedProxy?: IsTrustedProxy;
  /** Adds routes of another gateway that shares the port. */
  readonly more?: (app: FastifyInstance) => void;
  /** Defaults to the values of `httpLimits`; tests make them small. */
  readonly limits?: Partial<Record<keyof typeof httpLimits, number>>;
}

export interface MetricsSource {
  readonly contentType: string;
  text(): Promise<string>;
  /** Whether a scraper with this bearer token, or none, may read. */
  allows(token: string | undefined): boolean;
}

export interface HttpGateway {
  /** For the `upgrade` event. */
  readonly server: FastifyInstance['server'];
  /** Port 0 takes any free one. Resolves with the port. */
  listen(host: string, port: number): Promise<number>;
  /** Lets answers under way finish, for a while, and cuts what is left. */
  close(): Promise<void>;
}

export async function createHttpGateway(options: HttpGatewayOptions): Promise<HttpGateway> {
  const limits = { ...httpLimits, ...options.limits };
  // Sockets of requests that may take longer than `requestTimeoutMs`: relays have their own limits.
  const uploads = new WeakSet<object>();
  const app = createServer(options.log, limits, uploads);
  app.setErrorHandler((error, _request, reply) => sendAnswer(reply, answerOf(error, options.log)));
  app.setNotFoundHandler((request, reply) => sendAnswer(reply, unknownRoute(request)));
  addJsonBodies(app);
  addHeaders(app);
  addCors(app, options.corsOrigins ?? []);
  addRequestLog(app, options.log);
  for (const route of commandRoutes) addCommand(app, route, options);
  if (options.files !== undefined) addFileRoutes(app, options.files, uploads);
  options.more?.(app);

  const document = openApiDocument(options.version);
  addPages(app, document, options);
  await addDocs(app, document);
  await app.ready();
  return {
    server: app.server,
    async listen(host, port) {
      await app.listen({ host, port });
      const address = app.server.address();
      return typeof address === 'object' && address !== null ? address.port : port;
    },
    async close() {
      const timer = setTimeout(() => app.server.closeAllConnections(), limits.closeGraceMs);
      await app.close();
      clearTimeout(timer);
    },
  };
}

function createServer(
  log: Log,
  limits: Readonly<Record<keyof typeof httpLimits, number>>,
  uploads: WeakSet<object>,
): FastifyInstance {
  const app = fastify({
    logger: false,
    bodyLimit: contractLimits.httpBodyBytesMax,
    requestTimeout: limits.requestTimeoutMs,
    keepAliveTimeout: limits.keepAliveTimeoutMs,
    // The dispatcher answers SHUTTING_DOWN with our own error body.
    return503OnClosing: false,
    http: {
      headersTimeout: limits.headersTimeoutMs,
      connectionsCheckingInterval: limits.timeoutCheckMs,
      maxHeaderSize: limits.headerBytesMax,
      // Other upgrades (h2c, which curl --http2 offers) are answered as ordinary requests.
      shouldUpgradeCallback: (request) => request.headers.upgrade?.toLowerCase() === 'websocket',
    },
    // As long as a URL can be: then the schema says what is wrong with a long id.
    routerOptions: { maxParamLength: limits.headerBytesMax },
    frameworkErrors: (error, _request, reply) => {
      // No hook has run for a URL that cannot be read.
      reply.headers(securityHeaders);
      sendAnswer(reply as FastifyReply, answerOf(error, log));
    },
    clientErrorHandler: (error, socket) => {
      // Node has taken the socket off its list and does not ask again.
      if (error.code === 'ERR_HTTP_REQUEST_TIMEOUT' && uploads.has(socket)) return;
      if (socket.writable) socket.write(rawAnswer(error));
      socket.destroySoon();
    },
  });
  app.server.maxConnections = limits.connectionsMax;
  return app;
}

function addCommand(app: FastifyInstance, route: CommandRoute, options: HttpGatewayOptions): void {
  const isTrustedProxy = options.isTrustedProxy ?? (() => false);
  app.route({
    method: route.row.http.method,
    url: route.row.http.path,
    handler: async (request) => {
      const origin = originOf(request, isTrustedProxy);
      const args = argsOf(route, {
        params: request.params as Readonly<Record<string, string>>,
        query: request.query as Readonly<Record<string, unknown>>,
        body: request.body,
      });
      return options.dispatcher.call(origin, route.name, args);
    },
  });
}

/** JSON and nothing else; no body at all stands for no arguments. */
function addJsonBodies(app: FastifyInstance): void {
  app.removeAllContentTypeParsers();
  app.addContentTypeParser<Buffer>(
    'application/json',
    { parseAs: 'buffer' },
    (_request, bytes, done) => {
      if (bytes.length === 0) return done(null, undefined);
      const text = utf8Text(bytes);
      if (text === undefined) return done(badRequest('body', 'is not UTF-8'));
      const parsed = parseUntrustedJson(text);
      return parsed.ok ? done(null, parsed.value) : done(badRequest('body', parsed.error));
    },
  );
}

const securityHeaders = {
  'cache-control': 'no-store',
  'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
  'cross-origin-opener-policy': 'same-origin',
  'referrer-policy': 'no-referrer',
  'x-content-type-options': 'nosniff',
} as const;

function addHeaders(app: FastifyInstance): void {
  app.addHook('onRequest', async (_request, reply) => {
    reply.headers(securityHeaders);
  });
}

function addRequestLog(app: FastifyInstance, log: Log): void {
  app.addHook('onResponse', async (request, reply) => {
    // The route and not the URL: what a person typed there may be a secret.
    log.debug('http request', {
      method: request.method,
      route: request.routeOptions.url ?? 'none',
      status: reply.statusCode,
      ms: Math.round(reply.elapsedTime),
    });
  });
}

// Swagger UI sets styles from script, and shows its pictures as data URLs.
const docsPolicy = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self' 'unsafe-inline'",
  "img-src 'self' data:",
  "connect-src 'self'",
  "base-uri 'self'",
  "frame-ancestors 'none'",
].join('; ');

async function addDocs(app: FastifyInstance, document: OpenApiDocument): Promise<void> {
  // Boundary: the plugin's type is of another library; it copies the document and shows it.
  const specification = { document: document as never };
  await app.register(swagger, { mode: 'static', specification });
  await app.register(swaggerUi, {
    routePrefix: '/docs',
    staticCSP: docsPolicy,
    validatorUrl: false,
    uiConfig: {
      // Without the bar on top, whose box asks for the URL of another document.
      layout: 'BaseLayout',
      docExpansion: 'list',
      deepLinking: true,
      displayOperationId: true,
      tryItOutEnabled: true,
      defaultModelsExpandDepth: 0,
    },
    theme: { title: 'Paperclip: every command' },
  });
}
