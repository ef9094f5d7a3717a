import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  authLimits,
  encodeAuth1,
  encodeAuth1Payload,
  encodeAuth2,
  encodeAuth2Payload,
  encodeError,
  encodeRetry,
} from './auth.ts';
import { fieldOffset, type Layout, type LayoutName, layouts } from './layouts.ts';
import { tagBytes, writePacketHeader } from './packet.ts';
import { encodeParameters, parametersBytes } from './parameters.ts';
import { encodeTicketClaims, ticketLimits } from './ticket.ts';

const ones = (bytes: number): Uint8Array => new Uint8Array(bytes).fill(1);
const id = 0x0102_0304;

const auth1 = {
  suite: 1,
  gateId: 1,
  protocolId: ones(8),
  clientConnectionId: id,
  noiseMessage: ones(20),
};
const auth2 = { clientConnectionId: id, noiseMessage: ones(20) };
const retry = { clientConnectionId: id, nonce: ones(16), sealedCookie: ones(32) };
const accepted = {
  kind: 'accepted',
  parameters: ones(24),
  hostConnectionId: id,
  hostTimeMs: 5,
} as const;
const parameters = {
  idleTimeoutMs: 30_000,
  ackDelayMaxMs: 20,
  datagramBytesMax: 1_500,
  connectionWindowBytes: 100_000,
  channelWindowBytes: 100_000,
  channelPlanHash: ones(8),
};
const claims = {
  ticketId: ones(16),
  playerId: 'mario',
  clientPublicKey: ones(32),
  hostPublicKey: ones(32),
  matchId: 'm',
  seat: 1,
  notBeforeMs: 1_000,
  expiresAtMs: 2_000,
  userData: ones(3),
};
const header = (destination: number, number: number): Uint8Array => {
  const bytes = new Uint8Array(9);
  writePacketHeader(bytes, 0, 0, destination, number, 4);
  return bytes;
};

/** For each layout, the same bytes twice but for one field, by the name of that field. */
const differing: Record<LayoutName, Record<string, readonly [Uint8Array, Uint8Array]>> = {
  'data-packet': {
    'destination connection id': [header(id, 1), header(id + 1, 1)],
    'packet number': [header(id, 1), header(id, 2)],
  },
  'auth-1': {
    'gate id': [encodeAuth1(auth1), encodeAuth1({ ...auth1, gateId: 2 })],
    'protocol id': [encodeAuth1(auth1), encodeAuth1({ ...auth1, protocolId: new Uint8Array(8) })],
    'client connection id': [
      encodeAuth1(auth1),
      encodeAuth1({ ...auth1, clientConnectionId: id + 1 }),
    ],
    'Noise message 1': [
      encodeAuth1(auth1),
      encodeAuth1({ ...auth1, noiseMessage: new Uint8Array(20) }),
    ],
  },
  'auth-1-payload': {
    parameters: [
      encodeAuth1Payload({ parameters: ones(24), ticket: ones(3) }),
      encodeAuth1Payload({ parameters: new Uint8Array(24), ticket: ones(3) }),
    ],
  },
  'auth-2': {
    'client connection id': [
      encodeAuth2(auth2),
      encodeAuth2({ ...auth2, clientConnectionId: id + 1 }),
    ],
    'Noise message 2': [
      encodeAuth2(auth2),
      encodeAuth2({ ...auth2, noiseMessage: new Uint8Array(20) }),
    ],
  },
  'auth-2-accepted': {
    parameters: [
      encodeAuth2Payload(accepted),
      encodeAuth2Payload({ ...accepted, parameters: new Uint8Array(24) }),
    ],
  },
  'auth-2-refused': {
    code: [
      encodeAuth2Payload({ kind: 'refused', code: 1 }),
      encodeAuth2Payload({ kind: 'refused', code: 0x100 }),
    ],
  },
  error: {
    'connection id': [
      encodeError({ connectionId: 1, code: 9 }),
      encodeError({ connectionId: 2, code: 9 }),
    ],
    code: [encodeError({ connectionId: 1, code: 9 }), encodeError({ connectionId: 1, code: 8 })],
  },
  retry: {
    'client connection id': [encodeRetry(retry), encodeRetry({ ...retry, clientConnectionId: 9 })],
    nonce: [encodeRetry(retry), encodeRetry({ ...retry, nonce: new Uint8Array(16) })],
  },
  parameters: Object.fromEntries(
    Object.entries({
      'idle time-out': { idleTimeoutMs: 40_000 },
      'ACK delay': { ackDelayMaxMs: 21 },
      datagram: { datagramBytesMax: 1_400 },
      'connection window': { connectionWindowBytes: 200_000 },
      'channel window': { channelWindowBytes: 200_000 },
      'channel plan hash': { channelPlanHash: new Uint8Array(8) },
    }).map(([field, other]) => [
      field,
      [encodeParameters(parameters), encodeParameters({ ...parameters, ...other })] as const,
    ]),
  ),
  ticket: Object.fromEntries(
    Object.entries({
      'ticket id': { ticketId: new Uint8Array(16) },
      'client public key': { clientPublicKey: new Uint8Array(32) },
      'host public key': { hostPublicKey: new Uint8Array(32) },
      'not before': { notBeforeMs: 1_001 },
      'expires at': { expiresAtMs: 2_001 },
      seat: { seat: 2 },
    }).map(([field, other]) => [
      field,
      [
        encodeTicketClaims(ones(4), claims),
        encodeTicketClaims(ones(4), { ...claims, ...other }),
      ] as const,
    ]),
  ),
};

for (const [name, pairs] of Object.entries(differing)) {
  for (const [field, [a, b]] of Object.entries(pairs)) {
    test(`${name}: ${field} stands where the layout says, and nowhere else`, () => {
      const layout: Layout = layouts[name as LayoutName];
      const start = fieldOffset(layout, field);
      assert.ok(start !== undefined, 'the layout says where');
      const { bytes } = layout.find((one) => one.field === field)!;
      const end = typeof bytes === 'number' ? start + bytes : a.length;
      const changed = [...a.keys()].filter((at) => a[at] !== b[at]);
      assert.ok(changed.length > 0, 'the two differ');
      for (const at of changed) assert.ok(at >= start && at < end, `byte ${at}`);
    });
  }
}

test('the sizes of the layouts are those of the limits', () => {
  const fixed = (layout: Layout): number =>
    layout.reduce((sum, { bytes }) => sum + (typeof bytes === 'number' ? bytes : 0), 0);
  assert.equal(fixed(layouts.parameters), parametersBytes);
  assert.equal(fixed(layouts.error), authLimits.errorBytes);
  assert.equal(fixed(layouts.retry), authLimits.retryBytes);
  assert.equal(fixed(layouts['auth-2']), authLimits.auth2HeaderBytes);
  const noiseAt = fieldOffset(layouts['auth-1'], 'Noise message 1');
  assert.equal(noiseAt, authLimits.gateMacOffset - authLimits.noiseMessage1BytesMax);
  assert.equal(authLimits.cookieMacOffset - authLimits.gateMacOffset, 16);
  assert.equal(authLimits.auth1Bytes - authLimits.cookieMacOffset, 16);
  const { userDataBytesMax, playerIdBytesMax, matchIdBytesMax, ticketBytesMax } = ticketLimits;
  const longest = fixed(layouts.ticket) + userDataBytesMax + playerIdBytesMax + matchIdBytesMax;
  assert.equal(longest, ticketBytesMax);
  assert.equal(layouts['data-packet'].at(-1)?.bytes, tagBytes);
});
