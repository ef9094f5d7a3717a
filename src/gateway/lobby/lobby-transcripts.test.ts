// Flows that were recorded from the running lobby server, replayed against this gateway over the
// true platform. A connection hears what it heard there, in that order; what varies from run to run
// is not compared, and neither is when broadcasts come: those of players are compared by what they
// make known, and a queue for matchmaking this server does not have.
//
// One rule differs: who has a foe is not seen by the foe here, as on every wire.

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
  const { session, current_time, friends, ...rest } = message;
  return {
    ...rest,
    ...(session !== undefined && { session: typeof session }),
    ...(current_time !== undefined && { current_time: typeof current_time }),
    ...(friends !== undefined && { friends: Array.isArray(friends) }),
  };
}

/** The passwords there are the names, which are shorter than this platform wants. */
function said(message: LobbyMessage): LobbyMessage {
  if (message['command'] !== 'hello') return message;
  assert.equal(message['password'], sha256Hex(String(message['login'])));
  return { ...message, password: sha256Hex(`the password of ${message['login']}`) };
}

async function replay(world: LobbyWorld, events: readonly TranscriptEvent[]): Promise<void> {
  await people(world);
  const clients = new Map<string, LobbyTester>();
  const known = new Map<string, Set<unknown>>();
  const nextOf = async (client: LobbyTester, name: string): Promise<LobbyMessage | undefined> => {
    const message = await client.next();
    if (message === undefined || !isBroadcast(message)) return message;
    const players = message['players'] as readonly { readonly login: string }[];
    for (const { login } of players) (known.get(name) ?? new Set()).add(login);
    return nextOf(client, name);
  };
  for (const { client: name, dir, msg } of events) {
    const client = clients.get(name) ?? (await world.connect());
    clients.set(name, client);
    if (!known.has(name)) known.set(name, new Set());
    if (dir === 'C->S') client.say(said(msg));
    else if (!isBroadcast(msg)) {
      const heard = await nextOf(client, name);
      assert.deepEqual(heard && compared(heard), compared(msg));
    }
  }
  await world.advance(2);
  for (const [name, client] of clients) {
    for (const message of await client.soFar()) {
      assert.ok(isBroadcast(message), JSON.stringify(message));
      const players = message['players'] as readonly { readonly login: string }[];
      for (const { login } of players) known.get(name)?.add(login);
    }
    // A recording may have ended before the last broadcast.
    for (const login of heardOf(name, events)) assert.ok(known.get(name)?.has(login), login);
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

/** Games are not here yet: what comes before the first one. */
function beforeGames({ events }: Transcript): readonly TranscriptEvent[] {
  const first = events.findIndex(({ msg }) => msg['command'] === 'game_host');
  return first < 0 ? events : events.slice(0, first);
}

describe('transcripts of the running lobby server', () => {
  for (const transcript of transcripts) {
    for (const framing of framings satisfies readonly Framing[]) {
      const run = (world: LobbyWorld) => replay(world, beforeGames(transcript));
      test(`${transcript.name} over ${framing}`, inWorld(run, { framing }));
    }
  }
  test('there are some', { skip }, () => {
    assert.ok(transcripts.some(({ name }) => name === 'login_ok'));
  });
});
