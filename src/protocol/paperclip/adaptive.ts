// The default congestion controller. It keeps a model of the path (`path-model.ts`: rate and round
// trip without a queue), sends at that rate, and bounds what is in flight by it, so that loss alone
// does not slow it down and a queue does not grow behind it. In shape it is BBR v3's (start-up,
// drain, probing in cycles); what it adds is a bound on the queue in milliseconds, yielding that
// makes flows equal, and an end to yielding beside flows that fill queues whatever it does.
// docs/decisions/0023 says why it and not another, in numbers.

import type { AckSample, CongestionController } from './congestion.ts';
import { Crowding } from './crowding.ts';
import { protocolLimits } from './limits.ts';
import { PathModel, Round } from './path-model.ts';
import { PathShare } from './path-share.ts';
import type { RttEstimator } from './rtt.ts';

const never = Number.POSITIVE_INFINITY;

/** 4 ln 2, the least that doubles the rate each round (BBR v3). */
const startUpGain = 2.77;
/** Below this growth in a round, start-up has found the rate of the path. */
const fullGrowth = 1.25;
/** RTT samples of a round before start-up believes that a queue forms (RFC 9406). */
const carefulSamples = 8;
/** Between two probes for a higher rate: so many ms, or so many round trips if that is less. */
const cruiseMsMax = 2000;
const cruiseRoundTrips = 30;
/** A minimum RTT that was not seen for this long is measured anew, with half of it in flight. */
const minRttAgeMs = 10_000;
const probeRttMs = 200;
/** Lost bytes of a round, above what the path loses by itself, that speak of a full queue. */
const lossCeiling = 0.02;
/** Fewer lost packets than this in a round say nothing of a rate. */
const lossPackets = 4;
/** A path that loses more by itself is not probed any harder for it. */
const pathLossMax = 0.3;
/** Where more is lost, a rate that grew by a tenth may be chance. */
const noisyLoss = 0.1;
/** The queue, in ms, from which a flow of 10 Mbit/s gives way; faster ones do so earlier. */
const yieldQueueMs = 10;
const yieldRate = 1250;
/** A probe is repeated only while the queue is below this part of the one that makes it yield. */
const probeOnQueuePart = 0.5;
/** After a time without yielding: whether the others are still there. */
const truceRounds = 3;

type Phase =
  | 'start-up'
  | 'careful start-up'
  | 'drain'
  | 'cruise'
  | 'refill'
  | 'probe up'
  | 'probe down'
  | 'probe rtt'
  | 'truce';

export class Adaptive implements CongestionController {
  #datagramBytes: number;
  #windowBytes: number;
  readonly #model: PathModel;
  readonly #share = new PathShare();
  readonly #crowding = new Crowding();
  readonly #round = new Round();
  /** Delivered bytes from which on an ACK is of the next round. */
  #roundEndBytes = 0;
  #nowMs: number;

  #phase: Phase = 'start-up';
  #phaseAtMs: number;
  #phaseRounds = 0;
  #probeAtMs = 0;
  /** Of the last probe. */
  #probeGain = 1;

  /** The largest rate of start-up, and rounds since it grew. */
  #fullRate = 0;
  #plateauRounds = 0;

  /** What loss leaves of the rate until the next probe, and what giving way leaves of it. */
  #lossCap = never;
  #yieldCap = never;
  /** Since the last round, a queue or losses say that the path is full. */
  #isFull = false;
  /** Loss of rounds without a queue: what the path loses whatever is sent. */
  #pathLoss = 0;

  constructor(nowMs: number, datagramBytes: number) {
    this.#datagramBytes = datagramBytes;
    this.#windowBytes = protocolLimits.initialWindowPackets * datagramBytes;
    this.#model = new PathModel(nowMs);
    this.#nowMs = nowMs;
    this.#phaseAtMs = nowMs;
  }

  get windowBytes(): number {
    return this.#windowBytes;
  }

  get state(): string {
    return this.#isCrowded ? `${this.#phase}, crowded` : this.#phase;
  }

