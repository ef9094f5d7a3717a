// The domain's ports over this process: its clock, timers, random source, hashes and signatures.

import { createHash, randomBytes } from 'node:crypto';
import type {
  Clock,
  Digest,
  SecureRandom,
  StreamDigest,
  TicketSigner,
  Timers,
} from '../../domain/ports.ts';
import { defaultCrypto, signTicket } from '../../driver/index.ts';

export const systemClock: Clock = { now: () => Date.now() };

/** They keep no process alive: sockets do that, and what waits here ends with them. */
export const systemTimers: Timers = {
  after(delayMs, run) {
    const timer = setTimeout(run, delayMs).unref();
    return () => clearTimeout(timer);
  },
};

export const systemRandom: SecureRandom = {
  bytes: (length) => new Uint8Array(randomBytes(length)),
};

export const systemDigest: Digest = {
  sha256Hex: (text) => createHash('sha256').update(text).digest('hex'),
};

export const systemStreamDigest: StreamDigest = {
  sha256() {
    const hash = createHash('sha256');
    return {
      update(bytes) {
        hash.update(bytes);
      },
      finish: () => hash.digest('hex'),
    };
  },
};

const ticketIdBytes = 16;

export interface PlatformKey extends TicketSigner {
  /** Ed25519; hosts accept the tickets that it verifies. */
  readonly publicKey: Uint8Array;
}

export function createPlatformKey(seed: Uint8Array): PlatformKey {
  const crypto = defaultCrypto;
  return {
    publicKey: crypto.ed25519KeyPair(seed).publicKey,
    sign: (ticket) =>
      signTicket(crypto, seed, { ticketId: crypto.randomBytes(ticketIdBytes), ...ticket }),
  };
}
