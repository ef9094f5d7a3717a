// What a player reads while a lobby fills, without a terminal: one line per change.

import assert from 'node:assert/strict';
import { Readable, Writable } from 'node:stream';
import { test } from 'node:test';
import type { Lobby } from '../../client/index.ts';
import { watchInterrupts } from './interrupt.ts';
import { Terminal } from './terminal.ts';
import { showWaiting, type Waiting } from './waiting.ts';

const member = (name: string, seat: number, ready: boolean): Lobby['members'][number] => ({
  playerId: `p_${name}`,
  name,
  kind: 'guest',
  seat,
  ready,
});

const lobby = (more: Partial<Lobby>): Lobby => ({
  id: 'l1',
  game: 'rps',
  state: 'open',
  private: true,
  code: 'K7Q2',
  ownerId: 'p_mario',
  members: [member('mario', 0, true)],
  playersMin: 2,
  playersMax: 2,
  settings: {},
  createdAt: '2026-01-01T00:00:00.000Z',
  ...more,
});

const linesOf = (...lobbies: readonly Lobby[]): string[] =>
  linesWhile((waiting) => {
    for (const one of lobbies) waiting.lobby(one);
  });

function linesWhile(run: (waiting: Waiting) => void): string[] {
  let out = '';
  const stdout = new Writable({
    write(chunk: Buffer, _encoding, done) {
      out += chunk.toString();
      done();
    },
  });
  const host = {
    env: {},
    stdin: Readable.from([]),
    stdout,
    stderr: stdout,
    onInterrupt: () => () => undefined,
  };
  const terminal = new Terminal({ stdout, stderr: stdout, env: {}, stdinIsTTY: false });
  const interrupts = watchInterrupts(host);
  const waiting = showWaiting(terminal, host, interrupts, 'paperclip play rps --join');
  run(waiting);
  waiting.stop();
  interrupts.stop();
  return out.trim().split('\n');
}

test('a friend is told the way in while there is room, and not after', () => {
  const members = [member('mario', 0, true), member('luigi', 1, false)];
  assert.deepEqual(linesOf(lobby({}), lobby({ members }), lobby({ members, state: 'starting' })), [
    'lobby l1: 1 of 2 players, open; a friend types: paperclip play rps --join K7Q2',
    'lobby l1: 2 of 2 players, open, not ready: luigi',
    'lobby l1: 2 of 2 players, starting',
  ]);
});

test('a change that a reader would not notice is not told', () => {
  assert.equal(linesOf(lobby({}), lobby({ settings: { firstTo: 1 } })).length, 1);
});

test('a server that goes away and comes back is told, each once', () => {
  const told = linesWhile((waiting) => {
    for (const isHere of [true, false, false, true]) waiting.server(isHere);
  });
  assert.deepEqual(told, ['The server is away; trying again.', 'The server is back.']);
});
