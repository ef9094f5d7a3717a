// The schemas of files from player to player. One TypeBox value is the type, the validator, the
// JSON Schema in OpenAPI and the row in the docs.

import { contractLimits as limits } from './limits.ts';
import { Person } from './people-schema.ts';
import { type Static, t } from './schema.ts';

export const FileId = t.String({
  minLength: 1,
  maxLength: 40,
  pattern: '^[a-z0-9]+$',
  description: 'Names an offer. It gives no right to the bytes.',
});

export const TransferId = t.String({
  minLength: 36,
  maxLength: 36,
  pattern: '^[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}$',
  description: 'A UUID. Who knows it may send or receive the bytes: give it to nobody.',
});

export const FileName = t.String({
  minLength: 1,
  maxLength: limits.fileNameGivenCharactersMax,
  description: 'Path, control characters and leading dots are taken off before it is passed on.',
});

export const FileBytesCount = t.Integer({ minimum: 0, maximum: Number.MAX_SAFE_INTEGER });

export const FileSha256 = t.String({
  minLength: 64,
  maxLength: 64,
  pattern: '^[0-9a-fA-F]{64}$',
  description: 'SHA-256 of the whole file, in hex.',
});

export const FileFailure = t.Union(
  [
    t.Literal('cancelled'),
    t.Literal('blocked'),
    t.Literal('checksum'),
    t.Literal('size'),
    t.Literal('sender-gone'),
    t.Literal('receiver-gone'),
    t.Literal('expired'),
    t.Literal('shutdown'),
  ],
  { description: 'Why a file did not arrive.' },
);

export const FileRow = t.Object(
  {
    fileId: FileId,
    from: Person,
    to: Person,
    name: t.String(),
    size: t.Optional(FileBytesCount),
    sha256: t.Optional(t.String()),
    state: t.Union([t.Literal('offered'), t.Literal('accepted'), t.Literal('running')]),
    transferId: t.Optional(TransferId),
    bytesDone: t.Integer({ minimum: 0, description: 'Passed on to the receiver so far.' }),
  },
  { additionalProperties: false },
);

export type FileFailure = Static<typeof FileFailure>;
export type FileRow = Static<typeof FileRow>;
