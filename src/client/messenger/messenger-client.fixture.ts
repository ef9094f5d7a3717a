// Messenger clients whose events read as a transcript, and a network for their private connections
// in memory.

import assert from 'node:assert/strict';
import { createCrypto } from '../../driver/default-crypto.ts';
import { connectTcp, listenTcp } from '../../driver/tcp.ts';
import type { MessengerWorld } from '../../gateway/messenger/messenger.fixture.ts';
import type { ByteStream } from '../../protocol/byte-stream.ts';
import { memoryStreamPair } from '../../testing/memory-streams.ts';
import { MessengerClient, type MessengerEvent } from './messenger-client.ts';
import type { PrivateNetwork } from './private-peers.ts';

/** All that crosses it can be read, and changed. */
export class MemoryNetwork {
  readonly #ports = new Map<number, (stream: ByteStream) => void>();
  readonly #addressOf: string;
  /** What who dials has sent. */
  sent = '';
  /** Between the two, when it is set. */
  tamper: ((bytes: Uint8Array) => Uint8Array) | undefined;

  constructor(addressOf = '192.0.2.1') {
    this.#addressOf = addressOf;
  }

  readonly network: PrivateNetwork = {
    listen: async (onStream) => {
      const port = 40_000 + this.#ports.size;
      this.#ports.set(port, onStream);
      return {
        port,
        close: async () => {
          this.#ports.delete(port);
        },
      };
    },
    dial: async (host, port) => {
      const accept = this.#ports.get(port);
      if (accept === undefined) throw new Error(`nobody listens at ${host}:${port}`);
      const { host: theirs, client } = memoryStreamPair({
        chunking: 'random',
        clientAddress: this.#addressOf,
      });
      accept(theirs);
      const write = client.write.bind(client);
      client.write = (data) => {
        this.sent += typeof data === 'string' ? data : new TextDecoder().decode(data);
        return write(typeof data === 'string' ? data : (this.tamper?.(data) ?? data));
      };
      return client;
    },
  };
}

export const tcpNetwork: PrivateNetwork = {
  listen: async (onStream) => {
    const listener = await listenTcp({ port: 0 }, onStream);
    return { port: listener.address.port, close: () => listener.close() };
  },
  dial: (host, port) => connectTcp({ host, port }),
};

export class TestMessenger {
  readonly client: MessengerClient;
  readonly #events: string[] = [];
  #wake = (): void => {};

  constructor(stream: ByteStream, network: PrivateNetwork, world: MessengerWorld, encrypts = true) {
    this.client = new MessengerClient(stream, {
      network,
      crypto: createCrypto(),
      after: (delayMs, run) => world.platform.time.after(delayMs, run),
      encrypts,
      onEvent: (event) => {
        this.#events.push(shown(event));
        this.#wake();
      },
    });
  }

  static async logIn(
    world: MessengerWorld,
    name: string,
    network: PrivateNetwork,
    encrypts = true,
  ): Promise<TestMessenger> {
    const one = new TestMessenger(await world.open('192.0.2.1'), network, world, encrypts);
    one.client.sendName(name);
    await one.hears('needs-password new');
    one.client.sendPassword('correct horse', true);
    await one.hears(`logged-in Welcome, ${name}. This is Paperclip 1.2.3.`);
    await one.types('whoelse');
    await one.next();
    return one;
  }

  async next(): Promise<string> {
    while (this.#events.length === 0) {
      await new Promise<void>((done) => {
        this.#wake = done;
      });
    }
    return this.#events.shift() ?? '';
  }

  async hears(...expected: readonly string[]): Promise<void> {
    for (const one of expected) assert.equal(await this.next(), one);
  }

  async types(line: string, ...expected: readonly string[]): Promise<void> {
    this.client.run(line);
    await this.hears(...expected);
  }
}

function shown(event: MessengerEvent): string {
  switch (event.kind) {
    case 'needs-password':
      return `${event.kind} ${event.isNew ? 'new' : 'known'}`;
    case 'message':
    case 'broadcast':
    case 'private-message':
      return `${event.kind} ${event.from}: ${event.text}`;
    case 'names':
      return `names ${event.names.join(' ')}`;
    case 'help':
      return `help ${event.lines.length}`;
    case 'private-asked':
      return `private-asked ${event.from}`;
    case 'private-opened':
      return `private-opened ${event.with} ${event.isSealed ? 'sealed' : 'plain'}`;
    case 'private-ended':
      return `private-ended ${event.with}`;
    case 'server-gone':
    case 'over':
      return `${event.kind} ${event.why}`;
    case 'needs-name':
      return event.kind;
    default:
      return `${event.kind} ${event.text}`;
  }
}

/** Two who are logged in and have a private connection. */
export async function privatePair(
  world: MessengerWorld,
  network: PrivateNetwork,
  encrypts: readonly [boolean, boolean] = [true, true],
): Promise<readonly [hans: TestMessenger, yoda: TestMessenger]> {
  const hans = await TestMessenger.logIn(world, 'hans', network, encrypts[0]);
  const yoda = await TestMessenger.logIn(world, 'yoda', network, encrypts[1]);
  await hans.hears('announcement yoda has logged in.');
  await hans.types('startprivate yoda');
  await yoda.hears('private-asked hans');
  await yoda.types('yes');
  const how = encrypts[0] && encrypts[1] ? 'sealed' : 'plain';
  await hans.hears(`private-opened yoda ${how}`);
  await yoda.hears(`private-opened hans ${how}`);
  return [hans, yoda];
}
