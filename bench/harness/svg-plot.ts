// Line plots as SVG, with no dependency: linear axes, ticks given or chosen, one colour and one
// name at the right end per series. For pages on a white or a dark ground alike.

export interface Series {
  readonly name: string;
  /** By rising x. */
  readonly points: readonly (readonly [x: number, y: number])[];
}

export interface Tick {
  readonly at: number;
  readonly text: string;
}

export interface Axis {
  readonly label: string;
  /** Default: of the data. */
  readonly min?: number;
  readonly max?: number;
  /** Default: round numbers. */
  readonly ticks?: readonly Tick[];
}

export interface Plot {
  readonly title: string;
  readonly x: Axis;
  readonly y: Axis;
  readonly series: readonly Series[];
  /** Horizontal lines that mean something: a limit, a floor. */
  readonly marks?: readonly Tick[];
}

const size = { width: 900, height: 420 } as const;
const frame = { left: 64, top: 44, right: 270, bottom: 48 } as const;
const inner = {
  width: size.width - frame.left - frame.right,
  height: size.height - frame.top - frame.bottom,
} as const;
/** Okabe and Ito's colours, which the colour-blind can tell apart, without their yellow. */
const colours = ['#0072b2', '#d55e00', '#009e73', '#cc79a7', '#e69f00', '#56b4e9', '#7f7f7f'];
const ticksWanted = 6;
const nameLinePx = 16;

export function linePlot({ title, x, y, series, marks = [] }: Plot): string {
  const points = series.flatMap((one) => one.points);
  const across = scale(
    x,
    points.map(([at]) => at),
    frame.left,
    inner.width,
  );
  const markValues = marks.map(({ at }) => at);
  const up = scale(
    y,
    [...points.map(([, at]) => at), ...markValues],
    frame.top + inner.height,
    -inner.height,
  );
  const bottom = frame.top + inner.height;
  const right = frame.left + inner.width;
  const lines = [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${size.width} ${size.height}" ` +
      'font-family="system-ui, sans-serif" font-size="12">',
    `<title>${escaped(title)}</title>`,
    `<rect width="${size.width}" height="${size.height}" fill="#ffffff"/>`,
    text(frame.left, 24, title, 'start', 'font-size="14" font-weight="600"'),
    ...across.ticks.flatMap(({ at, text: words }) => [
      rule(across.to(at), frame.top, across.to(at), bottom),
      text(across.to(at), bottom + 18, words, 'middle'),
    ]),
    ...up.ticks.flatMap(({ at, text: words }) => [
      rule(frame.left, up.to(at), right, up.to(at)),
      text(frame.left - 8, up.to(at) + 4, words, 'end'),
    ]),
    ...marks.flatMap(({ at, text: words }) => [
      rule(frame.left, up.to(at), right, up.to(at), 'stroke="#555555" stroke-dasharray="5 4"'),
      text(right - 4, up.to(at) - 5, words, 'end', 'fill="#555555"'),
    ]),
    text(frame.left + inner.width / 2, size.height - 10, x.label, 'middle'),
    text(frame.left - 8, frame.top - 8, y.label, 'end'),
    ...series.map(({ points: own }, i) => curve(own, across.to, up.to, colourOf(i))),
    ...names(series, up.to).map(({ name, atY, colour }) =>
      text(right + 10, atY + 4, name, 'start', `fill="${colour}" font-weight="600"`),
    ),
    '</svg>',
  ];
  return `${lines.join('\n')}\n`;
}

interface Scale {
  readonly ticks: readonly Tick[];
  to(value: number): number;
}

function scale(axis: Axis, values: readonly number[], from: number, length: number): Scale {
  const given = axis.ticks?.map(({ at }) => at) ?? [];
  const low = axis.min ?? Math.min(...values, ...given);
  const highest = axis.max ?? Math.max(...values, ...given);
  const high = highest > low ? highest : low + 1;
  return {
    ticks: axis.ticks ?? roundTicks(low, high),
    to: (value) => {
      const share = (Math.min(high, Math.max(low, value)) - low) / (high - low);
      return Math.round(10 * (from + share * length)) / 10;
    },
  };
}

/** Steps of 1, 2 or 5 times a power of ten. */
export function roundTicks(low: number, high: number): readonly Tick[] {
  const rough = (high - low) / ticksWanted;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = power * ([1, 2, 5, 10].find((times) => times * power >= rough) ?? 10);
  const ticks: Tick[] = [];
  for (let i = Math.ceil(low / step); i * step <= high * (1 + 1e-9); i++) {
    const at = i * step;
    ticks.push({ at, text: Number(at.toPrecision(6)).toLocaleString('en') });
  }
  return ticks;
}

function curve(
  points: Series['points'],
  toX: Scale['to'],
  toY: Scale['to'],
  colour: string,
): string {
  const path = points.map(([x, y]) => `${toX(x)},${toY(y)}`).join(' ');
  return `<polyline points="${path}" fill="none" stroke="${colour}" stroke-width="2"/>`;
}

/** Each name beside its line's end, moved down where another one stands. */
function names(series: readonly Series[], toY: Scale['to']) {
  const wanted = series
    .map(({ name, points }, i) => ({
      name,
      atY: toY(points.at(-1)?.[1] ?? 0),
      colour: colourOf(i),
    }))
    .sort((a, b) => a.atY - b.atY);
  let nextY = 0;
  const placed = wanted.map((one) => {
    const atY = Math.max(one.atY, nextY);
    nextY = atY + nameLinePx;
    return { ...one, atY };
  });
  const over = Math.max(0, nextY - nameLinePx - (frame.top + inner.height));
  return placed.map((one) => ({ ...one, atY: one.atY - over }));
}

export const colourOf = (index: number): string => colours[index % colours.length]!;

function rule(x1: number, y1: number, x2: number, y2: number, style = 'stroke="#dddddd"'): string {
  return `<line x1="${x1}" y1="${y1}" x2="${x2}" y2="${y2}" ${style}/>`;
}

function text(x: number, y: number, words: string, anchor: string, style = ''): string {
  const attributes = style === '' ? '' : ` ${style}`;
  return `<text x="${x}" y="${y}" text-anchor="${anchor}"${attributes}>${escaped(words)}</text>`;
}

export const escaped = (words: string): string =>
  words.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
