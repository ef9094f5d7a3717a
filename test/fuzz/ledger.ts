// What one end of a link sent, what came at the other, and what became of each message, for
// channels of every mode with all that a message may ask for. It knows nothing of networks.

import assert from 'node:assert/strict';
import type { Random } from '../../src/base/prng.ts';
import type { ChannelPlan, LinkEnd, LostReason } from '../../src/protocol/link.ts';
import { needsCredit } from '../../src/protocol/paperclip/channel-modes.ts';
import { planChannels } from '../../src/protocol/paperclip/channel-plan.ts';
import { lanes } from '../../src/protocol/paperclip/lanes.ts';
import type { MessageOptions } from '../../src/protocol/paperclip/outbox.ts';
import type { ConnectionEvent, MessageEvent } from '../../src/protocol/paperclip/output.ts';

export const largestMessageBytes = 20_000;

export const channelPlan: ChannelPlan = {
  files: {
    mode: 'reliable-ordered',
    messageBytesMax: largestMessageBytes,
    lane: 'bulk',
    compress: true,
  },
  inputs: { mode: 'reliable-ordered', messageBytesMax: 2000, lane: 'control', redundancy: true },
  pickups: {
    mode: 'reliable-unordered',
    messageBytesMax: largestMessageBytes,
    redundancy: true,
    compress: true,
    weight: 3,
  },
  sounds: { mode: 'unreliable', compress: true },
  values: { mode: 'reliable-latest', compress: true },
  views: 'unreliable-sequenced',
};
export const plannedChannels = planChannels(channelPlan);

export interface LedgerLink {
  /** It is open, and its process runs. */
  mayAct(): boolean;
  send(channel: number, message: Uint8Array, options: MessageOptions): boolean;
  /** May be false before the end is told. */
  isOpen(): boolean;
}

interface Entry {
  readonly bytes: Uint8Array;
  readonly key: number;
  /** It has a time to live, and may be given up before it leaves. */
  readonly mayExpire: boolean;
  fate: 'open' | 'unasked' | 'delivered' | LostReason;
  hasCome: boolean;
}

const headBytes = 4;
/** What the script closes with: any other code would be an end's own idea. */
export const closeCodes: readonly number[] = [0, 7, 0xffff];

export class Ledger {
  end: LinkEnd | undefined;
  readonly #random: Random;
  readonly #mayTimeOut: boolean;
  #link: LedgerLink | undefined;
  #peer: Ledger | undefined;
  #mayGoOn = true;
  #isInterrupted = false;
  /** By channel, in the order of sending. */
  readonly #sent: readonly Entry[][] = plannedChannels.map(() => []);
  /** By message handle. */
  readonly #byHandle: Entry[] = [];
  #openCount = 0;
  /** Reliable ones that nobody asked about, and that have not come. */
  #awaitedCount = 0;
  /** Of the peer's: by channel, and by key of each. */
  readonly #newestCame: readonly Map<number, number>[] = plannedChannels.map(() => new Map());

  constructor(random: Random, mayTimeOut: boolean) {
    this.#random = random;
    this.#mayTimeOut = mayTimeOut;
  }

  faces(peer: Ledger): void {
    this.#peer = peer;
  }

