import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Transmit, VirtualNetwork, type VirtualNode } from './virtual-network.ts';

/** Says what it has to say when it is drained, and writes down what comes. */
class Talker implements VirtualNode {
  readonly heard: string[] = [];
  readonly toSay: [to: string, word: number][] = [];

  handleDatagram(nowMs: number, from: string, bytes: Uint8Array): void {
    this.heard.push(`${nowMs}: ${bytes[0]} from ${from}`);
  }

  handleTimeout(): void {}

  drain(_nowMs: number, transmit: Transmit): number {
    for (const [to, word] of this.toSay.splice(0)) transmit(to, Uint8Array.of(word), 1);
    return Number.POSITIVE_INFINITY;
  }
}

function twoTalkers() {
  const network = new VirtualNetwork(1, { delayMs: 10 });
  const [a, b] = [new Talker(), new Talker()];
  network.add('a', a);
  network.add('b', b);
  const say = (node: Talker, from: string, to: string, word: number): void => {
    node.toSay.push([to, word]);
    network.touch(from);
  };
  return { network, a, b, say };
}

test('a node that moves is known by its new address, and what went to the old one is lost', () => {
  const { network, a, b, say } = twoTalkers();
  say(a, 'a', 'b', 1);
  say(b, 'b', 'a', 2);
  network.runFor(5);
  network.move('a', 'a2');
  say(a, 'a2', 'b', 3);
  say(b, 'b', 'a', 4);
  say(b, 'b', 'a2', 5);
  network.runFor(50);
  assert.deepEqual(b.heard, ['10: 1 from a', '15: 3 from a2']);
  assert.deepEqual(a.heard, ['15: 5 from b']);
});

test('what arrives at a process that stands still waits for it', () => {
  const { network, a, b, say } = twoTalkers();
  network.stall('b', 100);
  say(a, 'a', 'b', 1);
  network.runFor(50);
  say(a, 'a', 'b', 2);
  say(b, 'b', 'a', 3);
  network.runFor(100);
  assert.deepEqual(b.heard, ['100: 1 from a', '100: 2 from a']);
  assert.deepEqual(a.heard, ['110: 3 from b']);
});
