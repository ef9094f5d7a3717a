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

const binary = (description: string) => ({
  description,
  content: { 'application/octet-stream': { schema: { type: 'string', format: 'binary' } } },
});

const uploadHeaders = {
  'Upload-Offset': { description: 'Bytes taken so far.', schema: { type: 'integer' } },
  'Upload-Complete': { description: '`?1` when all are.', schema: { type: 'string' } },
  'Upload-Length': { description: 'Of the file, if known.', schema: { type: 'integer' } },
} as const;

const transferId = {
  name: 'transferId',
  in: 'path',
  required: true,
  schema: { type: 'string', format: 'uuid' },
  description: 'From `file.answer` or `file.answered`. It is the right to the bytes.',
} as const;

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
  '/v1/files/{transferId}': {
    head: {
      operationId: 'fileOffset',
      summary: 'Where a sender goes on.',
      tags: ['file'],
      security: [],
      parameters: [transferId],
      responses: {
        204: { description: 'It is there.', headers: uploadHeaders },
        404: { description: 'There is no such transfer, or it is over.' },
      },
    },
    put: {
      operationId: 'fileSend',
      summary: 'Send the bytes of a file, from the beginning or from an offset.',
      description:
        'Streamed to the receiver, who may come later; the request waits meanwhile. With ' +
        '`Upload-Complete: ?0` more will follow in another request.',
      tags: ['file'],
      security: [],
      parameters: [
        transferId,
        { name: 'Upload-Offset', in: 'header', schema: { type: 'integer', default: 0 } },
        { name: 'Upload-Complete', in: 'header', schema: { enum: ['?0', '?1'] } },
      ],
      requestBody: {
        required: true,
        content: { 'application/octet-stream': { schema: { type: 'string', format: 'binary' } } },
      },
      responses: {
        200: {
          description: 'Taken, and if complete, verified.',
          headers: uploadHeaders,
          content: {
            'application/json': {
              schema: {
                type: 'object',
                required: ['offset', 'complete'],
                properties: { offset: { type: 'integer' }, complete: { type: 'boolean' } },
              },
            },
          },
        },
        404: { description: 'There is no such transfer, or it is over.' },
        409: { description: 'It goes on at another offset, or it has failed; `code` says which.' },
      },
    },
    get: {
      operationId: 'fileReceive',
      summary: 'Receive the bytes of a file, from the beginning or from an offset.',
      description:
        'Cut off, and not ended in order, when the file fails or its checksum is wrong. ' +
        '`Repr-Digest` is the SHA-256 of the whole file, where it was offered with one.',
      tags: ['file'],
      security: [],
      parameters: [
        transferId,
        { name: 'Range', in: 'header', schema: { type: 'string' }, example: 'bytes=1048576-' },
      ],
      responses: {
        200: binary('The file from its beginning.'),
        206: binary('The file from the offset.'),
        404: { description: 'There is no such transfer, or it is over.' },
        416: { description: 'So far back it is kept no more, or so far it was not passed on.' },
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
