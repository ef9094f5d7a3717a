// A host that lets in only whom the platform sends: a key that signs, a host that knows its public
// half, and a player whose ticket is good for one connection. Run it with
// `node --conditions=paperclip-source examples/tickets/main.ts` from the repository.

import { defaultCrypto, dial, generateKeyPair, listen, signTicket } from 'paperclip/protocol';

const channels = { moves: 'reliable-ordered' } as const;

const platform = defaultCrypto.ed25519KeyPair();
const host = await listen({ port: 0, channels, platformKeys: [platform.publicKey] });
host.onLink = ({ peer }) => console.log(`${peer.ticket?.playerId} has seat ${peer.ticket?.seat}`);

// What a player tells the platform is its public key; what it gets is a ticket and the gate.
const keyPair = generateKeyPair();
const nowMs = Date.now();
const ticket = signTicket(defaultCrypto, platform.secretKey, {
  ticketId: defaultCrypto.randomBytes(16),
  playerId: 'mario',
  matchId: 'final',
  seat: 0,
  clientPublicKey: keyPair.publicKey,
  hostPublicKey: host.publicKey,
  notBeforeMs: nowMs,
  expiresAtMs: nowMs + 60_000,
  userData: new Uint8Array(0),
});
const options = { channels, keyPair, ticket, gate: host.gate() };

const link = await dial(host.address, host.publicKey, options);
await dial(host.address, host.publicKey, options).catch((error: Error) => {
  console.log(`${error.name}: ${error.message.replace(/.*: /, '')}`);
});
link.close();
await host.close();
