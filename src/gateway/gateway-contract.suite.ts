// What every gateway that carries all commands owes its callers, whatever its bytes look like: the
// same commands, the same results, the same errors. Each gateway's test runs it over real sockets.

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { type CommandArgs, type CommandName, commandTable } from '../contract/commands.ts';
import {
  type ErrorBody,
  type ErrorCode,
  errorBody,
  errorTable,
  PaperclipError,
} from '../contract/errors.ts';
import { FakePlatform } from './fake-platform.fixture.ts';

export type Answer = { readonly result: unknown } | { readonly error: ErrorBody };

export interface ContractClient {
  call(command: CommandName, args: object, accessToken?: string): Promise<Answer>;
  close(): Promise<void>;
}

/** Arguments as a caller would send them, one of each kind of value that the table knows. */
export const sampleArgs: { readonly [Name in CommandName]: CommandArgs<Name> } = {
  'account.register': { name: 'mario', password: 'correct horse' },
  'account.login': { name: 'mario', password: 'correct horse' },
  'external.host': { title: 'a "b"', mod: 'm', map: 'n', visibility: 'friends', ratingMin: -1.5 },
  'external.join': { number: 42, password: 'c' },
  'external.leave': {},
  'external.list': {},
  'external.follow': {},
  'external.report': { command: 'GameState', args: ['Idle', 1, null, { a: [true] }] },
  'account.login-digest': { name: 'a', passwordSha256: 'ab'.repeat(32) },
  'account.enable-digest-login': { password: 'b' },
  'account.guest': {},
  'account.refresh': { refreshToken: 'r1' },
  'account.logout': {},
  'account.me': {},
  'player.numbers': { players: ['p1', 'p2'] },
  'player.by-number': { number: 7 },
  'game.list': {},
  'lobby.create': { game: 'rps', private: true, settings: { rounds: [1, { x: null }] }, bots: 1 },
  'lobby.list': { game: 'rps', limit: 7, cursor: 'a b/c?d=ü' },
  'lobby.get': { lobbyId: 'abc' },
  'lobby.quick': { game: 'rps' },
  'lobby.join': { lobbyId: 'abc' },
  'lobby.join-code': { code: 'K7Q2' },
  'lobby.leave': { lobbyId: 'abc' },
  'lobby.ready': { lobbyId: 'abc', ready: false },
  'lobby.kick': { lobbyId: 'abc', playerId: 'bot:1' },
  'lobby.hand-over': { lobbyId: 'abc', playerId: 'p2' },
  'lobby.add-bot': { lobbyId: 'abc' },
  'party.start': { game: 'rps', settings: { rounds: 3 }, startsInS: 10, playersMin: 2 },
  'party.join': { game: 'rps' },
  'party.get': { game: 'rps' },
  'match.ticket': { matchId: 'm1', clientPublicKey: 'A'.repeat(43) },
  'match.attach': { matchId: 'm1' },
  'match.input': { matchId: 'm1', input: { choice: 'rock', with: [1, null] } },
  'match.leave': { matchId: 'm1' },
  'match.get': { matchId: 'm1' },
  'match.history': { player: 'jürgen 1', limit: 100 },
  'match.replay': { matchId: 'm1' },
  'leaderboard.get': { game: 'rps', limit: 1 },
  'account.upgrade': { name: 'mario', password: 'correct horse' },
  'account.exists': { name: 'jürgen 1' },
  'account.logins': {},
  'session.list': {},
  'session.revoke': { sessionId: 's1' },
  'friend.request': { player: 'luigi' },
  'friend.accept': { player: 'luigi' },
  'friend.decline': { player: 'luigi' },
  'friend.remove': { player: 'jürgen 1' },
  'friend.list': {},
  'block.add': { player: 'luigi' },
  'block.remove': { player: 'luigi' },
  'block.list': {},
  'presence.online': {},
  'presence.since': { seconds: 60 },
  'presence.get': { player: 'guest#1234' },
  'presence.set': { away: true },
  'room.enter': {},
  'room.leave': {},
  'room.players': {},
  'room.say': { message: 'hello, "room"' },
  'lobby.say': { lobbyId: 'abc', message: 'ready?' },
  'lobby.invite': { lobbyId: 'abc', player: 'luigi' },
  'chat.send': { to: 'luigi', message: 'ä\n\tö' },
  'chat.inbox': { after: 1_767_225_600_000_001, limit: 5 },
  'chat.ack': { upTo: 1_767_225_600_000_001 },
  'chat.history': { player: 'luigi', limit: 5, cursor: 'a b/c?d=ü' },
  'chat.conversations': { limit: 5 },
  'chat.read': { player: 'luigi', upTo: 7 },
  'file.offer': { to: 'luigi', name: 'ü.txt', size: 7, sha256: 'ab'.repeat(32) },
  'file.answer': { fileId: 'f1', accept: true },
  'file.cancel': { fileId: 'f1' },
  'file.list': {},
  'signal.send': { to: 'luigi', kind: 'my-game.trade', body: { offer: [1, null, 'ü'] } },
  'keys.publish': { deviceId: 'd1', bundle: 'AAAA' },
  'keys.get': { player: 'luigi' },
  'keys.remove': { deviceId: 'd1' },
  'round.join': { game: 'rps' },
  'round.input': { game: 'rps', roundId: 'r1', input: { choice: 'rock', with: [1, null] } },
  'round.leave': { game: 'rps' },
  'round.get': { game: 'rps' },
  'admin.sanction': { player: 'bowser', kind: 'ban', reason: 'castle', forS: 3600 },
  'admin.pardon': { player: 'bowser', kind: 'mute' },
  'admin.sanctions': {},
  'admin.kick': { player: 'bowser', reason: 'castle' },
  'admin.announce': { message: 'Restart at noon.' },
};

