// What the row at the bottom writes when rows stand above it. How keys change the line is in
// `line-editor.test.ts`.

import assert from 'node:assert/strict';
import { PassThrough, Writable } from 'node:stream';
import { test } from 'node:test';
import { Terminal } from '../terminal.ts';
import { InputLine } from './input-line.ts';

class Screen extends Writable {
  readonly isTTY = true;
  readonly columns = 40;
  text = '';

  override _write(chunk: Buffer, _encoding: string, done: () => void): void {
    this.text += chunk.toString();
    done();
  }

  /** What was written since this was asked last. */
  news(): string {
    const { text } = this;
    this.text = '';
    return text;
  }
}

test('rows above the line go up and down with it, and what is typed stays', () => {
  const [screen, stdin] = [new Screen(), new PassThrough()];
  const env = { NO_COLOR: '1' };
  const terminal = new Terminal({ stdout: screen, stderr: screen, env, stdinIsTTY: true });
  const row = new InputLine({
    host: { env, stdin, stdout: screen, stderr: screen, onInterrupt: () => () => undefined },
    terminal,
    onLine: () => undefined,
    onInterrupt: () => undefined,
    onEnd: () => undefined,
    complete: () => ({ from: 0, words: [] }),
  });
  stdin.emit('keypress', 'h', { name: 'h' });
  screen.news();
  row.status = ['one', 'two\x1b[2J'];
  assert.equal(screen.news(), '\r\x1b[Jone\ntwo\ufffd[2J\n> h\r\x1b[3C');
  row.status = ['one', 'two\x1b[2J'];
  assert.equal(screen.news(), '');
  row.above(() => terminal.line('said'));
  assert.equal(screen.news(), '\x1b[2A\r\x1b[Jsaid\n\r\x1b[Jone\ntwo\ufffd[2J\n> h\r\x1b[3C');
  row.status = [];
  assert.equal(screen.news(), '\x1b[2A\r\x1b[J> h\r\x1b[3C');
  row.close();
  row.status = ['three'];
  assert.equal(screen.news(), '\r\x1b[J\x1b[?2004l');
});
