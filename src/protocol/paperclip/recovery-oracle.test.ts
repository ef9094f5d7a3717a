// Our recovery against RFC 9002's pseudo-code on random traces: the same packets lost at the same
// times, the same timers, RTT, window and threshold after every step. Packets that arrive after
// they were declared lost are another matter (thresholds rise, reductions are undone), with their
// own tests: here, what was declared lost never arrives.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Random, seededRandom } from '../../base/prng.ts';
import { FrameReader, writeAck } from '../../codec/paperclip/frames.ts';
import { protocolLimits } from './limits.ts';
import { LossDetection } from './loss-detection.ts';
import { NewReno } from './new-reno.ts';
import { RecoveryOracle } from './recovery-oracle.fixture.ts';
import { RttEstimator } from './rtt.ts';
import { SentPacket, SentPackets } from './sent-packets.ts';

const datagramBytes = 1200;
const deviations = {
  kMinimumWindowPackets: 4,
  ptoBackoffMax: 1000,
  adjustsBelowMinimum: true,
  forgetsAckOnlyPackets: true,
  usualAckDelay: 20,
  ackDelayMargin: 1.25,
};

/** How a trace goes about it. */
interface Weather {
  readonly loss: number;
  readonly rttMs: number;
  readonly jitterMs: number;
  readonly gapMs: number;
  /** What the peer promises, and what it takes at most. */
  readonly ackDelayMaxMs: number;
  readonly ackDelayMs: number;
  readonly appLimited: number;
  /** Chance of a packet to be the last before a while in which few come through. */
  readonly blackout: number;
  readonly blackLoss: number;
}

class Trace {
  readonly #random: Random;
  readonly #weather: Weather;
  readonly #sent = new SentPackets();
  readonly #rtt = new RttEstimator();
  readonly #reno = new NewReno(datagramBytes);
  readonly #loss: LossDetection;
  readonly #oracle: RecoveryOracle;
  #spare = new SentPacket();
  #nowMs = 1;
  #appLimited = true;
  #lostNow: number[] = [];
  readonly lostEver = new Set<number>();
  readonly #acked = new Set<number>();
  readonly #ackOnly = new Set<number>();
  /** Numbers that reached the peer and are not acknowledged, with their arrival. */
  readonly #arrived: { number: number; atMs: number }[] = [];
  #blackoutUntilMs = 0;
  steps = 0;
  timeouts = 0;
  persistent = 0;

