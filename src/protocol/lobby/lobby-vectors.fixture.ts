// The published vectors of the two lobby framings, where they are at hand: data from elsewhere,
// read and not copied.

import { existsSync, readFileSync } from 'node:fs';

type Tier = 'must' | 'optional';

export interface EncodeVector {
  readonly name: string;
  readonly message: Readonly<Record<string, unknown>>;
  readonly hex: string;
  readonly roundtrip: unknown;
  readonly js_exact?: boolean;
  readonly tier: Tier;
}

export interface DecodeVector {
  readonly name: string;
  readonly hex: string;
  readonly ok: boolean;
  readonly message?: unknown;
  readonly tier: Tier;
}

export interface StreamVector {
  readonly name: string;
  readonly chunks_hex: readonly string[];
  readonly eof: boolean;
  readonly limit?: number;
  readonly results: readonly { readonly message?: unknown; readonly error?: string }[];
  readonly results_after_chunk: readonly number[];
  readonly pending_at_end: boolean;
}

interface LobbyVectors {
  readonly simplejson: {
    readonly encode: readonly EncodeVector[];
    readonly decode: readonly DecodeVector[];
    readonly stream: readonly StreamVector[];
  };
  readonly qdatastream: {
    readonly qstring_pack: readonly { readonly text: string; readonly hex: string }[];
    readonly qstring_read: readonly {
      readonly name: string;
      readonly hex: string;
      readonly pos: number;
      readonly ok: boolean;
      readonly next_pos?: number;
      readonly text?: string;
    }[];
    readonly pack_message: readonly { readonly args: readonly string[]; readonly hex: string }[];
    readonly read_block: readonly { readonly name: string; readonly hex: string }[];
    readonly encode: readonly EncodeVector[];
    readonly decode_block: readonly DecodeVector[];
    readonly stream: readonly StreamVector[];
  };
  readonly gpgnet: readonly {
    readonly message: object;
    readonly simplejson_hex: string;
    readonly qdatastream_hex: string;
  }[];
}

const file = new URL('../../../../shared/vectors/lobby.json', import.meta.url);
const has = existsSync(file);

export const skip = has ? false : 'the published vectors are not at ../shared/vectors';

const none: LobbyVectors = {
  simplejson: { encode: [], decode: [], stream: [] },
  qdatastream: {
    qstring_pack: [],
    qstring_read: [],
    pack_message: [],
    read_block: [],
    encode: [],
    decode_block: [],
    stream: [],
  },
  gpgnet: [],
};

export const lobbyVectors: LobbyVectors = has ? JSON.parse(readFileSync(file, 'utf8')) : none;
