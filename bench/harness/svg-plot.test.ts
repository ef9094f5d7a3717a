import assert from 'node:assert/strict';
import { test } from 'node:test';
import { barPlot } from './svg-bars.ts';
import { linePlot, roundTicks } from './svg-plot.ts';

test('ticks are round numbers within the axis', () => {
  assert.deepEqual(
    roundTicks(0, 100).map(({ text }) => text),
    ['0', '20', '40', '60', '80', '100'],
  );
  assert.deepEqual(
    roundTicks(0.3, 1).map(({ at }) => Number(at.toFixed(6))),
    [0.4, 0.6, 0.8, 1],
  );
  assert.equal(roundTicks(0, 1e6).at(-1)?.text, '1,000,000');
});

test('a line goes from the left to the right of its frame, up with its values, and keeps in it', () => {
  const svg = linePlot({
    title: 'a & b',
    x: { label: 'x', min: 0, max: 10 },
    y: { label: 'y', min: 0, max: 100 },
    series: [
      {
        name: 'one',
        points: [
          [0, 0],
          [5, 50],
          [10, 1000],
        ],
      },
    ],
  });
  // The frame: 64 to 630 across, 372 up to 44.
  assert.match(svg, /<polyline points="64,372 347,208 630,44"/);
  assert.match(svg, /a &amp; b/);
  assert.match(svg, />one<\/text>/);
});

test('names of lines that end together do not stand on each other', () => {
  const points = [
    [0, 1],
    [1, 1],
  ] as const;
  const svg = linePlot({
    title: '',
    x: { label: '' },
    y: { label: '', min: 0 },
    series: ['one', 'two', 'three'].map((name) => ({ name, points })),
  });
  const heights = [...svg.matchAll(/y="([\d.]+)"[^>]*>(?:one|two|three)</g)].map(([, y]) =>
    Number(y),
  );
  assert.equal(heights.length, 3);
  heights.sort((a, b) => a - b);
  for (const [i, y] of heights.entries()) {
    if (i > 0) assert.ok(y - heights[i - 1]! >= 16, `${heights}`);
  }
});

test('the longest bar of each group fills it, and the others are in proportion', () => {
  const svg = barPlot({
    title: 'bars',
    groups: [
      {
        name: 'small',
        bars: [
          { name: 'a', value: 10 },
          { name: 'b', value: 5 },
        ],
      },
      { name: 'large', bars: [{ name: 'a', value: 1e6 }] },
    ],
  });
  const widths = [...svg.matchAll(/<rect x="230"[^>]*width="(\d+)"/g)].map(([, width]) =>
    Number(width),
  );
  assert.deepEqual(widths, [520, 260, 520]);
});
