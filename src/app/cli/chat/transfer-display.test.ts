// When progress is shown and to whom, by a clock that the test turns.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Terminal } from '../terminal.ts';
import { type ChatFile, chatFile } from './chat-file.ts';
import { type ChatView, chatView } from './chat-view.ts';
import { TransferDisplay } from './transfer-display.ts';

function shown(options: { readonly json?: boolean; readonly isTTY?: boolean }) {
  const written: string[] = [];
  let rows: readonly string[] = [];
  const { isTTY = false, json = false } = options;
  const stdout = { isTTY, write: (text: string) => written.push(text) };
  const terminal = new Terminal({ stdout, stderr: stdout, env: {}, stdinIsTTY: isTTY, json });
  const view: ChatView = {
    ...chatView(terminal, () => undefined),
    status: (next) => {
      rows = next;
    },
  };
  let now = 0;
  const due: { readonly atMs: number; readonly run: () => void }[] = [];
  const running: ChatFile[] = [];
  const display = new TransferDisplay({
    view,
    now: () => now,
    after(delayMs, run) {
      due.push({ atMs: now + delayMs, run });
      return () => undefined;
    },
    running: () => running,
  });
  return {
    display,
    running,
    written,
    due,
    rows: () => rows,
    pass(ms: number): void {
      for (const end = now + ms; ; ) {
        const next = due[0];
        if (next === undefined || next.atMs > end) {
          now = end;
          return;
        }
        due.shift();
        now = next.atMs;
        next.run();
      }
    },
  };
}

function file(number: number): ChatFile {
  const given = { fileId: `f${number}`, isMine: true, peer: 'ben', name: 'a', sha256: undefined };
  return { ...chatFile({ ...given, size: 1_000 }, number, 0), state: 'running' };
}

test('--json tells once a second, and only what has moved', () => {
  const { display, running, written, pass } = shown({ json: true });
  const one = file(1);
  running.push(one);
  display.start();
  for (let step = 0; step < 40; step++) {
    one.bytesDone += 10;
    pass(50);
  }
  pass(5_000);
  const told = written.map((line) => JSON.parse(line));
  assert.deepEqual(
    told.map(({ event, bytesDone }) => [event, bytesDone]),
    [
      ['file.progress', 200],
      ['file.progress', 400],
    ],
  );
});

test('at a terminal there are a few rows, which go when all is over, and no timer stays', () => {
  const { display, running, rows, pass, due } = shown({ isTTY: true });
  running.push(...[1, 2, 3, 4, 5].map(file));
  display.start();
  assert.deepEqual(
    rows().map((row) => row.slice(0, 5)),
    ['↑ 1 a', '↑ 2 a', '↑ 3 a', '  and'],
  );
  running.length = 0;
  pass(1_000);
  assert.deepEqual([rows().length, due.length], [0, 0]);
});

test('on a pipe there is no progress', () => {
  const { display, running, written, due } = shown({});
  running.push(file(1));
  display.start();
  assert.deepEqual([written.length, due.length], [0, 0]);
});
