// Grouped horizontal bars as SVG: each group with its own scale, because sizes of messages differ
// by more than bars can show together.

import { colourOf, escaped } from './svg-plot.ts';

export interface BarPlot {
  readonly title: string;
  readonly groups: readonly {
    readonly name: string;
    readonly bars: readonly { readonly name: string; readonly value: number }[];
  }[];
}

const width = 860;
const left = 230;
const right = 110;
const barPx = 16;
const stepPx = 22;
const groupPx = 34;
const topPx = 44;

export function barPlot({ title, groups }: BarPlot): string {
  const lines: string[] = [];
  let y = topPx;
  const names = [...new Set(groups.flatMap(({ bars }) => bars.map(({ name }) => name)))];
  for (const { name, bars } of groups) {
    const most = Math.max(...bars.map(({ value }) => value), Number.MIN_VALUE);
    lines.push(`<text x="16" y="${y + 14}" font-weight="600">${escaped(name)}</text>`);
    y += groupPx - stepPx / 2;
    for (const bar of bars) {
      const length = Math.round((bar.value / most) * (width - left - right));
      const colour = colourOf(names.indexOf(bar.name));
      const value = Math.round(bar.value).toLocaleString('en');
      const middle = y + barPx - 4;
      lines.push(
        `<text x="${left - 8}" y="${middle}" text-anchor="end">${escaped(bar.name)}</text>`,
        `<rect x="${left}" y="${y}" width="${length}" height="${barPx}" fill="${colour}"/>`,
        `<text x="${left + length + 6}" y="${middle}">${escaped(value)}</text>`,
      );
      y += stepPx;
    }
    y += groupPx - stepPx;
  }
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${y}" ` +
      'font-family="system-ui, sans-serif" font-size="12">',
    `<title>${escaped(title)}</title>`,
    `<rect width="${width}" height="${y}" fill="#ffffff"/>`,
    `<text x="16" y="24" font-size="14" font-weight="600">${escaped(title)}</text>`,
    ...lines,
    '</svg>',
    '',
  ].join('\n');
}
