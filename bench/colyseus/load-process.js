// The load generator for Colyseus: its own client, as many times as there are players.

import { getCACertificates, setDefaultCACertificates } from 'node:tls';
import { Client } from '@colyseus/sdk';
import { runEcho } from '../capacity/load.ts';
import { serve } from '../harness/calls.ts';
import { clockMs } from '../harness/clock.ts';

const rooms = [];

serve({
  /** Joins until there are `count` players, a few at a time. */
  async connect({ port, trust, count, atOnce }) {
    // Over TLS the client verifies the host, against the authority that the host has made.
    if (trust !== '') setDefaultCACertificates([...getCACertificates('default'), trust]);
    const client = new Client(`${trust === '' ? 'ws' : 'wss'}://127.0.0.1:${port}`);
    let left = count - rooms.length;
    const joinOn = async () => {
      while (left > 0) {
        left--;
        rooms.push(await client.joinOrCreate('echo'));
      }
    };
    await Promise.all(Array.from({ length: atOnce }, joinOn));
  },

  echo(load) {
    return runEcho(
      rooms.length,
      load,
      (i, message) => rooms[i].sendBytes('echo', message),
      (arrivals) => {
        for (const room of rooms) {
          room.removeAllListeners?.();
          room.onMessage('echo', (message) => arrivals.add(message, clockMs()));
        }
      },
    );
  },

  ended: () => 0,
});
