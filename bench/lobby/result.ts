// The result of the lobby benchmark, and how it is shown.

import type { LobbyFormat } from '../../src/client/lobby/connect-lobby.ts';
import type { Machine } from '../harness/machine.ts';
import type { Distribution } from '../harness/statistics.ts';
import { barPlot } from '../harness/svg-bars.ts';
import { figure, markdownTable, percent } from '../harness/table.ts';

export interface LobbyRow {
  readonly format: LobbyFormat;
  readonly name: string;
  readonly clients: number;
  readonly changesPerS: number;
  readonly deliveriesPerS: number;
  /** About one game or player, to one client. */
  readonly perEntityAndS: number;
  /** Between two of those. */
  readonly gapMs: { readonly least: number; readonly p50: number };
  /** Undefined where nobody knows when the change was. */
  readonly latencyMs: Distribution | undefined;
  readonly bytesPerS: number;
  /** Of one core. */
  readonly serverBusy: number;
  /** Connections of clients that do not read, ended by the server so far. */
  readonly cutOff: number;
}

export interface LobbyFramingResult {
  readonly format: LobbyFormat;
  /** Per client that is logged in and silent. */
  readonly memory: { readonly rssBytes: number; readonly heapBytes: number };
  readonly loginsPerS: number;
  /** From its log-in, of the client that does not read; undefined: it was not. */
  readonly cutOffAfterS: number | undefined;
}

export interface LobbyResult {
  readonly benchmark: 'lobby';
  readonly machine: Machine;
  readonly framings: readonly LobbyFramingResult[];
  readonly rows: readonly LobbyRow[];
}

export function lobbyTable({ rows }: LobbyResult): string {
  return markdownTable<LobbyRow>(
    [
      { head: '', cell: ({ name }) => name },
      { head: 'framing', cell: ({ format }) => format },
      { head: 'clients', cell: ({ clients }) => clients.toLocaleString('en') },
      { head: 'changes per s', cell: ({ changesPerS }) => figure(changesPerS) },
      { head: 'of one, told per s', cell: ({ perEntityAndS }) => figure(perEntityAndS) },
      { head: 'least gap, ms', cell: ({ gapMs }) => figure(gapMs.least) },
      { head: 'deliveries per s', cell: ({ deliveriesPerS }) => figure(deliveriesPerS) },
      { head: 'MB per s', cell: ({ bytesPerS }) => figure(bytesPerS / 1e6) },
      { head: 'p50, ms', cell: ({ latencyMs }) => figure(latencyMs?.p50) },
      { head: 'p99, ms', cell: ({ latencyMs }) => figure(latencyMs?.p99) },
      { head: 'core busy', cell: ({ serverBusy }) => percent(serverBusy) },
      { head: 'cut off', cell: ({ cutOff }) => String(cutOff) },
    ],
    rows,
  );
}

export const lobbyMemoryText = ({ framings }: LobbyResult): string =>
  framings
    .map(({ format, memory, loginsPerS, cutOffAfterS }) => {
      const cut =
        cutOffAfterS === undefined
          ? 'The one who does not read was not cut off.'
          : `The one who does not read was cut off after ${figure(cutOffAfterS)} s.`;
      return (
        `${format}: a client that is logged in and silent takes ${figure(memory.rssBytes / 1024)} ` +
        `KiB of RSS, ${figure(memory.heapBytes / 1024)} KiB of it heap and external; ` +
        `${figure(loginsPerS)} log-ins per second, each told who and what is there. ${cut}`
      );
    })
    .join('\n\n');

export const lobbyPlot = ({ rows }: LobbyResult): string =>
  barPlot({
    title: 'Changes a second, and messages about them a second to each client',
    groups: rows.map(({ name, format, clients, changesPerS, deliveriesPerS }) => ({
      name: `${name}, ${format}`,
      bars: [
        { name: 'changes', value: changesPerS },
        { name: 'messages to a client', value: deliveriesPerS / clients },
      ],
    })),
  });
