// A Colyseus room server that sends every message back, beside the host of `capacity/`: rooms of a
// few players, no state, raw bytes, the WebSocket transport as it comes. Its packages are installed
// apart, so it is plain JavaScript that the project's type check does not read.

import { Room, Server } from '@colyseus/core';
import { WebSocketTransport } from '@colyseus/ws-transport';
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
  async listen() {
    server = new Server({
      transport: new WebSocketTransport(),
      greet: false,
      gracefullyShutdown: false,
    });
    server.define('echo', EchoRoom);
    await server.listen(0, '127.0.0.1');
    return { port: server.transport.server.address().port };
  },

  use: (collect) => ({ ...hostUse(collect), links: players }),
});
