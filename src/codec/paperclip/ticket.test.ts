import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { concatBytes, fromHex, toHex } from '../../base/bytes.ts';
import { decodeTicket, encodeTicketClaims, type TicketClaims, ticketLimits } from './ticket.ts';

const keyId = fromHex('a1b2c3d4')!;
const signature = new Uint8Array(64).fill(0x55);
const claims: TicketClaims = {
  ticketId: new Uint8Array(16).fill(0x11),
  playerId: 'mario',
  clientPublicKey: new Uint8Array(32).fill(0x22),
  hostPublicKey: new Uint8Array(32).fill(0x33),
  matchId: 'm1',
  seat: 1,
  notBeforeMs: 0x0198_0000_0000,
  expiresAtMs: 0x0198_0000_ea60,
  userData: fromHex('beef')!,
};

const written =
  `01 a1b2c3d4 ${'11'.repeat(16)} ${'22'.repeat(32)} ${'33'.repeat(32)} ` +
  `019800000000 01980000ea60 01 056d6172696f 026d31 0002beef ${'55'.repeat(64)}`;
const ticket = fromHex(written.replaceAll(' ', ''))!;

const publicKey = fc.uint8Array({ minLength: 32, maxLength: 32 });
const claimsArbitrary: fc.Arbitrary<TicketClaims> = fc.record(
  {
    ticketId: fc.uint8Array({ minLength: 16, maxLength: 16 }),
    playerId: fc.string({ unit: 'binary', minLength: 1, maxLength: 16 }),
    clientPublicKey: publicKey,
    hostPublicKey: publicKey,
    matchId: fc.string({ unit: 'binary', maxLength: 16 }),
    seat: fc.nat({ max: 255 }),
    notBeforeMs: fc.constant(1_760_000_000_000),
    expiresAtMs: fc.integer({ min: 1_760_000_000_001, max: 1_760_000_120_000 }),
    userData: fc.uint8Array({ maxLength: 256 }),
  },
  { noNullPrototype: true },
);

test('a ticket has the bytes of the paper', () => {
  assert.equal(toHex(concatBytes(encodeTicketClaims(keyId, claims), signature)), toHex(ticket));
});

test('a decoded ticket gives its fields, and shares no memory with the datagram', () => {
  const datagram = ticket.slice();
  const decoded = decodeTicket(datagram);
  datagram.fill(0);
  assert.ok(decoded.ok);
  assert.deepEqual(decoded.value.claims, claims);
  assert.deepEqual(decoded.value.keyId, keyId);
  assert.deepEqual(decoded.value.signature, signature);
  assert.deepEqual(decoded.value.signed, ticket.slice(0, -64));
});

test('what is encoded decodes to the same', () => {
  fc.assert(
    fc.property(claimsArbitrary, (some) => {
      const bytes = concatBytes(encodeTicketClaims(keyId, some), signature);
      assert.ok(bytes.length <= ticketLimits.ticketBytesMax);
      const decoded = decodeTicket(bytes);
      assert.ok(decoded.ok);
      assert.deepEqual(decoded.value.claims, some);
    }),
  );
});

test('bytes that are accepted encode to the same bytes', () => {
  const bent = fc.array(fc.tuple(fc.nat({ max: ticket.length - 1 }), fc.nat({ max: 255 })));
  let accepted = 0;
  fc.assert(
    fc.property(bent, (changes) => {
      const bytes = ticket.slice();
      for (const [at, value] of changes) bytes[at] = value;
      const decoded = decodeTicket(bytes);
      if (!decoded.ok) return;
      accepted++;
      const again = encodeTicketClaims(decoded.value.keyId, decoded.value.claims);
      assert.equal(toHex(concatBytes(again, decoded.value.signature)), toHex(bytes));
    }),
  );
  assert.ok(accepted > 0);
});

test('a ticket cut at any length, or with a byte too many, is malformed', () => {
  for (let length = 0; length < ticket.length; length++) {
    assert.deepEqual(decodeTicket(ticket.subarray(0, length)), { ok: false, error: 'truncated' });
  }
  const longer = concatBytes(ticket, new Uint8Array(1));
  assert.deepEqual(decodeTicket(longer), { ok: false, error: 'trailing-bytes' });
  assert.deepEqual(decodeTicket(new Uint8Array(5000).fill(1)), {
    ok: false,
    error: 'trailing-bytes',
  });
});

test('each field out of its limits is malformed by its name', () => {
  const refuse = (at: number, hexBytes: string, reason: string) => {
    const bytes = ticket.slice();
    bytes.set(fromHex(hexBytes)!, at);
    assert.deepEqual(decodeTicket(bytes), { ok: false, error: reason });
  };
  refuse(0, '02', 'version');
  refuse(91, '019800000000', 'lifetime'); // ends when it begins
  refuse(91, '01980001d4c1', 'lifetime'); // 120,001 ms
  refuse(98, '00', 'player-id');
  refuse(98, '41', 'player-id'); // 65 bytes
  refuse(99, 'ff', 'player-id'); // not UTF-8
  refuse(104, '41', 'match-id');
  refuse(107, '0101', 'user-data'); // 257 bytes
});

test('claims that do not fit throw with the name of the field', () => {
  const refuse = (change: Partial<TicketClaims>, name: RegExp) =>
    assert.throws(() => encodeTicketClaims(keyId, { ...claims, ...change }), name);
  refuse({ ticketId: new Uint8Array(15) }, /ticketId/);
  refuse({ clientPublicKey: new Uint8Array(31) }, /clientPublicKey/);
  refuse({ hostPublicKey: new Uint8Array(33) }, /hostPublicKey/);
  refuse({ playerId: '' }, /playerId/);
  refuse({ playerId: 'x'.repeat(65) }, /playerId/);
  refuse({ playerId: '\ud800' }, /playerId/);
  refuse({ matchId: 'é'.repeat(33) }, /matchId/);
  refuse({ seat: 256 }, /seat/);
  refuse({ seat: 0.5 }, /seat/);
  refuse({ notBeforeMs: -1 }, /notBeforeMs/);
  refuse({ expiresAtMs: claims.notBeforeMs }, /expiresAtMs/);
  refuse({ expiresAtMs: claims.notBeforeMs + 120_001 }, /expiresAtMs/);
  refuse({ userData: new Uint8Array(257) }, /userData/);
});
