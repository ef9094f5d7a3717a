// A server and two players in one program: what a first try of Paperclip looks like. Run it with
// `node --conditions=paperclip-source examples/hello/main.ts` from the repository.

import { connect } from 'paperclip';
import { serve } from 'paperclip/server';
import { odds } from './odds.ts';

const server = await serve({
  games: [odds],
  data: ':memory:',
  port: 0,
  udpPort: 0,
  logLevel: 'silent',
});
console.log(`server at ${server.url}`);

async function play(name: string): Promise<void> {
  const me = await connect(server.url, { guest: name });
  const match = await me.play(odds, { against: 'anyone' });
  for await (const view of match.views) {
    if (view.youShow === 0) match.send({ fingers: name === 'mario' ? 1 : 2 });
  }
  const { mine, outcome } = await match.result;
  console.log(`${me.player.name}: ${mine} (${outcome?.score?.join(' : ')})`);
  me.close();
}

await Promise.all([play('mario'), play('luigi')]);
await server.close();
