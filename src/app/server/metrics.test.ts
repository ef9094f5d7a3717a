// The metrics page, and how the reports of hosts become counters.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { memoryBus } from '../../bus/memory/memory-bus.ts';
import { metricTable } from '../../contract/telemetry.ts';
import type { HostStats } from '../../domain/bus.ts';
import { createMetrics } from './metrics.ts';

const stats = (change: Partial<HostStats>): HostStats => ({
  hostId: 'h1',
  links: 0,
  matchesRunning: 0,
  handshakesHalfOpen: 0,
  isUnderLoad: false,
  datagramsIn: 0,
  datagramsOut: 0,
  bytesIn: 0,
  bytesOut: 0,
  refusals: {},
  linkEnds: {},
  ...change,
});

const seriesValue = (text: string, series: string): number | undefined => {
  const line = text.split('\n').find((one) => one.startsWith(`${series} `));
  return line === undefined ? undefined : Number(line.slice(series.length + 1));
};

test('every row of the table is there with its help, beside the process’s own', async () => {
  const metrics = createMetrics();
  const text = await metrics.text();
  for (const [name, { help, kind }] of Object.entries(metricTable)) {
    assert.ok(text.includes(`# HELP ${name} ${help}`), name);
    assert.ok(text.includes(`# TYPE ${name} ${kind}`), name);
  }
  assert.match(text, /^nodejs_eventloop_lag_p99_seconds /m);
  assert.match(text, /^process_resident_memory_bytes /m);
  assert.match(metrics.contentType, /^text\/plain; version=0\.0\.4/);
});

test('counting, setting and observing show', async () => {
  const metrics = createMetrics();
  const labels = { wire: 'http', command: 'game.list', outcome: 'ok' };
  metrics.count('paperclip_commands_total', labels);
  metrics.count('paperclip_commands_total', labels, 2);
  metrics.gauge('paperclip_websockets', 7);
  metrics.observe('paperclip_command_seconds', 0.02, { command: 'game.list' });
  const text = await metrics.text();
  const series = 'paperclip_commands_total{wire="http",command="game.list",outcome="ok"}';
  assert.equal(seriesValue(text, series), 3);
  assert.equal(seriesValue(text, 'paperclip_websockets'), 7);
  assert.equal(seriesValue(text, 'paperclip_command_seconds_count{command="game.list"}'), 1);
});

test('two servers in one process count apart', async () => {
  const [a, b] = [createMetrics(), createMetrics()];
  a.gauge('paperclip_websockets', 7);
  assert.equal(seriesValue(await b.text(), 'paperclip_websockets'), 0);
});

test('hosts report totals, counters grow by the difference, also after a restart', async () => {
  const metrics = createMetrics();
  const bus = memoryBus();
  const stop = metrics.follow(bus);
  const tell = async (change: Partial<HostStats>) => {
    bus.publish('host.stats', stats(change));
    await new Promise(setImmediate);
    return metrics.text();
  };
  const refused = 'paperclip_datagrams_refused_total{host="h1",reason="replayed"}';
  const received = 'paperclip_datagrams_total{host="h1",direction="in"}';
  let text = await tell({ links: 2, datagramsIn: 100, refusals: { replayed: 3 } });
  assert.deepEqual([seriesValue(text, received), seriesValue(text, refused)], [100, 3]);
  text = await tell({
    links: 1,
    handshakesHalfOpen: 7,
    isUnderLoad: true,
    datagramsIn: 150,
    refusals: { replayed: 4 },
    linkEnds: { idle: 1 },
  });
  assert.deepEqual([seriesValue(text, received), seriesValue(text, refused)], [150, 4]);
  assert.equal(seriesValue(text, 'paperclip_links{host="h1"}'), 1);
  assert.equal(seriesValue(text, 'paperclip_handshakes_half_open{host="h1"}'), 7);
  assert.equal(seriesValue(text, 'paperclip_host_under_load{host="h1"}'), 1);
  assert.equal(seriesValue(text, 'paperclip_links_ended_total{host="h1",end="idle"}'), 1);
  text = await tell({ datagramsIn: 10 });
  assert.equal(seriesValue(text, received), 160);
  bus.publish('host.gone', { hostId: 'h1' });
  text = await tell({ hostId: 'h2' });
  assert.equal(seriesValue(text, 'paperclip_links{host="h1"}'), undefined);
  assert.equal(seriesValue(text, 'paperclip_host_under_load{host="h1"}'), undefined);
  assert.equal(seriesValue(text, received), 160);
  stop();
  text = await tell({ datagramsIn: 1_000 });
  assert.equal(seriesValue(text, received), 160);
});
