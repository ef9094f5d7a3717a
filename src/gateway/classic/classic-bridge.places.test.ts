// Who gets into a lobby over the classic wire, and what is left when a connection ends.

import assert from 'node:assert/strict';
import { claimsCertificate } from '../../domain/account/classic-words.fixture.ts';
import type { BridgeWorld, ClassicAccount, TestPeer } from './bridge.fixture.ts';
import { heard, pair, Rival, rock, stateOf, withWorld } from './rival.fixture.ts';

withWorld('leaving gives the match and the seat up', async (world) => {
  const { peer, rival, lobbyId } = await pair(world);
  peer.leave();
  await world.until('the seat is free', async () => {
    const { members } = await rival.player.call('lobby.get', { lobbyId });
    return members.every(({ name }) => name !== 'Mario');
  });
  await world.bridge.settled();
  const { reason, seats } = await rival.player.call('match.get', { matchId: rival.matchId });
  assert.equal(reason, 'forfeit');
  assert.deepEqual(
    seats.map(({ result }) => result),
    ['loss', 'win'],
  );
});

withWorld('leaving before anybody came closes the lobby', async (world) => {
  const account = await world.account('Mario');
  const { id } = await account.elsewhere.call('lobby.create', { game: 'rps' });
  const peer = world.join(account, id);
  const { elsewhere } = account;
  await world.until('signed in', async () => {
    const { sessions } = await elsewhere.call('session.list', {});
    return sessions.some(({ wire }) => wire === 'classic');
  });
  // What it has asked for may still be under way.
  peer.leave({ kind: 'timed-out' });
  await world.until('no lobby', async () => (await stateOf(account.elsewhere, id)) === undefined);
  await world.bridge.settled();
});

withWorld('who leaves while the sign-in is under way gives up the seat too', async (world) => {
  const account = await world.account('Mario');
  const { id } = await account.elsewhere.call('lobby.create', { game: 'rps' });
  world.join(account, id).leave({ kind: 'timed-out' });
  await world.until('no lobby', async () => (await stateOf(account.elsewhere, id)) === undefined);
});

withWorld('a seat in a lobby that was not meant is no matter of this wire', async (world) => {
  const account = await world.account('Mario');
  const { id } = await account.elsewhere.call('lobby.create', { game: 'rps' });
  world.join(account, 'another').leave({ kind: 'timed-out' });
  await world.bridge.settled();
  assert.equal(await stateOf(account.elsewhere, id), 'open');
});

withWorld('a lobby whose other player leaves waits for the next', async (world) => {
  const { peer, rival, lobbyId } = await pair(world);
  peer.say(rock);
  await rival.player.call('match.leave', { matchId: rival.matchId });
  await world.until('the lobby is open', async () => {
    return (await stateOf(rival.player, lobbyId)) === 'open';
  });
  await rival.player.call('lobby.leave', { lobbyId });
  const next = new Rival(await world.platform.register('Toad'));
  await next.player.call('lobby.join', { lobbyId });
  await next.sit(world, lobbyId);
  // The choice that no round took is the first of the new match.
  await next.choose('scissors');
  await heard(world, peer, 1);
  assert.partialDeepStrictEqual(peer.told, [{ outcome: 1, choice: 0, otherChoice: 2 }]);
});

async function refused(
  world: BridgeWorld,
  account: ClassicAccount,
  lobbyId: string | undefined,
): Promise<TestPeer['goodbye']> {
  const peer = world.join(account, lobbyId);
  await world.until('it is refused', () => peer.goodbye !== undefined);
  await world.bridge.settled();
  return peer.goodbye;
}

