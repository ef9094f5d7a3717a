import assert from 'node:assert/strict';
import { test } from 'node:test';
import { concatBytes, fromHex, toBase64Url, toHex } from '../../base/bytes.ts';
import { encodeRatchetHeader } from './double-ratchet.ts';
import { copyFor, decodeEnvelope, encodeEnvelope } from './envelope.ts';
import { sealedLimits } from './limits.ts';
import { decodeSealedMessage, encodeSealedPrefix } from './sealed-message.ts';

const hex = (text: string) => fromHex(text.replaceAll(' ', ''))!;
const sender = '11'.repeat(16);
const receiver = '22'.repeat(16);
const header = `${'33'.repeat(32)} 00000004 00000005`;
const ciphertext = '66'.repeat(48);
const normal = `01 02 ${sender} ${receiver} ${header} ${ciphertext}`;
const initial = `01 01 ${sender} ${receiver} ${'77'.repeat(165)} 00000008 ${'99'.repeat(32)} ${header} ${ciphertext}`;

const errorOf = (text: string) => {
  const decoded = decodeSealedMessage(hex(text));
  return decoded.ok ? undefined : decoded.error;
};

test('both kinds have the layout that the file says, and encode to the same bytes', () => {
  for (const text of [normal, initial]) {
    const decoded = decodeSealedMessage(hex(text));
    assert.ok(decoded.ok);
    const { value } = decoded;
    assert.equal(toHex(value.senderDevice), sender);
    assert.equal(toHex(value.receiverDevice), receiver);
    assert.deepEqual(
      { ...value.header, ratchetKey: toHex(value.header.ratchetKey) },
      { ratchetKey: '33'.repeat(32), previousLength: 4, number: 5 },
    );
    assert.equal(value.start?.prekeyId, text === initial ? 8 : undefined);
    const prefix = encodeSealedPrefix(value.senderDevice, value.receiverDevice, value.start);
    assert.deepEqual(prefix, value.prefix);
    const again = concatBytes(prefix, encodeRatchetHeader(value.header), value.ciphertext);
    assert.equal(toHex(again), toHex(hex(text)));
  }
});

test('every length that is no message is refused', () => {
  const whole = hex(initial);
  for (let length = 0; length < whole.length; length++) {
    const cut = decodeSealedMessage(whole.subarray(0, length));
    assert.deepEqual(cut, { ok: false, error: 'length' }, String(length));
  }
  assert.equal(errorOf(`${normal} 00`), 'length');
  assert.equal(errorOf(normal.slice(0, -ciphertext.length)), 'length');
  const longest = concatBytes(hex(initial), new Uint8Array(4_096 - 32));
  assert.equal(longest.length, sealedLimits.sealedBytesMax);
  assert.equal(decodeSealedMessage(longest).ok, true);
  const longer = decodeSealedMessage(concatBytes(longest, new Uint8Array(32)));
  assert.deepEqual(longer, { ok: false, error: 'length' });
});

test('a version, a kind and a prekey that there are not are refused', () => {
  assert.equal(errorOf(normal.replace('01', '02')), 'version');
  assert.equal(errorOf(normal.replace('01 02', '01 00')), 'kind');
  assert.equal(errorOf(normal.replace('01 02', '01 03')), 'kind');
  assert.equal(errorOf(initial.replace('00000008', '00000000')), 'prekey-id');
});

test('an envelope gives each device its copy', () => {
  const other = hex(normal.replace(receiver, 'aa'.repeat(16)));
  const decoded = decodeEnvelope(encodeEnvelope([hex(normal), other]));
  assert.ok(decoded.ok);
  assert.equal(decoded.value.length, 2);
  assert.equal(copyFor(decoded.value, hex('aa'.repeat(16))), decoded.value[1]);
  assert.equal(copyFor(decoded.value, hex('bb'.repeat(16))), undefined);
});

test('an envelope that is not whole is refused with its reason', () => {
  const copy = hex(normal);
  const length = copy.length.toString(16).padStart(4, '0');
  const envelope = (text: string) => {
    const decoded = decodeEnvelope(toBase64Url(hex(text)));
    return decoded.ok ? undefined : decoded.error;
  };
  assert.equal(envelope(`01 01 ${length} ${toHex(copy)}`), undefined);
  assert.equal(envelope(''), 'truncated');
  assert.equal(envelope(`02 01 ${length} ${toHex(copy)}`), 'envelope-version');
  assert.equal(envelope('01 00'), 'copies');
  assert.equal(envelope('01 09'), 'copies');
  assert.equal(envelope('01 01 00'), 'truncated');
  assert.equal(envelope(`01 01 ${length} ${toHex(copy.subarray(1))}`), 'truncated');
  assert.equal(envelope(`01 01 ${length} ${toHex(copy)} 00`), 'trailing-bytes');
  assert.equal(envelope(`01 01 ffff ${'00'.repeat(0xffff)}`), 'too-long');
  assert.equal(envelope(`01 01 2000 ${'00'.repeat(0x2000)}`), 'length');
  assert.equal(envelope(`01 01 0001 01`), 'length');
  assert.equal(envelope(`01 02 ${length} ${toHex(copy)} ${length} ${toHex(copy)}`), 'device-twice');
  assert.deepEqual(decodeEnvelope('*'), { ok: false, error: 'not-base64url' });
  assert.throws(() => encodeEnvelope([]), /1 to 8/);
  assert.throws(() => encodeEnvelope(Array.from({ length: 9 }, () => copy)), /1 to 8/);
});

test('the longest envelope is read', () => {
  const copies = Array.from({ length: 8 }, (_, i) =>
    concatBytes(hex(initial.replace(receiver, `0${i}`.repeat(16))), new Uint8Array(4_064)),
  );
  const text = encodeEnvelope(copies);
  assert.equal(text.length, Math.ceil((sealedLimits.envelopeBytesMax * 4) / 3));
  assert.equal(decodeEnvelope(text).ok, true);
});
