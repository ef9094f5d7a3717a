// Order statistics of measured values.

/** The smallest value that at least the share `at` (0 to 1) of all values does not exceed. */
export function quantile(sorted: readonly number[], at: number): number {
  return sorted[Math.max(0, Math.ceil(at * sorted.length) - 1)] ?? Number.NaN;
}

export const ascending = (values: readonly number[]): number[] => [...values].sort((a, b) => a - b);

export const median = (values: readonly number[]): number => quantile(ascending(values), 0.5);

export const sum = (values: readonly number[]): number =>
  values.reduce((total, value) => total + value, 0);

export interface Distribution {
  readonly count: number;
  readonly p50: number;
  readonly p90: number;
  readonly p99: number;
  readonly p999: number;
  readonly max: number;
  /** Values at the shares of `curveShares`, for a plot. */
  readonly curve: readonly number[];
}

/** From the median to one in 10,000, evenly on the logarithm of what lies above. */
export const curveShares: readonly number[] = Array.from(
  { length: 75 },
  (_, i) => 1 - 0.5 * 10 ** (-i / 20),
);

export function distribution(values: readonly number[]): Distribution {
  const sorted = ascending(values);
  const at = (share: number) => rounded(quantile(sorted, share), 2);
  return {
    count: sorted.length,
    p50: at(0.5),
    p90: at(0.9),
    p99: at(0.99),
    p999: at(0.999),
    max: at(1),
    curve: curveShares.map(at),
  };
}

export function rounded(value: number, digits: number): number {
  const scale = 10 ** digits;
  return Math.round(value * scale) / scale;
}
