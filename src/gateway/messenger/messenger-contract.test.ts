// The messenger on the suite of session wires.

import { encodeMessage, messageTypes } from '../../codec/messenger/messages.ts';
import { sessionWireContract } from '../session-wire.suite.ts';
import { password } from '../session-world.fixture.ts';
import { type StreamManner, streamClient } from '../stream-wire.fixture.ts';
import { messengerGateway } from './messenger-gateway.ts';

const { LOGIN_USERNAME, LOGIN_PASSWORD, WHOELSE } = messageTypes;

const manner: StreamManner = {
  signIn: ({ name }) =>
    `${encodeMessage(LOGIN_USERNAME, name)}\n${encodeMessage(LOGIN_PASSWORD, password)}\n`,
  act: () => `${encodeMessage(WHOELSE, [])}\n`,
};

sessionWireContract({
  ...{ name: 'messenger', wire: 'messenger' },
  open: (world, loginWithinMs) => {
    const gateway = messengerGateway({
      ...world.ports,
      ...{ version: '1.2.3', idleTimeoutS: 600, limits: { loginWithinMs } },
    });
    return {
      connect: (address) => streamClient(gateway.accept, address, manner),
      get size() {
        return gateway.size;
      },
      gauge: 'paperclip_line_connections messenger',
      close: () => gateway.close(),
    };
  },
});
