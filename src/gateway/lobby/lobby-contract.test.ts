// The lobby protocol on the suite of session wires, in both of its framings.

import { createHash } from 'node:crypto';
import { parseJson } from '../../base/json.ts';
import { jsonLineCodec } from '../../protocol/lobby/json-line-codec.ts';
import { qdatastreamCodec } from '../../protocol/lobby/qdatastream-codec.ts';
import { sessionWireContract } from '../session-wire.suite.ts';
import { password } from '../session-world.fixture.ts';
import { streamClient } from '../stream-wire.fixture.ts';
import { lobbyGateway } from './lobby-gateway.ts';

const digest = createHash('sha256').update(password).digest('hex');

for (const codec of [jsonLineCodec(parseJson), qdatastreamCodec(parseJson)]) {
  const { name: framing } = codec;
  sessionWireContract({
    ...{ name: `lobby in ${framing}`, wire: 'lobby' },
    open: (world, loginWithinMs) => {
      const limits = { loginWithinMs };
      const gateway = lobbyGateway({ ...world.ports, clock: world.platform.time, limits });
      const server = gateway[framing];
      return {
        connect: (address) =>
          streamClient(server.accept, address, {
            signIn: ({ name: login }) =>
              codec.encode({ command: 'hello', login, password: digest, unique_id: 'some_id' }),
            // A player whom nobody knows.
            act: () => codec.encode({ command: 'social_add', foe: 1_000_000 }),
          }),
        get size() {
          return server.size;
        },
        gauge: `paperclip_line_connections lobby-${framing}`,
        close: () => server.close(),
      };
    },
  });
}