  constructor(random: Random, weather: Weather) {
    this.#random = random;
    this.#weather = weather;
    this.#loss = new LossDetection({
      sent: this.#sent,
      rtt: this.#rtt,
      congestion: this.#reno,
      fates: {
        onPacketAcked: () => {},
        onPacketLost: ({ number }) => this.#lostNow.push(number),
      },
      peerAckDelayMaxMs: weather.ackDelayMaxMs,
    });
    const limited = () => this.#appLimited;
    const { ackDelayMaxMs } = weather;
    this.#oracle = new RecoveryOracle(datagramBytes, ackDelayMaxMs, deviations, limited);
    this.#oracle.wasAnyAcked = (after, before) => {
      for (let number = after + 1; number < before; number++) {
        if (this.#acked.has(number) && !this.#ackOnly.has(number)) return true;
      }
      return false;
    };
  }

  run(steps: number): void {
    for (this.steps = 0; this.steps < steps; this.steps++) {
      const draw = this.#random.float();
      // Not on the millisecond: sums of fractions must agree too.
      this.#nowMs += this.#weather.gapMs * this.#random.float() ** 3;
      this.#fireTimer();
      if (draw < 0.55) this.#send();
      else if (draw < 0.95) this.#ack();
      else this.#drain();
      this.#compare();
    }
    // Silence to the end: every timer, one after the other.
    for (let i = 0; i < 8 && this.#loss.timerAtMs < Number.POSITIVE_INFINITY; i++) {
      this.#nowMs = Math.max(this.#nowMs, this.#loss.timerAtMs);
      this.#fireTimer();
      this.#compare();
    }
  }

  #send(): void {
    const sent = this.#sent;
    const { bytesInFlight } = sent;
    const isProbe = this.#loss.probesOwed > 0;
    if (!isProbe && bytesInFlight + datagramBytes > this.#reno.windowBytes) return;
    const number = sent.next;
    const isAckOnly = !isProbe && this.#random.chance(0.1);
    const bytes = isAckOnly ? 40 : 30 + this.#random.below(datagramBytes - 30);
    this.#oracle.OnPacketSent(this.#nowMs, number, !isAckOnly, !isAckOnly, bytes);
    if (isAckOnly) {
      this.#ackOnly.add(number);
      sent.skip();
    } else {
      const record = this.#spare;
      this.#spare = sent.track(record, this.#nowMs, bytes);
      this.#loss.onPacketSent(this.#nowMs, record);
    }
    const { blackout, blackLoss, loss, rttMs, jitterMs } = this.#weather;
    if (this.#random.chance(blackout)) this.#blackoutUntilMs = this.#nowMs + 12 * rttMs + 300;
    const isBlack = this.#nowMs < this.#blackoutUntilMs;
    if (this.#random.chance(isBlack ? blackLoss : loss)) return;
    const atMs = this.#nowMs + rttMs + jitterMs * this.#random.float();
    this.#arrived.push({ number, atMs });
  }

  /** What has arrived by now and was not lost, in as many ranges as a frame takes. */
  #ack(): void {
    if (this.#nowMs < this.#blackoutUntilMs) return;
    const here = this.#arrived.filter(
      ({ number, atMs }) => atMs <= this.#nowMs && !this.lostEver.has(number),
    );
    if (here.length === 0) return;
    // Sometimes an old ACK overtaken by a newer one: only the first of what is here.
    const known = this.#random.chance(0.1) ? here.slice(0, 1 + here.length / 2) : here;
    const numbers = known.map(({ number }) => number).sort((a, b) => b - a);
    const ranges: [number, number][] = [];
    for (const number of numbers) {
      const last = ranges.at(-1);
      if (last !== undefined && last[0] === number + 1) last[0] = number;
      else if (ranges.length < 32) ranges.push([number, number]);
    }
    const frame = frameOf(ranges, this.#random.float() * this.#weather.ackDelayMs);
    const isAcked = (number: number) =>
      ranges.some(([low, high]) => low <= number && number <= high);
    for (const number of numbers) if (isAcked(number)) this.#acked.add(number);
    this.#lostNow = [];
    const ack_delay = frame.ackDelayMs;
    this.#oracle.OnAckReceived(this.#nowMs, { largest_acked: numbers[0]!, ack_delay, isAcked });
    assert.equal(this.#loss.onAck(this.#nowMs, frame), true);
    this.#compareLost();
    // The peer forgets old ones, as it does when it is told that its ACK arrived.
    if (this.#random.chance(0.2)) this.#arrived.splice(0, this.#arrived.length - 40);
  }

  #drain(): void {
    this.#appLimited = this.#random.chance(this.#weather.appLimited);
    this.#loss.onDrained(this.#appLimited);
  }

  #fireTimer(): void {
    if (this.#loss.timerAtMs > this.#nowMs) return;
    this.timeouts += 1;
    this.#lostNow = [];
    const { ptoTotal } = this.#loss;
    this.#oracle.OnLossDetectionTimeout(this.#nowMs);
    this.#loss.onTimeout(this.#nowMs);
    if (this.#loss.ptoTotal > ptoTotal) assert.equal(this.#loss.ptoTotal, this.#oracle.probes);
    this.#compareLost();
  }

  #compareLost(): void {
    assert.deepEqual(this.#lostNow, this.#oracle.lost);
    for (const number of this.#lostNow) this.lostEver.add(number);
    if (this.#lostNow.length > 0 && this.#oracle.congestion_recovery_start_time === 0) {
      this.persistent += 1;
    }
  }

  #compare(): void {
    const ours = {
      timer: round(this.#loss.timerAtMs),
      latest: round(this.#rtt.latestMs),
      smoothed: round(this.#rtt.smoothedMs),
      variance: round(this.#rtt.varianceMs),
      min: round(this.#rtt.minMs),
      window: round(this.#reno.windowBytes),
      threshold: round(this.#reno.slowStartThreshold),
      inFlight: this.#sent.bytesInFlight,
      ptoTotal: this.#loss.ptoTotal,
      ptoCount: this.#loss.ptoCount,
    };
    const oracle = this.#oracle;
    assert.deepEqual(ours, {
      timer: round(oracle.loss_detection_timer),
      latest: round(oracle.latest_rtt),
      smoothed: round(oracle.smoothed_rtt),
      variance: round(oracle.rttvar),
      min: round(oracle.min_rtt),
      window: round(oracle.congestion_window),
      threshold: round(oracle.ssthresh),
      inFlight: oracle.bytes_in_flight,
      ptoTotal: oracle.probes,
      ptoCount: oracle.pto_count,
    });
  }
}

/** To a millionth: the same sums in another order of operations. */
const round = (value: number): number => Math.round(value * 1e6) / 1e6;

function frameOf(ranges: readonly (readonly [number, number])[], delayMs: number): FrameReader {
  const bytes = new Uint8Array(400);
  const low = Float64Array.from(ranges.map((range) => range[0]));
  const high = Float64Array.from(ranges.map((range) => range[1]));
  const end = writeAck(bytes, 0, bytes.length, delayMs, { low, high, count: ranges.length });
  const frame = new FrameReader();
  frame.reset(bytes, 0, end);
  frame.next();
  return frame;
}

const traces = 2000;

test('loss, timers, RTT and window follow the RFC step by step on random traces', () => {
  let lost = 0;
  let timeouts = 0;
  let persistent = 0;
  for (let seed = 0; seed < traces; seed++) {
    const random = seededRandom('recovery oracle', seed);
    const rttMs = random.pick([0.3, 10, 80, 700]);
    const trace = new Trace(random, {
      loss: random.pick([0, 0.01, 0.1, 0.4]),
      rttMs,
      jitterMs: random.pick([0, 0, 5, 60]),
      gapMs: random.pick([0.2, 1, 4]) * rttMs,
      ackDelayMaxMs: random.pick([5, 20, 110]),
      ackDelayMs: random.pick([10, 40, 120]),
      appLimited: random.pick([0, 0.3, 0.9]),
      blackout: random.pick([0, 0.02, 0.05]),
      blackLoss: random.pick([0.85, 1, 1]),
    });
    try {
      trace.run(200);
    } catch (error) {
      throw new Error(`trace ${seed}, step ${trace.steps}`, { cause: error });
    }
    lost += trace.lostEver.size;
    timeouts += trace.timeouts;
    persistent += trace.persistent;
  }
  // The traces go where the rules are: losses, probes, dead paths.
  assert.ok(lost > 5000 && timeouts > 5000 && persistent > 30, `${lost} ${timeouts} ${persistent}`);
});

test('the deviations are those that are written down', () => {
  const { minimumWindowPackets, ptoBackoffMaxMs, ackDelayUsualMs, ackDelayMargin } = protocolLimits;
  assert.equal(deviations.kMinimumWindowPackets, minimumWindowPackets);
  assert.equal(deviations.ptoBackoffMax, ptoBackoffMaxMs);
  assert.equal(deviations.usualAckDelay, ackDelayUsualMs);
  assert.equal(deviations.ackDelayMargin, ackDelayMargin);
});
