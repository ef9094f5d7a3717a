// The published vectors of Paperclip 0, where ../shared/vectors has them. Tests that need them are
// skipped with a reason where it does not.

import { existsSync, readFileSync } from 'node:fs';
import { fromHex } from '../../base/bytes.ts';
import { flags } from './numbers.ts';

export interface PackVector {
  readonly name: string;
  readonly hex: string;
  readonly fields: {
    readonly flags: string;
    readonly sequence_id: number;
    readonly fragment_id: number | null;
    readonly fragment_number: number | null;
    readonly init_vector: string | null;
    readonly checksum: number | null;
    readonly type: string;
    readonly data?: string | null;
    readonly ack_id?: number;
    readonly ack_bits?: readonly number[];
    readonly public_key?: string;
    readonly certificate?: string | null;
    readonly heartbeat?: boolean;
    readonly major?: number;
    readonly minor?: number;
  };
}

export interface PipelineVector {
  readonly type: string;
  readonly payload?: 'small' | 'big' | 'finished';
  readonly payload_hex?: string;
  readonly flags: string;
  readonly init_vector: string | null;
  readonly exact: boolean;
  readonly datagrams: readonly string[];
}

interface Vectors {
  readonly handshake: Readonly<Record<string, string>>;
  readonly payloads: { readonly small: string; readonly big: string };
  readonly aes_cbc: readonly Readonly<Record<'key' | 'iv' | 'plain' | 'cipher', string>>[];
  readonly crc32: readonly { readonly data: string; readonly crc: string }[];
  readonly fragment_5000: {
    readonly sizes: readonly number[];
    readonly datagrams: readonly string[];
  };
  readonly ack_bits: readonly {
    readonly name: string;
    readonly received: readonly number[];
    readonly ack_id: number;
    readonly bits_newest_first: readonly number[];
    readonly encoded: string;
  }[];
  readonly pack: readonly PackVector[];
  readonly pipeline: readonly PipelineVector[];
}

const file = new URL('../../../../shared/vectors/paperclip-0.json', import.meta.url);

// Boundary: the file is data that is kept beside the specification in this shape.
const vectors = existsSync(file) ? (JSON.parse(readFileSync(file, 'utf8')) as Vectors) : undefined;

/** For the `skip` of tests that call `classicVectors`. */
export const skipWithoutVectors =
  vectors === undefined ? 'the published vectors are not at ../shared/vectors' : false;

export function classicVectors(): Vectors {
  if (vectors === undefined) throw new Error('no vectors: skip the test');
  return vectors;
}

export const hex = (text: string): Uint8Array => fromHex(text)!;

/** From the five digits of a vector: RELIABLE, CHECKSUM, COMPRESSED, ENCRYPTED, FRAG. */
export const flagsOf = (digits: string): number => Number.parseInt(digits.padEnd(8, '0'), 2);

export const allFlags: readonly number[] = Array.from({ length: 32 }, (_, i) => i << 3);

export const flagNames = (bits: number): string =>
  Object.entries(flags)
    .flatMap(([name, flag]) => (bits & flag ? [name] : []))
    .join('+') || 'none';