const names = Object.keys(commandTable) as CommandName[];
const codes = Object.keys(errorTable) as ErrorCode[];

export function gatewayContract(
  wire: string,
  open: (platform: FakePlatform) => Promise<ContractClient>,
): void {
  const using = async (run: (client: ContractClient, platform: FakePlatform) => Promise<void>) => {
    const platform = new FakePlatform();
    const client = await open(platform);
    try {
      await run(client, platform);
    } finally {
      await client.close();
    }
  };

  describe(`${wire} keeps the gateway contract`, () => {
    test('every command arrives with its arguments, and its result comes back as given', () =>
      using(async (client, platform) => {
        for (const name of names) {
          const result = { of: name, nested: [1, 'ü', null, { deep: true }] };
          platform.answer = () => result;
          assert.deepEqual(await client.call(name, sampleArgs[name]), { result }, name);
          const call = platform.calls.at(-1);
          assert.equal(call?.command, name);
          assert.deepEqual(call.args, sampleArgs[name], name);
          assert.equal(call.origin.wire, wire);
          assert.equal(call.origin.address, '127.0.0.1');
        }
        assert.equal(platform.calls.length, names.length);
      }));

    test('every error code arrives with its sentence, its advice and its values', () =>
      using(async (client, platform) => {
        for (const code of codes) {
          const details = { field: 'name', lobby: 'K7Q2', retryAfterS: 3 };
          platform.answer = () => {
            throw new PaperclipError(code, details);
          };
          const answer = await client.call('lobby.join', sampleArgs['lobby.join']);
          assert.deepEqual(answer, { error: errorBody(code, details) });
        }
      }));

    test('the access token goes to the dispatcher, and no token is no token', () =>
      using(async (client, platform) => {
        await client.call('game.list', {});
        await client.call('game.list', {}, 'token.mario');
        assert.deepEqual(
          platform.calls.map((call) => call.origin.accessToken),
          [undefined, 'token.mario'],
        );
      }));

    test('members that no schema knows are left for validation to name', () =>
      using(async (client, platform) => {
        const args = { lobbyId: 'abc', ready: true, cheat: 1 };
        await client.call('lobby.ready', args);
        assert.deepEqual(platform.calls[0]?.args, args);
      }));

    test('a mistake of ours is INTERNAL with an incident, and says nothing of its cause', () =>
      using(async (client, platform) => {
        platform.answer = () => {
          throw new TypeError('secret of the house');
        };
        const answer = await client.call('game.list', {});
        assert.ok('error' in answer);
        assert.equal(answer.error.code, 'INTERNAL');
        assert.doesNotMatch(JSON.stringify(answer), /secret/);
        assert.equal(platform.logged[0]?.event, 'gateway failed');
        assert.equal(platform.logged[0]?.fields?.['incident'], answer.error.details?.['incident']);
      }));
  });
}
