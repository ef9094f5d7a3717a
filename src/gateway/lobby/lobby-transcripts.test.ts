// Flows that were recorded from the running lobby server, replayed against this gateway over the
// true platform. A connection hears what it heard there, in that order; what varies from run to run
// is not compared, and neither is when broadcasts come: time goes on when one is due. Those of
// players are compared by what they make known, and a queue for matchmaking this server does not
// have.
//
// One rule differs: who has a foe is not seen by the foe here, as on every wire. And the server of
// the recording did not yet say why a join failed, beside the notice.

import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { describe, test } from 'node:test';
import {
  type Framing,
  framings,
  inWorld,
  type LobbyTester,
  type LobbyWorld,
  sha256Hex,
} from './lobby.fixture.ts';
import type { LobbyMessage } from './lobby-user.ts';

interface TranscriptEvent {
  readonly client: string;
  readonly dir: 'C->S' | 'S->C' | 'closed';
  readonly msg: LobbyMessage;
}

interface Transcript {
  readonly name: string;
  readonly events: readonly TranscriptEvent[];
}

const file = new URL('../../../../shared/vectors/lobby-transcripts.json', import.meta.url);
const transcripts: readonly Transcript[] = existsSync(file)
  ? JSON.parse(readFileSync(file, 'utf8')).transcripts
  : [];
const skip = transcripts.length === 0 ? 'the transcripts are not at ../shared/vectors' : false;

/** As there: 1 to 5, the password is the name, alice has bob as friend and erin as foe. */
async function people(world: LobbyWorld): Promise<void> {
  const ids: string[] = [];
  for (const name of ['alice', 'bob', 'carol', 'dave', 'erin']) {
    const args = { name, password: `the password of ${name}`, digestLogin: true };
    ids.push((await world.platform.anyone('account.register', args)).player.id);
  }
  const alice = await player(world, 'alice');
  for (const id of ids) await alice.call('player.numbers', { players: [id] });
  await alice.call('friend.request', { player: 'bob' });
  await (await player(world, 'bob')).call('friend.accept', { player: 'alice' });
  await alice.call('block.add', { player: 'erin' });
}

async function player(world: LobbyWorld, name: string) {
  const { accessToken } = await world.platform.anyone('account.login', {
    ...{ name, password: `the password of ${name}` },
  });
  const origin = { wire: 'test', address: '192.0.2.9', accessToken };
  const { dispatcher } = world.platform.platform;
  return {
    call: (command: Parameters<typeof dispatcher.call>[1], args: object) =>
      dispatcher.call(origin, command, args),
  };
}

const isBroadcast = ({ command }: LobbyMessage): boolean =>
  command === 'player_info' || command === 'matchmaker_info';

/** What the two servers must agree on. Bob has alice as friend here, since friends are mutual. */
function compared(message: LobbyMessage): LobbyMessage {
  const { session, current_time, friends, hosted_at, launched_at, uid, ...rest } = message;
  return {
    ...rest,
    ...(hosted_at !== undefined && { hosted_at: typeof hosted_at }),
    ...(launched_at !== undefined && { launched_at: launched_at === null ? null : 'a time' }),
    ...(uid !== undefined && { uid: typeof uid }),
    ...(session !== undefined && { session: typeof session }),
    ...(current_time !== undefined && { current_time: typeof current_time }),
    ...(friends !== undefined && { friends: Array.isArray(friends) }),
  };
}

/**
 * The passwords there are the names, which are shorter than this platform wants. The games there
 * had been counted before; no game has the number 9999 in either.
 */
function said(message: LobbyMessage): LobbyMessage {
  if (message['command'] === 'game_join' && message['uid'] !== 9999) return { ...message, uid: 1 };
  if (message['command'] !== 'hello') return message;
  assert.equal(message['password'], sha256Hex(String(message['login'])));
  return { ...message, password: sha256Hex(`the password of ${message['login']}`) };
}

async function replay(world: LobbyWorld, events: readonly TranscriptEvent[]): Promise<void> {
  await people(world);
  const listeners = new Map<string, Listener>();
  for (const { client: name, dir, msg } of events) {
    const listener = listeners.get(name) ?? new Listener(world, await world.connect());
    listeners.set(name, listener);
    if (dir === 'C->S') await listener.say(said(msg));
    else if (!isBroadcast(msg)) {
      const heard = await listener.next();
      assert.deepEqual(heard && compared(heard), compared(msg));
    }
  }
  await world.advance(2);
  for (const [name, listener] of listeners) {
    // A recording may have ended before the last broadcast.
    for (const { command } of await listener.rest()) assert.equal(command, 'game_info');
    for (const login of heardOf(name, events)) assert.ok(listener.known.has(login), login);
  }
}

/** One connection, and what of it has not been compared yet. */
class Listener {
  /** Players whom it has heard of. */
  readonly known = new Set<string>();
  readonly #world: LobbyWorld;
  readonly #client: LobbyTester;
  readonly #waiting: LobbyMessage[] = [];

  constructor(world: LobbyWorld, client: LobbyTester) {
    this.#world = world;
    this.#client = client;
  }

  /** Resolves when it has been answered: what others say after it comes after it. */
  async say(message: LobbyMessage): Promise<void> {
    this.#client.say(message);
    await this.#listen();
  }

  async next(): Promise<LobbyMessage | undefined> {
    await this.#listen();
    if (this.#waiting.length === 0) {
      await this.#world.advance(1);
      await this.#listen();
    }
    return this.#waiting.shift();
  }

  async rest(): Promise<readonly LobbyMessage[]> {
    await this.#listen();
    return this.#waiting.splice(0);
  }

  async #listen(): Promise<void> {
    for (const message of await this.#client.soFar()) {
      const { command } = message;
      if (command === 'player_info') {
        const players = message['players'] as readonly { readonly login: string }[];
        for (const { login } of players) this.known.add(login);
      } else if (command !== 'game_join_failed') this.#waiting.push(message);
    }
  }
}

/** Whom a connection had heard of, save who has it as foe. */
function heardOf(name: string, events: readonly TranscriptEvent[]): readonly string[] {
  const mine = events.filter(({ client, dir }) => client === name && dir === 'S->C');
  const self = mine.find(({ msg }) => msg['command'] === 'welcome')?.msg['login'];
  const logins = mine
    .filter(({ msg }) => msg['command'] === 'player_info')
    .flatMap(({ msg }) => msg['players'] as readonly { readonly login: string }[])
    .map(({ login }) => login);
  return [...new Set(logins)].filter((login) => self !== 'erin' || login !== 'alice');
}

describe('transcripts of the running lobby server', () => {
  for (const transcript of transcripts) {
    for (const framing of framings satisfies readonly Framing[]) {
      const run = (world: LobbyWorld) => replay(world, transcript.events);
      test(`${transcript.name} over ${framing}`, inWorld(run, { framing }));
    }
  }
  test('there are some', { skip }, () => {
    assert.ok(transcripts.some(({ name }) => name === 'custom_game_three_players'));
  });
});
