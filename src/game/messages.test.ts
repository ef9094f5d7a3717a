import assert from 'node:assert/strict';
import test from 'node:test';
import { utf8 } from '../base/bytes.ts';
import { gameLimits } from './limits.ts';
import {
  type ClientMessage,
  clientChannel,
  decodeClientMessage,
  decodeHostMessage,
  encodeClientMessage,
  encodeHostMessage,
  type HostMessage,
} from './messages.ts';

const host: readonly HostMessage[] = [
  {
    kind: 'welcome',
    matchId: 'm1',
    game: 'rps',
    version: 1,
    seat: 1,
    players: [
      { name: 'lu', bot: false, status: 'here' },
      { name: 'bot', bot: true, status: 'away' },
    ],
    settings: { firstTo: 3 },
    tick: 0,
    tickHz: 59.94,
    lastSequence: 0,
  },
  { kind: 'view', n: 1, base: 0, full: null, tick: 0, lastSequence: 0 },
  { kind: 'view', n: 2, base: 1, delta: {}, tick: 3, lastSequence: 9, turnEndsInMs: 12.5 },
  { kind: 'refused', sequence: 3, code: 'rules', message: 'not now' },
  { kind: 'refused', sequence: 3, code: 'malformed', message: 'x is missing', field: 'x' },
  { kind: 'player', seat: 63, status: 'left' },
  { kind: 'ended', reason: 'outcome', outcome: { ranking: [[1], [0]], score: [0.5, 3] } },
  { kind: 'ended', reason: 'abandoned' },
];

const client: readonly ClientMessage[] = [
  { kind: 'input', sequence: 1, input: { choice: 'rock' } },
  { kind: 'input', sequence: 4294967295, input: null },
  { kind: 'view-ack', n: 0 },
  { kind: 'forfeit' },
];

test('every message comes back equal from its bytes', () => {
  for (const value of host) {
    assert.deepEqual(decodeHostMessage(encodeHostMessage(value)), { ok: true, value });
  }
  for (const value of client) {
    assert.deepEqual(decodeClientMessage(encodeClientMessage(value)), { ok: true, value });
  }
});

test('acknowledgements go on the channel where losing one does not matter', () => {
  assert.deepEqual(client.map(clientChannel), ['reliable', 'reliable', 'state', 'reliable']);
});

test('what is no client message is refused with a reason', () => {
  const reason = (text: string): string => {
    const result = decodeClientMessage(utf8(text));
    return result.ok ? 'taken' : result.error;
  };
  assert.equal(reason(''), 'not JSON');
  assert.equal(reason('{"kind":"forfeit"'), 'not JSON');
  for (const text of [
    'null',
    '[]',
    '"forfeit"',
    '{}',
    '{"kind":"forfeit","more":1}',
    '{"kind":"quit"}',
    '{"kind":"input","sequence":1}',
    '{"kind":"input","sequence":0,"input":1}',
    '{"kind":"input","sequence":1.5,"input":1}',
    '{"kind":"input","sequence":4294967296,"input":1}',
    '{"kind":"input","sequence":"1","input":1}',
    '{"kind":"view-ack","n":-1}',
    '{"kind":"view-ack","n":1e999}',
    '{"__proto__":{"kind":"forfeit"}}',
    '{"kind":"forfeit","__proto__":{}}',
  ]) {
    assert.equal(reason(text), 'not a client message', text);
  }
  assert.equal(reason(' '.repeat(5000)), `larger than ${gameLimits.clientMessageBytesMax} bytes`);
  const notText = decodeClientMessage(new Uint8Array([0x22, 0xff, 0x22]));
  assert.deepEqual(notText, { ok: false, error: 'not UTF-8' });
  assert.equal(reason(`${'['.repeat(2000)}${']'.repeat(2000)}`), 'not a client message');
});

test('a view needs a whole with base 0 and a change with another', () => {
  const around = '"n":2,"tick":0,"lastSequence":0';
  for (const body of ['"base":0', '"base":1', '"base":0,"delta":{}', '"base":1,"full":{}']) {
    const result = decodeHostMessage(utf8(`{"kind":"view",${around},${body}}`));
    assert.equal(result.ok, false, body);
  }
});