  connect(link: LedgerLink): void {
    assert.equal(this.#link, undefined, 'established once');
    this.#link = link;
  }

  get isConnected(): boolean {
    return this.#link !== undefined;
  }
  get isSettled(): boolean {
    if (this.#openCount > 0) return false;
    return this.#awaitedCount === 0 || this.isOver || this.#peer!.isOver;
  }
  /** Nothing is told any more. */
  get isOver(): boolean {
    return this.#link === undefined || this.end !== undefined;
  }

  sendSome(): void {
    const random = this.#random;
    for (let left = 1 + random.below(8); left > 0; left--) {
      if (this.#link?.mayAct() !== true || !this.#mayGoOn) return;
      const channel = random.below(plannedChannels.length);
      const { mode } = plannedChannels[channel]!;
      const isLatest = mode === 'reliable-latest';
      const mayChooseLane = mode === 'unreliable' || mode === 'reliable-unordered';
      // What nobody asks about, and nothing is asked of, may travel in bundles.
      const isPlain = random.chance(0.4);
      const options: MessageOptions = {
        ...(isLatest && { key: random.pick([0, 1, 2, 63, 64, 4095]) }),
        ...(!isPlain && {
          handle: this.#byHandle.length,
          ...(random.chance(0.2) && { ttlMs: 1 + random.below(2000) }),
          ...(random.chance(0.1) && { compress: false }),
          ...(mayChooseLane && random.chance(0.2) && { priority: random.pick(lanes) }),
        }),
      };
      const bytes = this.#message(channel);
      const entry: Entry = {
        bytes,
        key: options.key ?? 0,
        mayExpire: options.ttlMs !== undefined,
        fate: isPlain ? 'unasked' : 'open',
        hasCome: false,
      };
      this.#sent[channel]!.push(entry);
      if (!isPlain) {
        this.#byHandle.push(entry);
        this.#openCount += 1;
      } else if (needsCredit(mode)) this.#awaitedCount += 1;
      this.#mayGoOn = this.#link.send(channel, bytes, options);
    }
  }

  onEvent(event: ConnectionEvent): void {
    assert.equal(this.end, undefined, 'nothing is told after the end');
    switch (event.type) {
      case 'message':
        this.#onMessage(event);
        return;
      case 'delivered':
        this.#onFate(event.messageHandle, 'delivered');
        return;
      case 'lost':
        this.#onFate(event.messageHandle, event.reason);
        return;
      case 'writable':
        assert.ok(!this.#mayGoOn, 'writable is told to who waits for it');
        this.#mayGoOn = true;
        return;
      case 'interrupted':
      case 'resumed':
        assert.equal(this.#isInterrupted, event.type === 'resumed', 'one after the other');
        this.#isInterrupted = !this.#isInterrupted;
        return;
      case 'ended':
        assert.ok(this.#isHonest(event.end), `ended: ${JSON.stringify(event.end)}`);
        assert.equal(this.#link!.isOpen(), false);
        assert.equal(this.#openCount, 0, 'the end comes after every fate');
        this.end = event.end;
        return;
      default:
        event satisfies never;
    }
  }

  /** All fates are known and neither side has ended: what was promised has come. */
  checkCame(): void {
    for (const [channel, { mode, name }] of plannedChannels.entries()) {
      const sent = this.#sent[channel]!;
      if (mode === 'reliable-latest') this.#checkNewest(sent);
      else if (mode.startsWith('reliable')) {
        for (const [number, { fate, hasCome, mayExpire }] of sent.entries()) {
          assert.ok(hasCome || (fate === 'expired' && mayExpire), `${name} ${number}: ${fate}`);
        }
      }
    }
  }

  /** Of each key, the last has come; but one that was given up had superseded others before. */
  #checkNewest(sent: readonly Entry[]): void {
    const last = new Map(sent.map((entry) => [entry.key, entry]));
    for (const [key, { fate, hasCome }] of last) {
      if (fate !== 'expired') assert.ok(hasCome, `the newest value of ${key} came: ${fate}`);
    }
  }

  #isHonest(end: LinkEnd): boolean {
    // Nothing acknowledges a CLOSE: three in a row are lost now and then.
    if (end.kind === 'timed-out') return this.#mayTimeOut || this.#peer!.end !== undefined;
    const isClosed = end.kind === 'closed-here' || end.kind === 'closed-by-peer';
    return isClosed && closeCodes.includes(end.code);
  }

  #onFate(handle: number, fate: Entry['fate']): void {
    const entry = this.#byHandle[handle];
    assert.equal(entry?.fate, 'open', 'a fate is told once');
    entry!.fate = fate;
    this.#openCount -= 1;
  }

  #onMessage({ channel, message, key }: MessageEvent): void {
    const { mode, name } = plannedChannels[channel]!;
    const number = new DataView(message.buffer, message.byteOffset).getUint32(0);
    const entry = this.#peer!.#sent[channel]?.[number];
    assert.ok(entry !== undefined, `${name} ${number} was sent`);
    assert.deepEqual(message, entry.bytes, 'as it was sent');
    assert.equal(key, mode === 'reliable-latest' ? entry.key : undefined);
    assert.ok(!entry.hasCome, `${name} ${number} came once`);
    assert.notEqual(entry.fate, 'expired', `${name} ${number} was given up before it left`);
    entry.hasCome = true;
    if (entry.fate === 'unasked' && needsCredit(mode)) this.#peer!.#awaitedCount -= 1;
    const newest = this.#newestCame[channel]!;
    const before = newest.get(entry.key) ?? -1;
    newest.set(entry.key, Math.max(before, number));
    if (mode === 'unreliable' || mode === 'reliable-unordered') return;
    assert.ok(number > before, `${name} ${number} came after ${before}`);
    if (mode !== 'reliable-ordered') return;
    for (const passed of this.#peer!.#sent[channel]!.slice(before + 1, number)) {
      assert.equal(passed.fate, 'expired', `${name} ${number} came before one ahead of it`);
    }
  }

  #message(channel: number): Uint8Array {
    const random = this.#random;
    const { mode, messageBytesMax } = plannedChannels[channel]!;
    const isLarge = random.chance(mode.startsWith('reliable') ? 0.08 : 0.04);
    const length = headBytes + random.below((isLarge ? messageBytesMax : 120) - headBytes + 1);
    const bytes = new Uint8Array(length);
    // Some deflate well, some a little, some not at all.
    const variety = random.pick([1, 4, 256]);
    for (let i = headBytes; i < length; i++) bytes[i] = random.below(variety);
    new DataView(bytes.buffer).setUint32(0, this.#sent[channel]!.length);
    return bytes;
  }
}
