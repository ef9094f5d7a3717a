// Cross-origin requests from browsers (the Fetch standard, "CORS protocol"), off unless origins are
// named. There are no cookies, so nothing is ever allowed with credentials.

import type { FastifyInstance } from 'fastify';

const corsExposed =
  'Retry-After, Content-Range, Repr-Digest, Upload-Complete, Upload-Length, Upload-Offset';

export function addCors(app: FastifyInstance, origins: readonly string[]): void {
  if (origins.length === 0) return;
  const isAny = origins.includes('*');
  app.addHook('onRequest', async (request, reply) => {
    const { origin } = request.headers;
    if (!isAny) reply.header('vary', 'Origin');
    if (origin === undefined || !(isAny || origins.includes(origin))) return;
    reply.header('access-control-allow-origin', isAny ? '*' : origin);
    reply.header('access-control-expose-headers', corsExposed);
  });
  app.options('*', async (_request, reply) =>
    reply
      .code(204)
      .headers({
        'access-control-allow-methods': 'GET, HEAD, POST, PUT, DELETE',
        'access-control-allow-headers':
          'Authorization, Content-Type, Range, Upload-Complete, Upload-Offset',
        'access-control-max-age': '600',
      })
      .send(),
  );
}
