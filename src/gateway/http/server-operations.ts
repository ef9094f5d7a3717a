// The OpenAPI rows of what is no command: the WebSocket, and the pages for those who run a server.

const text = (description: string, type: string) => ({
  description,
  content: { [type]: { schema: { type: 'string' } } },
});

const readiness = (description: string) => ({
  description,
  content: {
    'application/json': {
      schema: {
        type: 'object',
        required: ['ready', 'reasons'],
        properties: {
          ready: { type: 'boolean' },
          reasons: { type: 'array', items: { type: 'string' } },
        },
      },
    },
  },
});

export const serverOperations = {
  '/v1/ws': {
    get: {
      operationId: 'websocket',
      summary: 'Open a WebSocket.',
      description: [
        'Text messages of JSON. You send `{"id": 1, "auth": "<access token>"}`, then',
        '`{"id": 2, "command": "lobby.list", "args": {}}`; you get',
        '`{"id": 2, "result": {...}}` or `{"id": 2, "error": {...}}`, and',
        '`{"event": "lobby.changed", "data": {...}}` when something happens.',
      ].join('\n'),
      tags: ['websocket'],
      responses: {
        101: { description: 'The connection is a WebSocket now.' },
        426: { description: 'This was an ordinary request.' },
      },
    },
  },
  '/health': {
    get: {
      operationId: 'health',
      summary: 'Whether the process is alive.',
      tags: ['operations'],
      responses: {
        200: {
          description: 'It is.',
          content: {
            'application/json': {
              schema: {
                type: 'object',
                required: ['status', 'version'],
                properties: { status: { const: 'alive' }, version: { type: 'string' } },
              },
            },
          },
        },
      },
    },
  },
  '/ready': {
    get: {
      operationId: 'ready',
      summary: 'Whether players can be taken now: the store answers and a host is there.',
      tags: ['operations'],
      responses: {
        200: readiness('Yes.'),
        503: readiness('No, and why.'),
      },
    },
  },
  '/metrics': {
    get: {
      operationId: 'metrics',
      summary: 'Metrics for Prometheus. Needs the metrics token where one is set.',
      tags: ['operations'],
      responses: {
        200: text('The text format.', 'text/plain'),
        401: { description: 'The metrics token is missing or wrong.' },
        404: { description: 'Off: a public address without a metrics token.' },
      },
    },
  },
} as const;
