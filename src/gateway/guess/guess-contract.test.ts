// The guessing wire on the suite of session wires. Its players are guests of its own making.

import type { SessionWireUnderTest } from '../session-scene.fixture.ts';
import { sessionWireContract } from '../session-wire.suite.ts';
import { type StreamManner, streamClient } from '../stream-wire.fixture.ts';
import { guessGateway } from './guess-gateway.ts';

const manner: StreamManner = {
  signIn: () => 'start.\n',
  act: (nth) => (nth % 2 === 0 ? '{"mode":"multi"}\n' : '{"command":"exit"}\n'),
};

const guess: SessionWireUnderTest = {
  ...{ name: 'guess', wire: 'guess', hasGuestsOnly: true },
  open: (world, loginWithinMs) => {
    const gateway = guessGateway({ ...world.ports, limits: { loginWithinMs } });
    return {
      connect: (address) => streamClient(gateway.accept, address, manner),
      get size() {
        return gateway.size;
      },
      gauge: 'paperclip_line_connections guess',
      close: () => gateway.close(),
    };
  },
};

sessionWireContract(guess, {
  'who is banned during the log-in, whenever it is, is not there':
    'an operator cannot name a guest before the guest is there',
});
