// A client of the session-wire suite on a wire over byte streams, in memory: what it says is given
// as bytes, and what it hears is kept as text.

import type { ByteStream } from '../protocol/byte-stream.ts';
import { memoryStreamPair } from '../testing/memory-streams.ts';
import type { WireClient } from './session-scene.fixture.ts';
import type { Elsewhere } from './session-world.fixture.ts';

export interface StreamManner {
  /** In one piece. */
  readonly signIn: (account: Elsewhere) => Uint8Array | string;
  /** The first is 0. */
  readonly act: (nth: number) => Uint8Array | string;
  /** What a client says by itself when it hears this. */
  readonly answer?: (heard: string) => string | undefined;
}

export function streamClient(
  accept: (stream: ByteStream) => void,
  clientAddress: string,
  manner: StreamManner,
): WireClient {
  const { host, client } = memoryStreamPair({ clientAddress });
  let heard = '';
  let isEnded = false;
  let acts = 0;
  client.onData = (bytes) => {
    // Some wires send text of two bytes a character.
    const text = Buffer.from(bytes).toString('latin1').replaceAll('\0', '');
    heard += text;
    const answer = manner.answer?.(text);
    if (answer !== undefined) client.write(answer);
  };
  client.onClose = () => {
    isEnded = true;
  };
  accept(host);
  return {
    signIn: (account) => void client.write(manner.signIn(account)),
    act: () => void client.write(manner.act(acts++)),
    send: (bytes) => void client.write(bytes),
    hangUp: () => client.destroy(),
    get heard() {
      return heard;
    },
    get isEnded() {
      return isEnded;
    },
  };
}
