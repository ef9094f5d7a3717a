// The part of the command table that is about files from player to player: offering one, answering,
// taking it back. The bytes travel beside the commands, over HTTP or the files port: docs/files.md.
// `commands.ts` joins these rows to the rest.

import { args, type CommandRow, done, nothing } from './command-row.ts';
import {
  FileBytesCount,
  FileId,
  FileName,
  FileRow,
  FileSha256,
  TransferId,
} from './file-schema.ts';
import { PlayerRef } from './people-schema.ts';
import { t } from './schema.ts';

const strict = { additionalProperties: false } as const;

export const fileCommands = {
  'file.offer': {
    summary: 'Offer a file to a player who is here. Nothing of it is kept on the server.',
    caller: 'guest',
    http: { method: 'POST', path: '/v1/file-offers' },
    args: args({
      to: PlayerRef,
      name: FileName,
      size: t.Optional(FileBytesCount),
      sha256: t.Optional(FileSha256),
    }),
    result: t.Object({ fileId: FileId }, strict),
    errors: [
      'PLAYER_NOT_FOUND',
      'PLAYER_OFFLINE',
      'TO_YOURSELF',
      'BLOCKED',
      'MUTED',
      'FILE_TOO_LARGE',
      'FILES_FULL',
    ],
    rate: { calls: 30, perS: 60 },
  },
  'file.answer': {
    summary: 'Take an offered file or refuse it. Its bytes travel under the transfer’s id.',
    caller: 'guest',
    http: { method: 'POST', path: '/v1/file-offers/:fileId/answer' },
    args: args({ fileId: FileId, accept: t.Boolean(), transferId: t.Optional(TransferId) }),
    result: t.Object({ transferId: t.Optional(TransferId) }, strict),
    errors: ['FILE_NOT_FOUND', 'FILE_ANSWERED', 'FILES_FULL'],
    rate: { calls: 60, perS: 60 },
  },
  'file.cancel': {
    summary: 'End an offer or a transfer that you are a side of.',
    caller: 'guest',
    http: { method: 'DELETE', path: '/v1/file-offers/:fileId' },
    args: args({ fileId: FileId }),
    result: done,
    errors: ['FILE_NOT_FOUND'],
    rate: { calls: 60, perS: 60 },
  },
  'file.list': {
    summary: 'Your open offers and transfers, in both directions.',
    caller: 'guest',
    http: { method: 'GET', path: '/v1/file-offers' },
    args: nothing,
    result: t.Object({ files: t.Array(FileRow) }, strict),
    errors: [],
    rate: { calls: 120, perS: 60 },
  },
} as const satisfies Record<string, CommandRow>;
