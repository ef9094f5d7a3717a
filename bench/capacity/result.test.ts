import assert from 'node:assert/strict';
import { test } from 'node:test';
import { distribution } from '../harness/statistics.ts';
import { echoRow, medianRow } from './echo-row.ts';
import { type CapacityResult, type EchoRow, echoPlot, echoTable } from './result.ts';

const floor: EchoRow = {
  server: 'UDP alone (C)',
  connections: 1000,
  sent: 200,
  echoed: 200,
  sentPerS: 20_000,
  roundTripMs: distribution([1, 2, 3]),
  hostCpuUsPerEcho: 4,
  hostBusy: 0.08,
  generatorBusy: 0.2,
};
const whole: EchoRow = {
  ...floor,
  server: 'paperclip',
  hostCpuUsPerEcho: 20,
  memory: { rssBytes: 30_720, heapBytes: 10_240, externalBytes: 5_120 },
  datagrams: { inPerEcho: 1.75, outPerEcho: 1, bytesOut: 99.1 },
};
const beside: EchoRow = { ...floor, server: 'Colyseus 0.18', hostCpuUsPerEcho: 16 };

const resultOf = (...echo: readonly EchoRow[]): CapacityResult => ({
  benchmark: 'capacity',
  machine: { cpu: 'a CPU', cpus: 2, system: 'Linux 6', node: 'v26' },
  load: { hz: 20, bytes: 64, durationMs: 1000 },
  echo,
  idle: [],
});
/** By the heads of the table, what its row for `server` says. */
function cellsOf(table: string, server: string): Readonly<Record<string, string>> {
  const [heads = [], , ...rows] = table.split('\n').map((line) => line.slice(2, -2).split(' | '));
  const row = rows.find(([name]) => name === server) ?? [];
  return Object.fromEntries(heads.map((head, i) => [head, row[i] ?? '']));
}

test('CPU is told in times of Colyseus with as many connections, where that took part', () => {
  const elsewhere = { ...beside, connections: 2000, hostCpuUsPerEcho: 1 };
  const table = echoTable(resultOf(whole, floor, elsewhere, beside));
  assert.equal(cellsOf(table, 'paperclip')['times Colyseus'], '1.25');
  assert.equal(cellsOf(table, 'UDP alone (C)')['times Colyseus'], '0.25');
  assert.equal(cellsOf(table, 'Colyseus 0.18')['times Colyseus'], '1.00');
  assert.equal('times Colyseus' in cellsOf(echoTable(resultOf(whole, floor)), 'paperclip'), false);
});

test('what a host has no connections for, or does not count, is not made up', () => {
  const table = echoTable(resultOf(whole, floor));
  const [of, without] = [cellsOf(table, 'paperclip'), cellsOf(table, 'UDP alone (C)')];
  assert.equal(of['memory each: RSS, KiB'], '30.0');
  assert.equal(of['datagrams per echo'], '1.75 in, 1.00 out of 99.1 bytes');
  assert.equal(without['memory each: RSS, KiB'], '-');
  assert.equal(without['heap and external, KiB'], '-');
  assert.equal(without['datagrams per echo'], '-');
});

test('the plot has the servers that one could choose', () => {
  const plot = echoPlot(resultOf(whole, floor, beside));
  assert.match(plot, />paperclip, 1,000</);
  assert.match(plot, />Colyseus 0.18, 1,000</);
  assert.doesNotMatch(plot, />UDP/);
});

test('of several rounds, each figure is the median of its own', () => {
  const row = medianRow([
    { ...whole, hostCpuUsPerEcho: 30, sentPerS: 3, roundTripMs: distribution([1]) },
    { ...whole, hostCpuUsPerEcho: 20, sentPerS: 1, roundTripMs: distribution([9]) },
    { ...whole, hostCpuUsPerEcho: 10, sentPerS: 2, roundTripMs: distribution([5]) },
  ]);
  const roundTripMs = distribution([5]);
  assert.deepEqual(row, { ...whole, hostCpuUsPerEcho: 20, sentPerS: 2, roundTripMs });
  assert.deepEqual(medianRow([floor]), floor);
});

test('CPU is divided by what came back, warm-up included, and not by what was sent', () => {
  const row = echoRow({
    server: 'paperclip',
    connections: 10,
    report: {
      sent: 100,
      warmUpSent: 100,
      echoed: 50,
      warmUpEchoed: 30,
      roundTripMs: distribution([1]),
      cpuUs: 500,
      elapsedMs: 2,
    },
    start: { cpuUs: 1000, atMs: 0, links: 10 },
    end: { cpuUs: 2600, atMs: 9, links: 10 },
    memory: undefined,
  });
  assert.equal(row.hostCpuUsPerEcho, 20);
  assert.equal(row.sentPerS, 50_000);
  assert.equal('memory' in row || 'datagrams' in row, false);
});