  pacingRate(rtt: RttEstimator): number {
    const rate = this.#rate;
    switch (this.#phase) {
      case 'start-up': {
        const first = protocolLimits.initialWindowPackets * this.#datagramBytes;
        return startUpGain * Math.max(rate, first / Math.max(rtt.smoothedMs, 1));
      }
      case 'careful start-up':
        return fullGrowth * rate;
      case 'drain':
        return 0.5 * rate;
      case 'probe up':
        return this.#upGain * rate;
      case 'probe down':
        return 0.9 * rate;
      default:
        return rate;
    }
  }

  onSent(): void {}
  onPacketAcked(): void {}

  onAck(nowMs: number, sample: AckSample): void {
    this.#nowMs = nowMs;
    if (sample.priorDeliveredBytes >= this.#roundEndBytes) {
      if (this.#round.rttSamples > 0) this.#endRound();
      this.#round.begin(nowMs);
      this.#roundEndBytes = sample.deliveredBytes;
    }
    this.#round.add(sample);
    this.#model.add(nowMs, sample);
    if (this.#model.minRttMs === never) return;
    this.#step(sample);
    this.#setWindow(sample);
  }

  onLost(_nowMs: number, _sentAtMs: number, bytes: number, persistent: boolean): void {
    this.#round.lostBytes += bytes;
    // The model may still hold: the window grows back to it by what is acknowledged.
    if (persistent) this.#windowBytes = this.#minimumBytes;
  }

  onLossUndone(): void {
    this.#round.lostBytes = 0;
    this.#lossCap = never;
  }

  onDatagramBytes(datagramBytes: number): void {
    this.#datagramBytes = datagramBytes;
    this.#windowBytes = Math.max(this.#windowBytes, this.#minimumBytes);
  }

  get #minimumBytes(): number {
    return protocolLimits.minimumWindowPackets * this.#datagramBytes;
  }

  get #isCrowded(): boolean {
    return this.#crowding.isNow(this.#nowMs);
  }

  /** Bytes per millisecond. */
  get #rate(): number {
    return Math.min(this.#model.rate, this.#lossCap, this.#yieldCap);
  }

