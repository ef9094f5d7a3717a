// The text protocol on the suite of session wires.

import { sessionWireContract } from '../session-wire.suite.ts';
import { password } from '../session-world.fixture.ts';
import { type StreamManner, streamClient } from '../stream-wire.fixture.ts';
import { textGateway } from './text-gateway.ts';

const manner: StreamManner = {
  signIn: ({ name: username }) => `LOGIN_REQ ${JSON.stringify({ username, password })}\n`,
  act: (nth) => (nth === 0 ? 'START_GAME_REQ\n' : `BROADCAST_REQ {"message":"hello ${nth}"}\n`),
  answer: (heard) => (heard.includes('PING\n') ? 'PONG\n' : undefined),
};

sessionWireContract({
  ...{ name: 'text', wire: 'text' },
  open: (world, loginWithinMs) => {
    const gateway = textGateway({
      ...world.ports,
      ...{ version: '1.2.3', limits: { loginWithinMs } },
    });
    return {
      connect: (address) => streamClient(gateway.accept, address, manner),
      get size() {
        return gateway.size;
      },
      gauge: 'paperclip_line_connections text',
      close: () => gateway.close(),
    };
  },
});
