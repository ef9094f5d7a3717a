// From results to what stands in the docs: by the name of a mark in the page its table, and by the
// name of a file its plot.

import { type BulkResult, bulkPlot, bulkTable, queuePlot } from '../bulk/result.ts';
import { type CapacityResult, echoPlot, echoTable, idleTable } from '../capacity/result.ts';
import { type FilesResult, filesTable } from '../files/result.ts';
import { type Machine, machineText } from '../harness/machine.ts';
import { type LatencyResult, latencyPlot, latencyTable } from '../latency/result.ts';
import { type LobbyResult, lobbyMemoryText, lobbyPlot, lobbyTable } from '../lobby/result.ts';
import { type RoomResult, roomMemoryText, roomTable } from '../room/result.ts';
import { type TransportResult, transportPlot, transportTable } from '../transport/result.ts';

export interface BenchmarkFiles {
  readonly transport?: TransportResult;
  readonly latency?: LatencyResult;
  readonly bulk?: BulkResult;
  readonly capacity?: CapacityResult;
  readonly files?: FilesResult;
  readonly room?: RoomResult;
  readonly lobby?: LobbyResult;
}

export interface Report {
  readonly page: string;
  /** By file name. */
  readonly plots: ReadonlyMap<string, string>;
  /** Tables for which the page has no place. */
  readonly unused: readonly string[];
}

/** Only what stands between `<!-- bench:NAME -->` and `<!-- /bench -->` is replaced. */
export function reportOf(page: string, files: BenchmarkFiles): Report {
  const tables = tablesOf(files);
  const used = new Set<string>();
  const filled = page.replace(
    /(<!-- bench:([\w-]+) -->\n)[\s\S]*?(<!-- \/bench -->)/g,
    (whole, open: string, name: string, close: string) => {
      const table = tables.get(name);
      if (table === undefined) return whole;
      used.add(name);
      return `${open}\n${table}\n\n${close}`;
    },
  );
  return {
    page: filled,
    plots: plotsOf(files),
    unused: [...tables.keys()].filter((name) => !used.has(name)),
  };
}

function tablesOf({
  transport,
  latency,
  bulk,
  capacity,
  files,
  room,
  lobby,
}: BenchmarkFiles): ReadonlyMap<string, string> {
  const tables = new Map<string, string>();
  if (transport) {
    tables.set('transport-reliable', withMachine(transport, transportTable(transport, 'reliable')));
    tables.set('transport-unreliable', transportTable(transport, 'unreliable'));
  }
  if (latency) tables.set('latency', withMachine(latency, latencyTable(latency)));
  if (room) {
    const memory = `\n\n${roomMemoryText(room)}`;
    tables.set('room', `${withMachine(room, roomTable(room))}${memory}`);
  }
  if (lobby) {
    const memory = `\n\n${lobbyMemoryText(lobby)}`;
    tables.set('lobby', `${withMachine(lobby, lobbyTable(lobby))}${memory}`);
  }
  if (files) tables.set('files', withMachine(files, filesTable(files)));
  if (bulk) tables.set('bulk', withMachine(bulk, bulkTable(bulk)));
  if (capacity) {
    tables.set('capacity-echo', withMachine(capacity, echoTable(capacity)));
    tables.set('capacity-idle', idleTable(capacity));
  }
  return tables;
}

function plotsOf({
  transport,
  latency,
  bulk,
  capacity,
  lobby,
}: BenchmarkFiles): ReadonlyMap<string, string> {
  const plots = new Map<string, string>();
  if (transport) {
    plots.set('transport-reliable.svg', transportPlot(transport, 'reliable'));
    plots.set('transport-unreliable.svg', transportPlot(transport, 'unreliable'));
  }
  if (latency) plots.set('latency.svg', latencyPlot(latency));
  if (bulk) {
    const { runs } = bulk;
    const shared = runs.filter(({ flows, loss }) => flows.length > 1 && loss === 0);
    for (const run of shared) plots.set(`bulk-${fileName(run)}.svg`, bulkPlot(bulk, run));
    const alone = runs.filter(({ flows, loss }) => flows.length === 1 && loss === 0);
    if (alone.length > 0) plots.set('bulk-queue.svg', queuePlot(bulk, alone));
  }
  if (lobby) plots.set('lobby.svg', lobbyPlot(lobby));
  if (capacity) plots.set('capacity-echo.svg', echoPlot(capacity));
  return plots;
}

/** Words of the run and its flows: `two-connections-paperclip-paperclip`. */
const fileName = ({ name, flows }: BulkResult['runs'][number]): string =>
  [name, ...flows.map(({ peer }) => peer.split(/[ ,]/)[0])]
    .join(' ')
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, '-');

const withMachine = (of: { readonly machine: Machine }, table: string): string =>
  `${machineText(of.machine)}.\n\n${table}`;
