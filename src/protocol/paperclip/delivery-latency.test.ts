// What players feel of loss: 60 small reliable messages a second, 100 ms there and back, one packet
// in twenty lost each way. Time is virtual and the seeds are fixed, so that the figures are exact.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ChannelMode } from '../link.ts';
import { measureLatency } from './delivery-latency.fixture.ts';
import { protocolLimits } from './limits.ts';

const lossy = { delayMs: 50, loss: 0.05, seeds: 20 };
const modes: readonly ChannelMode[] = ['reliable-ordered', 'reliable-unordered'];

for (const mode of modes) {
  test(`${mode}, with redundancy: a lost packet costs a tick`, () => {
    const latency = measureLatency({ ...lossy, channel: { mode, redundancy: true } });
    const { ms, quantile, redundantBytes, bytesSent, durationMs } = latency;
    assert.equal(ms.length, 20 * 1200);
    assert.ok(quantile(0.99) <= 75, `p99 ${quantile(0.99)} ms`);
    assert.ok(quantile(0.999) <= 200, `p99.9 ${quantile(0.999)} ms`);
    const { redundancyShare, redundancyBytesPerSecond, redundancyBurstBytes } = protocolLimits;
    const budget = Math.max(
      redundancyShare * bytesSent,
      (redundancyBytesPerSecond * durationMs) / 1000,
    );
    assert.ok(redundantBytes > 0);
    assert.ok(redundantBytes <= budget + 20 * redundancyBurstBytes, `${redundantBytes} bytes`);
  });

  test(`${mode}, without redundancy: a lost packet costs two round trips at most`, () => {
    const latency = measureLatency({ ...lossy, channel: { mode } });
    assert.equal(latency.ms.length, 20 * 1200);
    assert.ok(latency.quantile(0.99) <= 200, `p99 ${latency.quantile(0.99)} ms`);
    assert.ok(latency.redundantBytes < 0.1 * latency.bytesSent, 'only what was lost is copied');
  });
}

test('with redundancy, the only message of a while does not wait for a probe', () => {
  const channel = { mode: 'reliable-ordered', redundancy: true } as const;
  const { ms, quantile } = measureLatency({ ...lossy, channel, hz: 2, messages: 100 });
  assert.equal(ms.length, 20 * 100);
  assert.ok(quantile(0.99) <= 75, `p99 ${quantile(0.99)} ms`);
});

test('without loss, redundancy delays nothing', () => {
  const channel = { mode: 'reliable-ordered', redundancy: true } as const;
  const { quantile } = measureLatency({ delayMs: 50, seeds: 2, channel });
  assert.equal(Math.round(quantile(1)), 50);
});
