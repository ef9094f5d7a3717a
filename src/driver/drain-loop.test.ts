import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { EndpointOutput } from '../protocol/paperclip/endpoint-output.ts';
import type { EventOutput } from '../protocol/paperclip/output.ts';
import { type DatagramAddress, datagramAddress } from './datagram-network.ts';
import { clockMs, DrainLoop } from './drain-loop.ts';
import { udpNetwork } from './udp.ts';

type Output = EndpointOutput<DatagramAddress>;

const loopback = { host: '127.0.0.1', port: 0 };

/** Says what it is told, and gives out what it is given. */
function endpoint(ledger: string[], outputs: Output[]) {
  return {
    pollEvent: () => undefined,
    poll: () => outputs.shift(),
    handleTimeout: () => void ledger.push('timeout'),
    handleDatagram: () => void ledger.push('datagram'),
  };
}

test('after a stall, what waits in the socket comes before the timer', async () => {
  const ledger: string[] = [];
  let loop: DrainLoop | undefined;
  const host = await udpNetwork.bind(loopback, (bytes, start, end, from) =>
    loop?.receive(bytes, start, end, from),
  );
  const { port, peer } = await udpNetwork.connect(host.local, () => {});
  await new Promise<void>((done) => {
    const outputs: Output[] = [{ kind: 'timeout', atMs: clockMs() + 2 }];
    const both = endpoint(ledger, outputs);
    loop = new DrainLoop(
      both,
      host,
      {},
      () => {},
      () => {
        if (ledger.length === 2) done();
      },
    );
    // In one go, so that the timer cannot fire in between: the thread is busy until long after it
    // was due, with the datagram in the socket.
    loop.run();
    port.send(Uint8Array.of(1), 1, peer);
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 20);
  });
  loop?.stop();
  await Promise.all([port.close(), host.close()]);
  assert.deepEqual(ledger, ['datagram', 'timeout']);
});

test('handlers that answer each event with the next leave others their turn', async () => {
  const event = { kind: 'event', connection: 1, event: { type: 'writable' } } as const;
  const outputs: Output[] = [event];
  let isElsesTurn = false;
  let answered = 0;
  const port = {
    local: loopback,
    send: () => {},
    close: async () => {},
    errorCount: 0,
  };
  await new Promise<void>((done) => {
    const loop = new DrainLoop(
      endpoint([], outputs),
      port,
      {},
      () => {
        answered++;
        if (!isElsesTurn) outputs.push(event);
      },
      done,
    );
    setImmediate(() => {
      isElsesTurn = true;
    });
    loop.run();
  });
  assert.ok(answered > 1);
});

test('a tap that throws is an uncaught error of its own: what it saw is sent all the same', async () => {
  const sent: number[] = [];
  const to = datagramAddress('127.0.0.1', 9);
  const outputs: Output[] = [{ kind: 'transmit', to, bytes: Uint8Array.of(7), length: 1 }];
  const port = {
    local: loopback,
    send: (bytes: Uint8Array) => void sent.push(bytes[0]!),
    close: async () => {},
    errorCount: 0,
  };
  const datagramTap = () => {
    throw new Error('a mistake of the application');
  };
  const microtasks: (() => void)[] = [];
  const { queueMicrotask: original } = globalThis;
  globalThis.queueMicrotask = (task) => void microtasks.push(task);
  try {
    new DrainLoop(
      endpoint([], outputs),
      port,
      { datagramTap },
      () => {},
      () => {},
    ).run();
  } finally {
    globalThis.queueMicrotask = original;
  }
  assert.deepEqual(sent, [7]);
  assert.throws(() => microtasks[0]?.(), /a mistake of the application/);
});

/**
 * Each datagram becomes an event, which `onEvent` handles; `answer` is what leaves next. The ledger
 * has all of it in order.
 */
function ledgerWorld(onEvent: (world: { loop: DrainLoop; answer: () => void }) => void) {
  const ledger: string[] = [];
  const to = datagramAddress('127.0.0.1', 9);
  const events: EventOutput[] = [];
  const answers: Output[] = [];
  const both = {
    pollEvent: () => events.shift(),
    poll: () => answers.shift(),
    handleTimeout: () => {},
    handleDatagram: (_nowMs: number, _from: unknown, bytes: Uint8Array) => {
      ledger.push(`datagram ${bytes[0]}`);
      events.push({ kind: 'event', connection: 1, event: { type: 'writable' } });
    },
  };
  const port = {
    local: loopback,
    send: () => void ledger.push('answer'),
    flush: () => void ledger.push('flush'),
    close: async () => {},
    errorCount: 0,
  };
  const answer = () => {
    answers.push({ kind: 'transmit', to, bytes: Uint8Array.of(7), length: 1 });
  };
  const handle = () => {
    ledger.push('event');
    onEvent({ loop, answer });
  };
  const loop = new DrainLoop(both, port, {}, handle, () => {});
  const receive = (byte: number, hasMore: boolean) =>
    loop.receive(Uint8Array.of(byte), 0, 1, to, hasMore);
  return { ledger, receive };
}

test('datagrams that came together: each is heard before the next, and all are answered at once', () => {
  const { ledger, receive } = ledgerWorld(({ loop, answer }) => {
    answer();
    // As `Link.flush` in a handler does.
    loop.run();
  });
  receive(1, true);
  receive(2, false);
  assert.deepEqual(ledger, [
    'datagram 1',
    'event',
    'datagram 2',
    'event',
    'answer',
    'answer',
    'flush',
  ]);
});

test('what handlers queue without a flush leaves once, at the end of the run', () => {
  // As `Link.send` in a handler does.
  const { ledger, receive } = ledgerWorld(({ loop, answer }) => loop.runSoon(answer));
  receive(1, true);
  receive(2, false);
  assert.deepEqual(ledger, ['datagram 1', 'event', 'datagram 2', 'event', 'answer', 'flush']);
});
