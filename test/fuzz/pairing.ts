// One client and the host's side of its link, as ledgers: what was sent, what came, what became of
// each message. It knows nothing of the network between them.

import assert from 'node:assert/strict';
import type { Random } from '../../src/base/prng.ts';
import type { LinkEnd } from '../../src/protocol/link.ts';
import type { ConnectionEvent } from '../../src/protocol/paperclip/output.ts';
import { channelModes } from '../simulation/traffic.ts';

type Send = (channel: number, message: Uint8Array, handle: number) => boolean;

const isReliable = (channel: number): boolean => channelModes[channel]!.startsWith('reliable');

export class Party {
  readonly #random: Random;
  readonly #bytesMax: number;
  #send: Send | undefined;
  #isOpen = () => false;
  #mayGoOn = true;
  #end: LinkEnd | undefined;
  #isInterrupted = false;
  #nextHandle = 0;
  readonly #sent = channelModes.map(() => [] as Uint8Array[]);
  readonly #came = channelModes.map(() => new Set<number>());
  readonly #newest = channelModes.map(() => -1);
  readonly #open = new Set<number>();
  #peer: Party | undefined;

  constructor(random: Random, bytesMax: number) {
    this.#random = random;
    this.#bytesMax = bytesMax;
  }

  get isConnected(): boolean {
    return this.#send !== undefined;
  }
  get end(): LinkEnd | undefined {
    return this.#end;
  }
  get openCount(): number {
    return this.#open.size;
  }

  faces(peer: Party): void {
    this.#peer = peer;
  }

  /** `isOpen` may be false before the end is told. */
  connect(send: Send, isOpen: () => boolean): void {
    assert.equal(this.#send, undefined, 'established once');
    this.#send = send;
    this.#isOpen = isOpen;
  }

  sendSome(): void {
    for (let left = 1 + this.#random.below(6); left > 0; left--) {
      if (this.#send === undefined || !this.#isOpen() || !this.#mayGoOn) return;
      const channel = this.#random.below(channelModes.length);
      const most = this.#random.chance(0.1) ? (isReliable(channel) ? this.#bytesMax : 8960) : 100;
      const message = new Uint8Array(4 + this.#random.below(most - 3));
      const number = this.#sent[channel]!.length;
      message.fill(this.#random.below(256));
      new DataView(message.buffer).setUint32(0, number);
      this.#sent[channel]!.push(message);
      const handle = this.#nextHandle++;
      this.#open.add(handle);
      this.#mayGoOn = this.#send(channel, message, handle);
    }
  }

  onEvent(event: ConnectionEvent): void {
    assert.equal(this.#end, undefined, 'nothing is told after the end');
    switch (event.type) {
      case 'message':
        this.#onMessage(event.channel, event.message);
        return;
      case 'delivered':
      case 'lost':
        assert.ok(this.#open.delete(event.messageHandle), 'a fate is told once');
        return;
      case 'writable':
        this.#mayGoOn = true;
        return;
      case 'interrupted':
      case 'resumed':
        assert.equal(this.#isInterrupted, event.type === 'resumed', 'one after the other');
        this.#isInterrupted = !this.#isInterrupted;
        return;
      case 'ended':
        this.#end = event.end;
        assert.equal(this.#isOpen(), false);
        return;
      default:
        event satisfies never;
    }
  }

  /** While neither side has ended: all that is reliable of the peer has come. */
  checkCame(): void {
    for (const [channel, came] of this.#came.entries()) {
      const sent = this.#peer!.#sent[channel]!.length;
      if (isReliable(channel)) assert.equal(came.size, sent, `all of ${channelModes[channel]}`);
    }
  }

  #onMessage(channel: number, message: Uint8Array): void {
    const number = new DataView(message.buffer, message.byteOffset).getUint32(0);
    const sent = this.#peer!.#sent[channel]?.[number];
    assert.ok(sent !== undefined, 'it was sent');
    assert.deepEqual(message, sent, 'as it was sent');
    const mode = channelModes[channel]!;
    assert.ok(!this.#came[channel]!.has(number), `${mode} ${number} came once`);
    this.#came[channel]!.add(number);
    const newest = this.#newest[channel]!;
    if (mode === 'reliable-ordered') assert.equal(number, newest + 1, 'in order');
    if (mode === 'unreliable-sequenced') assert.ok(number > newest, 'never older');
    this.#newest[channel] = Math.max(newest, number);
  }
}

export class Pairing {
  /** The client's public key. */
  key = '';
  readonly client: Party;
  readonly host: Party;

  constructor(random: Random, bytesMax: number) {
    this.client = new Party(random, bytesMax);
    this.host = new Party(random, bytesMax);
    this.client.faces(this.host);
    this.host.faces(this.client);
  }

  get isSettled(): boolean {
    return this.client.openCount === 0 && this.host.openCount === 0;
  }

  check(endKinds: readonly LinkEnd['kind'][]): void {
    const { client, host } = this;
    for (const { end } of [client, host]) {
      if (end !== undefined)
        assert.ok(endKinds.includes(end.kind), `an honest end, not ${end.kind}`);
    }
    if (client.end !== undefined || host.end !== undefined || !host.isConnected) return;
    client.checkCame();
    host.checkCame();
  }

  /** Who had a link has been told of its end. */
  checkEnded(): void {
    assert.ok(this.client.end !== undefined);
    if (this.host.isConnected) assert.ok(this.host.end !== undefined);
    assert.ok(this.isSettled);
  }
}
