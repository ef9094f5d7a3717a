// All fuzz targets, by name: `npm test` runs a little of each, `npm run fuzz` as much as told.

import { attacker } from './attacker.ts';
import { authenticFrames } from './authentic-frames.ts';
import { classic } from './classic.ts';
import { connections } from './connections.ts';
import { decoders } from './decoders.ts';
import { handshakeClient } from './handshake-client.ts';
import { handshakeHost } from './handshake-host.ts';
import { jsonValues } from './json-values.ts';
import { lines } from './lines.ts';
import { lobbyFrames } from './lobby-frames.ts';
import type { FuzzTarget } from './target.ts';

export const fuzzTargets: readonly FuzzTarget[] = [
  decoders,
  authenticFrames,
  attacker,
  connections,
  handshakeHost,
  handshakeClient,
  lines,
  classic,
  lobbyFrames,
  jsonValues,
];
