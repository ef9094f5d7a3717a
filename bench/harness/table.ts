// Markdown tables of results.

export interface Column<Row> {
  readonly head: string;
  readonly cell: (row: Row) => string;
}

export function markdownTable<Row>(columns: readonly Column<Row>[], rows: readonly Row[]): string {
  const line = (cells: readonly string[]) => `| ${cells.map(escaped).join(' | ')} |`;
  return [
    line(columns.map(({ head }) => head)),
    `|${columns.map((_, i) => (i === 0 ? '---' : '---:')).join('|')}|`,
    ...rows.map((row) => line(columns.map(({ cell }) => cell(row)))),
  ].join('\n');
}

/** `1,234`, `12.3`, `0.12`: as many digits as say something; `-` for what was not measured. */
export function figure(value: number | undefined): string {
  if (value === undefined || Number.isNaN(value)) return '-';
  const size = Math.abs(value);
  if (size >= 100) return Math.round(value).toLocaleString('en');
  return value.toFixed(size >= 10 ? 1 : 2);
}

export const percent = (share: number | undefined): string =>
  share === undefined || Number.isNaN(share) ? '-' : `${(100 * share).toFixed(0)}%`;

const escaped = (cell: string): string => cell.replaceAll('|', '\\|');
