// How far a file is, in words and bars; times are numbers of a clock that stands still.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { cellWidth } from './cell-width.ts';
import { type Progress, progressLine, TransferRate } from './transfer-text.ts';

const halfway: Progress = {
  number: 1,
  isMine: false,
  name: 'notes.txt',
  bytesDone: 5_000_000,
  size: 10_000_000,
  bytesPerS: 1_250_000,
};

test('a row has a bar, a share, a speed and the time that is left', () => {
  assert.equal(
    progressLine(halfway, 80),
    '↓ 1 notes.txt [████████████░░░░░░░░░░░░]  50 %    1.3 MB/s  4 s left',
  );
  assert.equal(
    progressLine({ ...halfway, isMine: true, bytesDone: 0, bytesPerS: 0 }, 80),
    '↑ 1 notes.txt [░░░░░░░░░░░░░░░░░░░░░░░░]   0 %     waiting',
  );
});

test('100 % is for a file that is all there, and no size means no bar', () => {
  assert.match(progressLine({ ...halfway, bytesDone: 9_999_999 }, 80), / 99 %/);
  assert.match(progressLine({ ...halfway, bytesDone: 0, size: 0 }, 80), /\[█+\] 100 %/);
  assert.equal(
    progressLine({ ...halfway, size: undefined }, 80),
    '↓ 1 notes.txt 5.0 MB    1.3 MB/s',
  );
});

test('a row never wraps: the bar goes first, then the name, then the rest', () => {
  const wide = { ...halfway, name: `${'写真'.repeat(20)}.jpeg` };
  for (let columns = 1; columns <= 120; columns++) {
    const row = progressLine(wide, columns);
    assert(cellWidth(row) < columns, `${columns}: ${row}`);
  }
  assert.match(progressLine(wide, 80), /写真.*….*\.jpeg \[/);
  assert.equal(progressLine(halfway, 12), '↓ 1  50 %');
});

test('the speed is that of the last seconds, and falls when nothing comes', () => {
  const rate = new TransferRate(0);
  assert.equal(rate.bytesPerS(0), 0);
  for (let ms = 10; ms <= 10_000; ms += 10) rate.add(ms, ms * 1_000);
  assert.equal(Math.round(rate.bytesPerS(10_000) / 1_000), 1_000);
  for (let ms = 10_010; ms <= 20_000; ms += 10) rate.add(ms, 10_000_000 + (ms - 10_000) * 4_000);
  assert.equal(Math.round(rate.bytesPerS(20_000) / 1_000), 4_000);
  assert(rate.bytesPerS(23_000) < 3_000_000);
  assert.equal(rate.bytesPerS(60_000), 0);
});