withWorld('a third player is turned away before a connection is made', async (world) => {
  const { account, lobbyId, peer } = await pair(world);
  const third = await world.account('Wario');
  assert.equal(await world.bridge.check(third.certificate, 'a'), 'accepted');
  world.wish(third, lobbyId);
  assert.equal(await world.bridge.check(third.certificate, 'a'), 'full');
  // Who is in may come again.
  assert.equal(await world.bridge.check(account.certificate, 'a'), 'accepted');
  world.wish(third, 'gone');
  assert.equal(await world.bridge.check(third.certificate, 'a'), 'accepted');
  // The last seat may be taken while the third is on the way.
  const goodbye = await refused(world, third, lobbyId);
  assert.equal(goodbye?.code, 0x21);
  assert.match(goodbye.text, /has started|is full/);
  assert.equal(peer.goodbye, undefined);
});

withWorld('who cannot come in hears why', async (world) => {
  const mario = await world.account('Mario');
  const text = async (lobbyId?: string) => {
    const goodbye = await refused(world, mario, lobbyId);
    assert.equal(goodbye?.code, 0x21);
    return goodbye.text;
  };
  assert.match(await text(), /create or find one over HTTP/);
  assert.match(await text('gone'), /no lobby gone/);
  const peach = await world.platform.register('Peach');
  const brawl = await peach.call('lobby.create', { game: 'brawl' });
  assert.match(await text(brawl.id), /plays brawl.*RPS alone/);
  await peach.call('lobby.leave', { lobbyId: brawl.id });
  const rps = await peach.call('lobby.create', { game: 'rps' });
  await peach.call('block.add', { player: 'Mario' });
  assert.match(await text(rps.id), /no lobby/);
  await peach.call('block.remove', { player: 'Mario' });
  const peer = world.join(mario, rps.id);
  const seen = () => peach.call('lobby.get', { lobbyId: rps.id });
  await world.until('it is in', async () => (await seen()).members.length === 2);
  await peach.call('lobby.kick', { lobbyId: rps.id, playerId: mario.elsewhere.player.id });
  await world.until('it is out', () => peer.goodbye !== undefined);
  assert.match(peer.goodbye?.text ?? '', /owner removed you/);
  assert.match(await text(rps.id), /removed/);
});

withWorld('without a wish for a lobby it is the one where the account sits', async (world) => {
  const mario = await world.account('Mario');
  const { id } = await mario.elsewhere.call('lobby.create', { game: 'rps' });
  world.join(mario);
  const isReady = async () => {
    const { members } = await mario.elsewhere.call('lobby.get', { lobbyId: id });
    return members.every(({ ready }) => ready);
  };
  await world.until('ready', isReady);
});

withWorld('a wish for another lobby gives up the seat in the first', async (world) => {
  const mario = await world.account('Mario');
  const first = await mario.elsewhere.call('lobby.create', { game: 'rps' });
  const peach = await world.platform.register('Peach');
  const second = await peach.call('lobby.create', { game: 'rps' });
  world.join(mario, second.id);
  const members = async () => (await peach.call('lobby.get', { lobbyId: second.id })).members;
  await world.until('it is in', async () => (await members()).length === 2);
  assert.equal(await stateOf(peach, first.id), undefined);
});

withWorld('joining again goes on with the match, and ends the connection before', async (world) => {
  const { account, peer, rival, lobbyId } = await pair(world);
  const again = world.join(account, lobbyId);
  await world.until('the first is out', () => peer.goodbye !== undefined);
  assert.match(peer.goodbye?.text ?? '', /joined again/);
  await world.bridge.settled();
  again.say(rock);
  await rival.choose('scissors');
  await heard(world, again, 1);
  assert.deepEqual(peer.told, []);
});

withWorld('one whose address has a new connection has left before that joins', async (world) => {
  const { account, peer, rival, lobbyId } = await pair(world);
  peer.leave({ kind: 'replaced' });
  const again = world.join(account, lobbyId);
  await world.until('it is back', async () => {
    const { members } = await rival.player.call('lobby.get', { lobbyId });
    const isOpen = (await stateOf(rival.player, lobbyId)) === 'open';
    return isOpen && members.some(({ name, ready }) => name === 'Mario' && ready);
  });
  const { reason } = await rival.player.call('match.get', { matchId: rival.matchId });
  assert.equal(reason, 'forfeit');
  assert.equal(again.goodbye, undefined);
});

