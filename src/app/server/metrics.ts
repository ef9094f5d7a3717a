// Metrics over prom-client: one registry per server, made from the metric table, beside the
// process's own (memory, CPU, event-loop delay, garbage collection). Hosts count since their start
// and report now and then; here the differences become counters.

import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client';
import { type MetricRow, type Metrics, metricTable } from '../../contract/telemetry.ts';
import type { Bus, HostStats } from '../../domain/bus.ts';

export interface MetricsRegistry extends Metrics {
  readonly contentType: string;
  text(): Promise<string>;
  /** Turn the reports of hosts into metrics. Returns the function that stops it. */
  follow(bus: Bus): () => void;
}

/** From a fast read to the queue for password hashes. */
const bucketsS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5];

export function createMetrics(): MetricsRegistry {
  const register = new Registry();
  const counters = new Map<string, Counter>();
  const gauges = new Map<string, Gauge>();
  const histograms = new Map<string, Histogram>();
  for (const [name, { kind, help, labels }] of Object.entries<MetricRow>(metricTable)) {
    const options = { name, help, labelNames: [...labels], registers: [register] };
    if (kind === 'counter') counters.set(name, new Counter(options));
    else if (kind === 'gauge') gauges.set(name, new Gauge(options));
    else histograms.set(name, new Histogram({ ...options, buckets: bucketsS }));
  }
  collectDefaultMetrics({ register });

  const metrics: Metrics = {
    count: (name, labels = {}, by = 1) => counters.get(name)?.inc(labels, by),
    gauge: (name, value, labels = {}) => gauges.get(name)?.set(labels, value),
    observe: (name, seconds, labels = {}) => histograms.get(name)?.observe(labels, seconds),
  };
  return {
    ...metrics,
    contentType: register.contentType,
    text: () => register.metrics(),
    follow: (bus) => followHosts(bus, metrics, gauges),
  };
}

/** Of one host each: they go with it. */
const hostGauges = [
  'paperclip_links',
  'paperclip_matches_running',
  'paperclip_handshakes_half_open',
  'paperclip_host_under_load',
] as const;

function followHosts(bus: Bus, metrics: Metrics, gauges: ReadonlyMap<string, Gauge>): () => void {
  const latest = new Map<string, HostStats>();
  const endings = [
    bus.subscribe('host.stats', (stats) => {
      report(metrics, stats, latest.get(stats.hostId));
      latest.set(stats.hostId, stats);
    }),
    bus.subscribe('host.gone', ({ hostId }) => {
      latest.delete(hostId);
      for (const name of hostGauges) {
        gauges.get(name)?.remove({ host: hostId });
      }
    }),
  ];
  return () => {
    for (const end of endings) end();
  };
}

function report(metrics: Metrics, stats: HostStats, before: HostStats | undefined): void {
  const host = stats.hostId;
  metrics.gauge('paperclip_links', stats.links, { host });
  metrics.gauge('paperclip_matches_running', stats.matchesRunning, { host });
  metrics.gauge('paperclip_handshakes_half_open', stats.handshakesHalfOpen, { host });
  metrics.gauge('paperclip_host_under_load', stats.isUnderLoad ? 1 : 0, { host });
  for (const [direction, datagrams, bytes] of [
    ['in', 'datagramsIn', 'bytesIn'],
    ['out', 'datagramsOut', 'bytesOut'],
  ] as const) {
    const labels = { host, direction };
    metrics.count('paperclip_datagrams_total', labels, rise(stats[datagrams], before?.[datagrams]));
    metrics.count('paperclip_datagram_bytes_total', labels, rise(stats[bytes], before?.[bytes]));
  }
  for (const [reason, count] of Object.entries(stats.refusals)) {
    const by = rise(count, before?.refusals[reason]);
    metrics.count('paperclip_datagrams_refused_total', { host, reason }, by);
  }
  for (const [end, count] of Object.entries(stats.linkEnds)) {
    const by = rise(count, before?.linkEnds[end]);
    metrics.count('paperclip_links_ended_total', { host, end }, by);
  }
}

/** A host that was restarted under the same name counts from zero again. */
const rise = (now: number, before = 0): number => (now >= before ? now - before : now);
