// What a stranger writes against the installed package: a game, a server, two players, a bare link,
// and a bad network in virtual time. `package.test.ts` copies it into an empty folder, checks it
// there under the strictest settings, and runs it. It prints one line when all of it held.

import assert from 'node:assert/strict';
import { type ConnectOptions, connect, type Match, PaperclipError, visit } from 'paperclip';
import { defineGame, type InputOf, t, type ViewOf } from 'paperclip/game';
import { dial, type Lane, type Link, type LostReason, listen } from 'paperclip/protocol';
import { type RunningServer, serve } from 'paperclip/server';
import { world } from 'paperclip/testing';

const race = defineGame({
  name: 'race',
  title: 'First to ten',
  players: { min: 2, max: 2 },
  input: t.Object({ add: t.Integer({ minimum: 1, maximum: 3 }) }),
  setup: ({ players }) => ({ sums: new Array<number>(players).fill(0) }),
  step: (state, inputs) => ({
    sums: state.sums.map((sum, seat) =>
      inputs.reduce((total, one) => (one.seat === seat ? total + one.input.add : total), sum),
    ),
  }),
  view: (state, seat) => ({ mine: state.sums[seat] ?? 0, best: Math.max(...state.sums) }),
  outcome: ({ sums }) => {
    const winner = sums.findIndex((sum) => sum >= 10);
    return winner < 0 ? undefined : { ranking: [[winner], [1 - winner]], score: sums };
  },
  bot: () => ({ add: 3 }),
});

type View = ViewOf<typeof race>;
type Input = InputOf<typeof race>;

async function play(server: RunningServer, options: ConnectOptions, input: Input) {
  await using me = await connect(server.url, options);
  const match: Match<View, Input> = await me.play(race, { against: 'anyone' });
  let seen = -1;
  for await (const view of match.views) {
    if (view.mine > seen) match.send(input);
    seen = view.mine;
  }
  return (await match.result).mine;
}

async function platform(): Promise<void> {
  const server = await serve({
    games: [race],
    data: ':memory:',
    port: 0,
    udpPort: 0,
    logLevel: 'silent',
  });
  try {
    const register = { name: 'mario', password: 'a long password' };
    const results = [
      play(server, { register }, { add: 3 }),
      play(server, { guest: 'luigi' }, { add: 1 }),
    ];
    assert.deepEqual((await Promise.all(results)).toSorted(), ['loss', 'win']);
    await assert.rejects(connect(server.url, { register }), (error) => {
      assert.ok(error instanceof PaperclipError);
      return error.code === 'NAME_TAKEN';
    });
    const { matches } = await visit(server.url).call('match.history', { game: race.name });
    assert.equal(matches.length, 1);
  } finally {
    await server.close();
  }
}

async function transport(): Promise<void> {
  const channels = { moves: 'reliable-ordered', state: 'unreliable-sequenced' } as const;
  const arrived = Promise.withResolvers<string>();
  const onLink = (link: Link) => {
    link.onMessage = (channel, message) => arrived.resolve(`${channel} ${message.join()}`);
  };
  const host = await listen({ port: 0, channels, onLink });
  const link = await dial(host.address, host.publicKey, { channels });
  link.send('moves', Uint8Array.of(1, 2, 3));
  assert.equal(await arrived.promise, 'moves 1,2,3');
  const urgent: Lane = 'control';
  const fates: LostReason[] = [];
  const onLost = (reason: LostReason) => fates.push(reason);
  assert.throws(() => link.send('state', Uint8Array.of(4), { priority: urgent }), /keeps/);
  link.send('moves', Uint8Array.of(5), { onLost });
  link.close();
  assert.deepEqual(fates, ['ended']);
  await host.close();
}

function simulation(): void {
  const net = world({ seed: 7, loss: 0.2, delayMs: 50, jitterMs: 10 });
  const received: number[] = [];
  const host = net.listen({
    channels: { moves: 'reliable-ordered' },
    onLink: (link) => {
      link.onMessage = (_channel, message) => received.push(message[0] ?? -1);
    },
  });
  const player = net.dial(host);
  for (let n = 0; n < 50; n++) player.send('moves', Uint8Array.of(n));
  assert.ok(net.runUntil(() => received.length === 50, 60_000));
  assert.deepEqual(
    received,
    Array.from({ length: 50 }, (_, n) => n),
  );
}

simulation();
await transport();
await platform();
console.log('A stranger built, served, joined and played a game.');
