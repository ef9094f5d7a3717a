// A Colyseus room server that sends every message back, beside the host of `capacity/`: rooms of a
// few players, no state, raw bytes, the WebSocket transport as it comes, without TLS or behind
// Node's own. Its packages are installed apart, so it is plain JavaScript that the project's type
// check does not read.

import { createServer } from 'node:https';
import { Room, Server } from '@colyseus/core';
import { WebSocketTransport } from '@colyseus/ws-transport';
import { localIdentity } from '../../src/driver/local-identity.fixture.ts';
import { hostUse } from '../capacity/host-use.ts';
import { serve } from '../harness/calls.ts';

const playersPerRoom = 10;
let players = 0;

class EchoRoom extends Room {
  maxClients = playersPerRoom;
  // No state is broadcast.
  patchRate = null;

  onCreate() {
    this.onMessageBytes('echo', (client, message) => client.sendBytes('echo', message));
  }
  onJoin() {
    players++;
  }
  onLeave() {
    players--;
  }
}

let server;

serve({
  async listen({ overTls }) {
    const identity = overTls ? localIdentity() : undefined;
    const behind = identity === undefined ? {} : { server: createServer(identity.server) };
    server = new Server({
      transport: new WebSocketTransport(behind),
      greet: false,
      gracefullyShutdown: false,
    });
    server.define('echo', EchoRoom);
    await server.listen(0, '127.0.0.1');
    const { port } = server.transport.server.address();
    return { port, trust: identity?.client.ca ?? '' };
  },

  use: (collect) => ({ ...hostUse(collect), links: players }),
});
