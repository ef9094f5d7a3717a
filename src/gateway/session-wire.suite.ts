// What every wire whose connection is a player owes the platform and its players, whatever its
// bytes look like: origins, presence, ends from both sides, our mistakes, strangers, the end of the
// server. Each such gateway's test runs it, in virtual time. What a wire says to a request is not
// here, since each has requests of its own.

import assert from 'node:assert/strict';
import { describe, type TestContext, test } from 'node:test';
import { seededRandom } from '../base/prng.ts';
import {
  type Arrived,
  inScene,
  loginWithinMs,
  type Scene,
  type SessionWireUnderTest,
} from './session-scene.fixture.ts';
import { type Connected, type SessionWorld, sessionOf } from './session-world.fixture.ts';

const strangers = 200;
const strangerBytesMax = 1_400;
const seed = 11;
/** Of the world: a log-in takes fewer. */
const logInTurns = 16;

const behaviours = {
  'commands come from its wire, the peer’s address and the player’s session': async (scene) => {
    const { world, under } = scene;
    const [ada, bob] = [await scene.signIn('ada'), await scene.signIn('bob')];
    for (const one of [ada, bob]) {
      await scene.goesOn(one);
      const calls = scene.callsFrom(one.address);
      assert.ok(calls.every(({ origin }) => origin.wire === under.wire));
      const signedIn = calls.findIndex(({ origin }) => origin.accessToken !== undefined);
      assert.ok(signedIn >= 0);
      assert.ok(
        calls.slice(signedIn).every(({ origin }) => sessionOf(origin) === one.sessionId),
        'a command of another session, or of none, after the log-in',
      );
      const [session, ...more] = await world.sessions(one.playerId, under.wire);
      assert.deepEqual(more, []);
      assert.partialDeepStrictEqual(session, { id: one.sessionId, address: one.address });
    }
    const addresses = new Set(world.calls.map(({ origin }) => origin.address));
    assert.deepEqual([...addresses].sort(), [ada.address, bob.address].sort());
  },

  'a player is online for all until the connection ends, and its session with it': async (
    scene,
  ) => {
    const [ada, bob] = [await scene.signIn('ada'), await scene.signIn('bob')];
    assert.equal(await scene.state(ada.playerId), 'online');
    ada.client.hangUp();
    await scene.world.until('it is ended', () => scene.world.listeners === 1);
    await scene.isGone(ada);
    assert.equal(await scene.state(bob.playerId), 'online');
    await scene.goesOn(bob);
  },

  'a session that is ended elsewhere ends its connection, and no other': async (scene) => {
    const { world, under } = scene;
    const op = await world.account('op');
    const bob = await scene.signIn('bob');
    const nameOf = async ({ playerId }: Connected) =>
      (await world.platform.store.accounts.byId(playerId))?.name ?? assert.fail();
    const endings: Readonly<Record<string, (one: Arrived) => Promise<unknown>>> = {
      kicked: async (one) => op.call('admin.kick', { player: await nameOf(one), reason: 'castle' }),
      banned: async (one) =>
        op.call('admin.sanction', { player: await nameOf(one), kind: 'ban', reason: 'castle' }),
      ...(under.hasGuestsOnly !== true && {
        revoked: (one) => one.account.call('session.revoke', { sessionId: one.sessionId }),
      }),
    };
    for (const [name, end] of Object.entries(endings)) {
      const one = await scene.signIn(name);
      await end(one);
      const before = scene.callsFrom(one.address).length;
      // It does not know yet.
      one.client.act();
      await world.until(`${name} is told`, () => one.client.isEnded && world.listeners === 1);
      await scene.isGone(one);
      one.client.act();
      await world.advance(1_000);
      const done = scene
        .callsFrom(one.address)
        .slice(before)
        .filter(({ isDone }) => isDone);
      assert.deepEqual(done, [], name);
    }
    await scene.goesOn(bob);
  },

  'who cannot be let in has no session left': async (scene) => {
    const { world, under, server } = scene;
    const bob = await scene.signIn('bob');
    const account = await world.account('ada');
    const address = scene.nextAddress;
    world.isFull = true;
    const client = server.connect(address);
    await client.signIn(account);
    await world.until('it was tried', () =>
      scene.callsFrom(address).some(({ origin }) => origin.accessToken !== undefined),
    );
    await world.quiet();
    world.isFull = false;
    client.hangUp();
    await world.quiet();
    assert.deepEqual(await sessionsFrom(scene, address), []);
    assert.deepEqual(await world.sessions(account.playerId, under.wire), []);
    await scene.goesOn(bob);
  },

  'a mistake of ours is logged, stays secret and harms no other connection': async (scene) => {
    const { world } = scene;
    const bob = await scene.signIn('bob');
    const ada = await scene.signIn('ada');
    world.fails = allButLogOutOf(ada);
    ada.client.act();
    await world.until('it is logged', () => world.mistakesLogged() > 0);
    world.fails = () => false;
    assert.doesNotMatch(ada.client.heard, /secret/);
    ada.client.hangUp();
    await world.until('it is ended', () => world.listeners === 1);
    await scene.isGone(ada);
    await scene.goesOn(bob);
  },

  'a player whose game cannot be left by our mistake is gone all the same': async (scene) => {
    const { world } = scene;
    const [ada, bob] = [await scene.signIn('ada'), await scene.signIn('bob')];
    await scene.goesOn(ada);
    await world.quiet();
    const before = scene.callsFrom(ada.address).length;
    world.fails = allButLogOutOf(ada);
    ada.client.hangUp();
    await world.until('it is ended', () => world.listeners === 1);
    await scene.isGone(ada);
    const failed = scene.callsFrom(ada.address).slice(before).filter(world.fails);
    assert.equal(world.mistakesLogged() > 0, failed.length > 0);
    await scene.goesOn(bob);
  },

  'whichever command of a log-in fails by our mistake, nothing is left of it': async (scene) => {
    const { world, under } = scene;
    const bob = await scene.signIn('bob');
    const steps = scene.callsFrom(bob.address).length;
    assert.ok(steps >= 2, `a log-in has ${steps} steps`);
    for (let step = 0; step < steps; step++) {
      const name = `ada${step}`;
      const account = await world.account(name);
      const address = scene.nextAddress;
      const client = scene.server.connect(address);
      const logged = world.mistakesLogged();
      world.fails = ({ origin }) =>
        origin.address === address && scene.callsFrom(address).length === step + 1;
      await client.signIn(account);
      const { command } = await seen(scene, address, step);
      await world.quiet();
      assert.ok(world.mistakesLogged() > logged, `${command}: it is not logged`);
      assert.doesNotMatch(client.heard, /secret/, command);
      client.hangUp();
      await world.until(`after ${command}: it is ended`, () => world.listeners === 1);
      await world.quiet();
      const left = await world.sessions(account.playerId, under.wire);
      assert.deepEqual(left, [], `after ${command}`);
      assert.deepEqual(await sessionsFrom(scene, address), [], `after ${command}`);
    }
    world.fails = () => false;
    await scene.goesOn(bob);
  },

  'who hangs up during the log-in, whenever it is, leaves nothing': async (scene) => {
    const { world } = scene;
    const bob = await scene.signIn('bob');
    for (let turns = 0; turns < logInTurns; turns++) {
      const { client, account, address } = await scene.begin(`ada${turns}`, turns);
      client.hangUp();
      await world.until('it is ended', () => world.listeners === 1 && scene.server.size === 1);
      await scene.isGone(account);
      assert.deepEqual(await sessionsFrom(scene, address), [], `after ${turns} turns`);
    }
    await scene.goesOn(bob);
  },

  'who is banned during the log-in, whenever it is, is not there': async (scene) => {
    const { world } = scene;
    const [op, bob] = [await world.account('op'), await scene.signIn('bob')];
    for (let turns = 0; turns < logInTurns; turns++) {
      const { client, account, address } = await scene.begin(`ada${turns}`, turns);
      const { name: player } = account;
      await op.call('admin.sanction', { player, kind: 'ban', reason: 'castle' });
      await world.advance(1_000);
      assert.equal(world.listeners, 1, `after ${turns} turns`);
      await scene.isGone(account);
      assert.deepEqual(await sessionsFrom(scene, address), [], `after ${turns} turns`);
      client.hangUp();
    }
    await scene.goesOn(bob);
  },

  'bytes of strangers change nothing for a player, and leave nothing': async (scene, t) => {
    t.diagnostic(`seed ${seed}`);
    const { world, server } = scene;
    const random = seededRandom(`strangers of ${scene.under.name}`, seed);
    const bob = await scene.signIn('bob');
    await world.advance(loginWithinMs);
    const before = { size: server.size, gauge: world.gauges.get(server.gauge) };
    assert.equal(before.gauge, 1);
    const all = Array.from({ length: strangers }, () => server.connect(scene.nextAddress));
    for (const one of all) {
      const length = 1 + random.below(strangerBytesMax);
      one.send(Uint8Array.from({ length }, () => random.below(256)));
    }
    await scene.goesOn(bob);
    await world.advance(loginWithinMs + 6_000);
    for (const one of all) assert.ok(one.isEnded || one.heard !== '', 'neither answered nor ended');
    for (const one of all) one.hangUp();
    await world.until('they are gone', () => server.size === before.size);
    assert.equal(world.gauges.get(server.gauge), before.gauge);
    assert.equal(world.listeners, 1);
    const mistakes = world.logged.filter(({ level }) => level === 'error');
    assert.deepEqual(mistakes, []);
    await scene.goesOn(bob);
  },

  'a gateway that is closed has ended everybody, and holds nothing': async (scene) => {
    const { world, server, under } = scene;
    const all = [await scene.signIn('ada'), await scene.signIn('bob')];
    const stranger = server.connect(scene.nextAddress);
    await world.quiet();
    await scene.close();
    assert.equal(server.size, 0);
    assert.equal(world.gauges.get(server.gauge), 0);
    for (const { client } of all) assert.ok(client.isEnded);
    assert.ok(stranger.isEnded);
    assert.equal(world.listeners, 0);
    assert.equal(world.armed, 0);
    for (const one of all) await scene.isGone(one);
    const before = world.calls.length;
    await server.connect(scene.nextAddress).signIn(await world.account('late'));
    await world.advance(loginWithinMs + 6_000);
    assert.equal(world.calls.length, before, under.wire);
    assert.equal(server.size, 0);
  },
  'a gateway that is closed during a log-in, whenever it is, holds nothing': async (first) => {
    for (let turns = 0; turns < logInTurns; turns += 3) {
      await inScene(first.under, async (scene) => {
        const { world, server } = scene;
        const { client, account, address } = await scene.begin('ada', turns);
        await scene.close();
        await world.quiet();
        assert.ok(client.isEnded || scene.under.newcomersGiveUp === true);
        assert.deepEqual([server.size, world.listeners, world.armed], [0, 0, 0]);
        await scene.isGone(account);
        assert.deepEqual(await sessionsFrom(scene, address), [], `after ${turns} turns`);
      });
    }
  },
} satisfies Readonly<Record<string, (scene: Scene, t: TestContext) => Promise<void>>>;