withWorld('the same player on another wire goes on, and this connection ends', async (world) => {
  const { account, peer, rival } = await pair(world);
  const { elsewhere } = account;
  elsewhere.connect();
  await elsewhere.call('match.attach', { matchId: rival.matchId });
  await world.until('it is out', () => peer.goodbye !== undefined);
  assert.match(peer.goodbye?.text ?? '', /play on over another connection/);
  await world.bridge.settled();
  await elsewhere.call('match.input', { matchId: rival.matchId, input: { choice: 'rock' } });
  const { state } = await rival.player.call('match.get', { matchId: rival.matchId });
  assert.equal(state, 'running');
});

withWorld('a session that is ended elsewhere ends the connection', async (world) => {
  const { account, peer } = await pair(world);
  const { sessions } = await account.elsewhere.call('session.list', {});
  const classic = sessions.find(({ wire }) => wire === 'classic');
  await account.elsewhere.call('session.revoke', { sessionId: classic?.id ?? '' });
  await world.until('it is out', () => peer.goodbye !== undefined);
  assert.equal(peer.goodbye?.code, 0x21);
});

withWorld('a player who is banned is out, hears why, and cannot come again', async (world) => {
  const { account, peer, rival } = await pair(world);
  const op = await world.platform.register('Op');
  const ban = { player: 'Mario', kind: 'ban', reason: 'You cheat.' } as const;
  await op.call('admin.sanction', ban);
  await world.until('it is out', () => peer.goodbye !== undefined);
  assert.deepEqual(peer.goodbye, { code: 0x21, text: 'You cheat.' });
  assert.equal(await world.bridge.check(account.certificate, 'a'), 'invalid');
  // As with everybody who is gone: the other wins when the time to come back is over.
  await world.pass(40_000);
  const reasonNow = async () =>
    (await rival.player.call('match.get', { matchId: rival.matchId })).reason;
  await world.until('its result is stored', async () => (await reasonNow()) !== undefined);
  assert.equal(await reasonNow(), 'forfeit');
});

withWorld('at the end of the server the seat is kept, and the session is not', async (world) => {
  const account = await world.account('Mario');
  const { id } = await account.elsewhere.call('lobby.create', { game: 'rps' });
  const peer = world.join(account, id);
  const me = () => account.elsewhere.call('account.me', {});
  const sessions = async () =>
    (await account.elsewhere.call('session.list', {})).sessions.map(({ wire }) => wire);
  await world.until('signed in', async () => (await sessions()).includes('classic'));
  world.bridge.beginClose();
  peer.disconnect();
  await world.bridge.settled();
  assert.equal((await me()).lobbyId, id);
  assert.deepEqual(await sessions(), ['test']);
});

withWorld('certificates are judged by the platform', async (world) => {
  const { bridge, platform } = world;
  const { certificate, number } = await world.account('Mario');
  const fromMs = platform.time.now();
  const claims = { fromMs, toMs: fromMs + 1000 };
  assert.equal(await bridge.check(certificate, 'a'), 'accepted');
  const forged = claimsCertificate({ ...claims, account: number, signedWith: 'another' });
  assert.equal(await bridge.check(forged, 'a'), 'invalid');
  const ofServer = claimsCertificate({ ...claims, signedWith: 'server' });
  assert.equal(await bridge.check(ofServer, 'a'), 'invalid');
  assert.equal(await bridge.check(Uint8Array.of(1, 2, 3), 'a'), 'invalid');
  const verdicts = new Set<string>();
  for (let i = 0; i < 600; i++) verdicts.add(await bridge.check(certificate, 'a'));
  assert.deepEqual([...verdicts], ['accepted', 'full']);
  assert.equal(await bridge.check(certificate, 'b'), 'accepted');
});
