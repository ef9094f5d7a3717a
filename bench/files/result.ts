// The result of the files benchmark, and how it is shown.

import type { Machine } from '../harness/machine.ts';
import { figure, markdownTable, percent } from '../harness/table.ts';

export interface FileRun {
  readonly way: string;
  readonly bytesPerS: number;
  /** Absent: there is no server between. */
  readonly server?: {
    /** The most that the process had during the run, less what it had before. */
    readonly grownBytes: number;
    readonly cpuS: number;
  };
}

export interface FilesResult {
  readonly benchmark: 'files';
  readonly machine: Machine;
  readonly fileBytes: number;
  /** The first is the bare copy that the others are compared with. */
  readonly runs: readonly FileRun[];
}

export function filesTable({ fileBytes, runs }: FilesResult): string {
  const bare = runs[0]?.bytesPerS;
  return markdownTable<FileRun>(
    [
      { head: `${figure(fileBytes / 2 ** 20)} MiB by`, cell: ({ way }) => way },
      { head: 'MB/s', cell: ({ bytesPerS }) => figure(bytesPerS / 1e6) },
      {
        head: 'of the bare copy',
        cell: ({ bytesPerS }) => percent(bare === undefined ? undefined : bytesPerS / bare),
      },
      {
        head: 'more server memory (RSS), MiB',
        cell: ({ server }) => figure(server && server.grownBytes / 2 ** 20),
      },
      { head: 'server CPU, s', cell: ({ server }) => figure(server?.cpuS) },
    ],
    runs,
  );
}