/** A session that cannot be ended by our mistake ends by itself, later. */
const allButLogOutOf =
  ({ address }: Arrived): SessionWorld['fails'] =>
  ({ origin, command }) =>
    origin.address === address && command !== 'account.logout';

/** Sessions, guests' too, that commands from this address were of and that are still there. */
async function sessionsFrom(scene: Scene, address: string) {
  const { sessions } = scene.world.platform.store;
  const ids = scene
    .callsFrom(address)
    .flatMap(({ origin }) => (origin.accessToken === undefined ? [] : [sessionOf(origin)]));
  const rows = await Promise.all(ids.map((id) => sessions.byId(id)));
  return rows.filter((row) => row !== undefined);
}

async function seen(scene: Scene, address: string, step: number) {
  await scene.world.until(`step ${step}`, () => scene.callsFrom(address).length > step);
  return scene.callsFrom(address)[step] ?? assert.fail();
}

type Behaviour = keyof typeof behaviours;

/** `skips`: what a wire cannot, and why. */
export function sessionWireContract(
  under: SessionWireUnderTest,
  skips: { readonly [behaviour in Behaviour]?: string } = {},
): void {
  describe(`${under.name} keeps the session wire contract`, () => {
    for (const [behaviour, run] of Object.entries(behaviours)) {
      const skip = skips[behaviour as Behaviour] ?? false;
      test(behaviour, { skip }, (t) => inScene(under, (scene) => run(scene, t)));
    }
  });
}
