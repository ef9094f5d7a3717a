// Seeded traffic between two ends and the promises it is held to: what the big simulations share.
// It speaks in channel numbers and knows nothing of how the two ends were connected.

import assert from 'node:assert/strict';
import type { Random } from '../../src/base/prng.ts';
import type { ChannelMode, ChannelPlan } from '../../src/protocol/link.ts';
import type { ConnectionEvent } from '../../src/protocol/paperclip/output.ts';
import type { LinkConditions } from '../../src/testing/index.ts';

/** One channel of each mode. Sorted, so that the index is the wire id. */
export const channelModes: readonly ChannelMode[] = [
  'reliable-ordered',
  'reliable-unordered',
  'unreliable',
  'unreliable-sequenced',
];

export const channelPlan = (reliableBytesMax: number, redundancy = false): ChannelPlan =>
  Object.fromEntries(
    channelModes.map((mode) => [
      mode,
      mode.startsWith('reliable') ? { mode, messageBytesMax: reliableBytesMax, redundancy } : mode,
    ]),
  );

/** Loss to 30%, bursts, reordering, duplication, damage, bottlenecks, delays to 500 ms. */
export function randomConditions(random: Random): LinkConditions {
  const sometimes = (share: number, most: number): number =>
    random.chance(share) ? most * random.float() : 0;
  const burst = { enter: 0.05 * random.float(), leave: 0.2 + 0.5 * random.float(), loss: 0.9 };
  const rate = { rateBytesPerSecond: 20_000 + random.below(200_000), queueBytes: 20_000 };
  return {
    delayMs: random.float() * (random.chance(0.3) ? 500 : 100),
    jitterMs: sometimes(0.5, 60),
    loss: sometimes(0.7, 0.3),
    duplicate: sometimes(0.4, 0.2),
    reorder: sometimes(0.5, 0.3),
    reorderMs: 80,
    corrupt: sometimes(0.2, 0.05),
    ...(random.chance(0.3) && { burst }),
    ...(random.chance(0.3) && rate),
  };
}

/** One end: what it sent, and what of the other's has come. */
export class TrafficEnd {
  readonly #random: Random;
  readonly #reliableBytesMax: number;
  readonly #send: (channel: number, message: Uint8Array, handle: number) => boolean;
  /** Messages sent, by channel. */
  readonly #sent = channelModes.map(() => 0);
  /** Numbers of the peer's messages that came, by channel. */
  readonly #came = channelModes.map(() => new Set<number>());
  readonly #newest = channelModes.map(() => -1);
  /** Handle to channel, of messages whose fate is open. */
  readonly #open = new Map<number, number>();
  #nextHandle = 0;
  #ends = 0;

  constructor(
    random: Random,
    reliableBytesMax: number,
    send: (channel: number, message: Uint8Array, handle: number) => boolean,
  ) {
    this.#random = random;
    this.#reliableBytesMax = reliableBytesMax;
    this.#send = send;
  }

  /** Every message's fate is known. */
  get isSettled(): boolean {
    return this.#open.size === 0;
  }

  get endCount(): number {
    return this.#ends;
  }

  sendSome(): void {
    for (let left = 1 + this.#random.below(10); left > 0; left--) {
      const channel = this.#random.below(channelModes.length);
      const isReliable = channelModes[channel]!.startsWith('reliable');
      const isLarge = this.#random.chance(0.06);
      const largeMax = isReliable ? Math.min(12_000, this.#reliableBytesMax - 8) : 6000;
      const most = isLarge ? largeMax : 200;
      const number = this.#sent[channel]!++;
      const handle = this.#nextHandle++;
      this.#open.set(handle, channel);
      this.#send(channel, messageOf(channel, number, 8 + this.#random.below(most)), handle);
    }
  }

  onEvent(event: ConnectionEvent): void {
    switch (event.type) {
      case 'message':
        this.#onMessage(event.channel, event.message);
        return;
      case 'delivered':
        assert.ok(this.#open.delete(event.messageHandle), 'a fate is told once');
        return;
      case 'lost': {
        const channel = this.#open.get(event.messageHandle);
        assert.ok(channel !== undefined, 'a fate is told once');
        assert.ok(!channelModes[channel]!.startsWith('reliable'), 'nothing reliable is lost');
        this.#open.delete(event.messageHandle);
        return;
      }
      case 'ended':
        this.#ends += 1;
        return;
      case 'writable':
      case 'interrupted':
      case 'resumed':
        return;
      default:
        event satisfies never;
    }
  }

  /** Every reliable message of the peer came; nothing came that the peer did not send. */
  checkAgainst(peer: TrafficEnd): void {
    for (const [channel, mode] of channelModes.entries()) {
      const sent = peer.#sent[channel]!;
      const came = this.#came[channel]!;
      if (mode.startsWith('reliable')) assert.equal(came.size, sent, `all of ${mode} came`);
      for (const number of came) assert.ok(number < sent);
    }
  }

  #onMessage(channel: number, message: Uint8Array): void {
    const mode = channelModes[channel]!;
    const number = (message[1]! << 8) | message[2]!;
    const came = this.#came[channel]!;
    assert.deepEqual(message, messageOf(channel, number, message.length), 'the bytes are whole');
    assert.ok(!came.has(number), `${mode} ${number} came once`);
    came.add(number);
    const newest = this.#newest[channel]!;
    if (mode === 'reliable-ordered') assert.equal(number, newest + 1, 'in order');
    if (mode === 'unreliable-sequenced') assert.ok(number > newest, 'never older');
    this.#newest[channel] = Math.max(newest, number);
  }
}

/** The bytes say which message they are, and each position has its own value. */
function messageOf(channel: number, number: number, length: number): Uint8Array {
  const message = new Uint8Array(length);
  for (let i = 0; i < length; i++) message[i] = (i + 31 * number + (i >> 8)) & 255;
  message[0] = channel;
  message[1] = number >> 8;
  message[2] = number;
  return message;
}
