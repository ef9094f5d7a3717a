// Match records as they are stored: deflated, in base64, behind a mark that no JSON begins with.
// Those of earlier versions are JSON as it is, and stay readable. Off the event loop, because the
// record of a long match is megabytes.

import { promisify } from 'node:util';
import { deflateRaw, inflateRaw } from 'node:zlib';

const deflate = promisify(deflateRaw);
const inflate = promisify(inflateRaw);

const mark = 'deflate:';

/** Shorter than this is not worth it. */
const packedFromCharacters = 256;

export async function packedRecord(json: string): Promise<string> {
  if (json.length < packedFromCharacters) return json;
  return mark + (await deflate(json)).toString('base64');
}

export async function unpackedRecord(stored: string): Promise<string> {
  if (!stored.startsWith(mark)) return stored;
  return (await inflate(Buffer.from(stored.slice(mark.length), 'base64'))).toString();
}