  /** In flight when the path is full and no queue stands. */
  get #pipeBytes(): number {
    return this.#rate * this.#model.minRttMs;
  }

  /** The queue that may stand, in milliseconds. */
  get #queueMsMax(): number {
    const { queueDelayMsMin, queueDelayMsMax } = protocolLimits;
    return Math.max(queueDelayMsMin, Math.min(queueDelayMsMax, this.#model.minRttMs / 4));
  }

  /**
   * So much more is sent to see whether it arrives: 10 ms of queue, within 10% to 25%, and what the
   * path loses by itself on top, or a path that loses a fifth could never show that it takes more.
   */
  get #upGain(): number {
    const kept = 1 - Math.min(pathLossMax, this.#pathLoss);
    if (this.#phaseRounds >= 2 || this.#isCrowded) return 1.25 / kept;
    const first = Math.max(0.1, Math.min(0.25, 10 / this.#model.minRttMs));
    return (1 + this.#share.extra(first)) / kept;
  }

  get #isNoisy(): boolean {
    return this.#pathLoss > noisyLoss;
  }

  #enter(phase: Phase): void {
    this.#phase = phase;
    this.#phaseAtMs = this.#nowMs;
    this.#phaseRounds = 0;
  }

  get #cruiseMs(): number {
    return Math.min(cruiseMsMax, cruiseRoundTrips * this.#model.minRttMs);
  }

  #cruise(waitMs: number = this.#cruiseMs): void {
    this.#enter('cruise');
    this.#probeAtMs = this.#nowMs + waitMs;
  }

  #probeUp(): void {
    this.#share.begin(this.#model.rateNow, this.#rate);
    this.#enter('probe up');
  }

  #judgeProbe(sample: AckSample, elapsedMs: number): boolean | undefined {
    if (this.#isNoisy) return false;
    const queueMs = sample.rttMs - this.#model.floorMs;
    const isShort = queueMs < probeOnQueuePart * this.#yieldQueueMs;
    const mayGoOn = isShort && !this.#isFull && !this.#isCrowded;
    const { rateNow, minRttMs } = this.#model;
    return this.#share.judge(rateNow, this.#probeGain, elapsedMs / minRttMs, mayGoOn);
  }

  /** Who has the larger part and gave way leaves the others time to take what it gave. */
  get #politeMs(): number {
    if (this.#yieldCap === never || this.#crowding.isSuspected) return 0;
    return this.#cruiseMs * Math.max(0, 2 * this.#share.part - 1);
  }

  /** What an ACK may change at once; what needs a whole round is in `#endRound`. */
  #step(sample: AckSample): void {
    const { minRttMs } = this.#model;
    const elapsedMs = this.#nowMs - this.#phaseAtMs;
    switch (this.#phase) {
      case 'start-up':
        if (this.#isQueueForming()) this.#enter('careful start-up');
        break;
      case 'drain':
        // Others may have kept start-up short: whether so, a probe shows.
        if (sample.bytesInFlight > this.#pipeBytes) break;
        this.#cruise(this.#isNoisy ? this.#cruiseMs : minRttMs);
        break;
      case 'cruise':
        this.#leaveCruise(sample);
        break;
      case 'refill':
        if (this.#phaseRounds < 1) break;
        this.#share.beginSeries();
        this.#probeUp();
        break;
      case 'probe up': {
        const isThere = sample.bytesInFlight >= 0.98 * this.#upGain * this.#pipeBytes;
        if (this.#isFull || (elapsedMs > minRttMs && isThere)) {
          this.#probeGain = this.#upGain;
          this.#enter('probe down');
        }
        break;
      }
      case 'probe down': {
        const isWorthAnother = this.#judgeProbe(sample, elapsedMs);
        if (isWorthAnother) this.#probeUp();
        if (isWorthAnother !== false) break;
        const isLow = sample.bytesInFlight <= 0.95 * this.#pipeBytes;
        if (isLow || elapsedMs > 3 * minRttMs + 200) this.#cruise();
        break;
      }
      case 'probe rtt':
        if (elapsedMs >= probeRttMs && this.#phaseRounds >= 1) this.#cruise();
        break;
      case 'truce':
        if (this.#phaseRounds >= truceRounds) this.#cruise();
        break;
      default:
    }
  }

  #leaveCruise(sample: AckSample): void {
    if (this.#crowding.hasEnded(this.#nowMs)) this.#enter('truce');
    else if (this.#nowMs - this.#model.minRttAtMs > minRttAgeMs) {
      this.#model.forgetMinRtt(this.#nowMs);
      if (!sample.isAppLimited) this.#enter('probe rtt');
    } else if (this.#nowMs >= this.#probeAtMs + this.#politeMs && !sample.isAppLimited) {
      this.#crowding.endCycle(this.#yieldCap <= 1.01 * this.#yieldFloor);
      // What was given away to others counts as theirs; what was lost may come back.
      this.#model.endCycle(this.#yieldCap);
      this.#yieldCap = never;
      this.#lossCap = never;
      this.#isFull = false;
      this.#enter('refill');
    }
  }

  /** As HyStart++ sees it (RFC 9406): the round's RTT is an eighth above the minimum. */
  #isQueueForming(): boolean {
    const { minRttMs } = this.#model;
    if (this.#round.rttSamples < carefulSamples) return false;
    return this.#round.minRttMs > minRttMs + Math.min(16, Math.max(4, minRttMs / 8));
  }

  #setWindow(sample: AckSample): void {
    const pipeBytes = this.#pipeBytes;
    const spareBytes = 3 * this.#datagramBytes;
    let target = pipeBytes + this.#rate * this.#queueMsMax + spareBytes;
    if (this.#phase === 'start-up') {
      // An application that leaves most of it unused would grow it for nothing.
      if (sample.isAppLimited && 2 * sample.inFlightAtSendBytes < this.#windowBytes) return;
      target = Math.max(target, 2 * pipeBytes + spareBytes, 2 * this.#windowStartBytes);
    } else if (this.#phase === 'probe rtt') target = 0.5 * pipeBytes;
    else if (this.#phase === 'truce') target = 0.75 * pipeBytes;
    else if (this.#isCrowded) target = Math.max(target, 2 * pipeBytes + spareBytes);
    const grown = this.#windowBytes + sample.ackedBytes;
    const most = Math.min(target, grown, protocolLimits.congestionWindowBytesMax);
    this.#windowBytes = Math.max(most, this.#minimumBytes);
  }

  get #windowStartBytes(): number {
    return protocolLimits.initialWindowPackets * this.#datagramBytes;
  }

  #endRound(): void {
    const round = this.#round;
    this.#phaseRounds += 1;
    const queueMs = round.minRttMs - this.#model.minRttMs;
    const lossRate = round.lossRate;
    const isLossy =
      round.lostBytes >= lossPackets * this.#datagramBytes &&
      lossRate > lossCeiling + 1.5 * this.#pathLoss;
    const isStarting = this.#phase === 'start-up' || this.#phase === 'careful start-up';
    if ((isStarting || this.#phase === 'cruise') && queueMs < this.#queueMsMax / 4) {
      this.#pathLoss += (lossRate - this.#pathLoss) / (isStarting ? 4 : 16);
    }
    if (isStarting) {
      this.#endStartUpRound(isLossy);
      return;
    }
    if (!round.isAppLimited) this.#watchCrowd(queueMs);
    const isOver = queueMs > this.#queueMsMax && !this.#isCrowded;
    this.#isFull = isLossy || isOver;
    if (this.#phase !== 'cruise' && this.#phase !== 'probe down') return;
    if (isLossy) this.#lossCap = Math.max(round.rate, 0.7 * this.#rate);
    if (isOver) this.#yieldTo(round.rate);
    if (this.#phase !== 'cruise') return;
    this.#takeWhatIsLeft();
    if (!this.#isCrowded) this.#giveWay();
  }

  #endStartUpRound(isLossy: boolean): void {
    const { rate, isAppLimited, minRttMs } = this.#round;
    if (rate >= fullGrowth * this.#fullRate) {
      this.#fullRate = rate;
      this.#plateauRounds = 0;
      // It was jitter.
      const isCareful = this.#phase === 'careful start-up';
      if (isCareful && minRttMs < this.#model.minRttMs + 4) this.#enter('start-up');
      return;
    }
    if (!isAppLimited) this.#plateauRounds += 1;
    const roundsMax = this.#phase === 'careful start-up' ? 1 : isLossy ? 2 : 3;
    if (this.#plateauRounds >= roundsMax) this.#enter('drain');
  }

  #watchCrowd(queueMs: number): void {
    const hasBegun = this.#crowding.watch(this.#nowMs, this.#nowMs - this.#round.startedAtMs, {
      queueMs,
      floorMs: this.#model.floorMs - this.#model.minRttMs,
      queueMsMax: this.#queueMsMax,
      packetsMs: (2 * this.#datagramBytes) / this.#rate,
    });
    if (hasBegun) this.#yieldCap = never;
  }

  /**
   * The faster a flow, the smaller the queue at which it slows down: of two that see the same queue
   * the faster yields, until they are equal. What varies within a round is jitter and no queue.
   */
  #giveWay(): void {
    const { minRttMs, maxRttMs } = this.#round;
    const jitterMs = maxRttMs - minRttMs;
    if (minRttMs - this.#model.floorMs <= this.#yieldQueueMs + 0.75 * jitterMs) return;
    this.#yieldTo((1 - this.#share.yieldStep(this.#crowding.isSuspected)) * this.#rate);
  }

  get #yieldQueueMs(): number {
    return Math.min(yieldQueueMs * Math.sqrt(yieldRate / this.#rate), 0.7 * this.#queueMsMax);
  }

  get #yieldFloor(): number {
    return (1 - this.#share.yieldMost(this.#crowding.isSuspected)) * this.#model.rate;
  }

  #yieldTo(rate: number): void {
    this.#yieldCap = Math.min(this.#yieldCap, Math.max(rate, this.#yieldFloor));
  }

  /** Others gave way: who did not, or has the smaller part, probes at once and not in 2 s. */
  #takeWhatIsLeft(): void {
    if (this.#isNoisy || (this.#yieldCap !== never && this.#share.part >= 0.5)) return;
    const queueMs = this.#round.minRttMs - this.#model.floorMs;
    if (this.#share.isLeftByOthers(queueMs)) this.#probeAtMs = this.#nowMs;
  }
}
