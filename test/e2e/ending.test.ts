// A server that is told to end while somebody plays on it: the player's link hears it at once.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { rps } from '../../games/rps/rules.ts';
import { connect, type MatchDialer } from '../../src/client/index.ts';
import { udpDialer } from '../../src/client/udp-dialer.ts';
import type { Link, LinkEnd } from '../../src/protocol/link.ts';
import { ServerProcess } from '../kill/server-process.ts';

/** Hears the end beside the match that owns the link. */
function overheard(link: Link, onEnd: (end: LinkEnd) => void): Link {
  let own: Link['onEnd'];
  Object.defineProperty(link, 'onEnd', {
    set: (handler: Link['onEnd']) => {
      own = handler;
    },
    get: () => (end: LinkEnd) => {
      onEnd(end);
      own?.(end);
    },
  });
  return link;
}

test('SIGTERM to a server: a player in a match hears of it, and waits for no time-out', async () => {
  const server = await ServerProcess.start(':memory:', ['--shutdown-grace-ms', '0']);
  const ended = Promise.withResolvers<LinkEnd>();
  const dialer: MatchDialer = async () => {
    const { clientPublicKey, dial } = await udpDialer()();
    return {
      clientPublicKey,
      dial: async (ticket) => overheard(await dial(ticket), ended.resolve),
    };
  };
  const mario = await connect(server.url, { register: { name: 'Mario', password: 'it is a me' } });
  const match = await mario.play(rps, { against: 'bot', dialer });
  const result = match.result.catch(() => undefined);
  assert.equal(await server.stop(), 0);
  // The host says that the match is over, and then that the link is: the player who hears the first
  // may close before the second comes.
  const { kind } = await ended.promise;
  assert.ok(kind === 'closed-here' || kind === 'closed-by-peer', kind);
  await result;
  await mario.close();
});
