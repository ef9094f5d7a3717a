// Tokens of the classic wire: JSON Web Tokens (RFC 7519) with HMAC-SHA-256 that name an account by
// its number and end after a while. The key is made anew at each start, because the sessions that
// stand behind tokens end with the server too.

import { errors, jwtVerify, SignJWT } from 'jose';
import type { Clock } from '../../domain/ports.ts';
import { companionLimits as limits } from './companion-limits.ts';

const algorithm = 'HS256';
const keyBytes = 32;

export interface CompanionToken {
  readonly accountNumber: number;
  readonly issuedAtS: number;
}

export class CompanionTokens {
  readonly #clock: Clock;
  readonly #key = crypto.getRandomValues(new Uint8Array(keyBytes));

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  issue(accountNumber: number): Promise<string> {
    return new SignJWT({ id: accountNumber })
      .setProtectedHeader({ alg: algorithm, typ: 'JWT' })
      .setExpirationTime(Math.floor(this.#clock.now() / 1000) + limits.tokenLifetimeS)
      .sign(this.#key);
  }

  /** Undefined for a token that is not good. */
  async verify(token: string): Promise<CompanionToken | undefined> {
    try {
      const { payload } = await jwtVerify(token, this.#key, {
        algorithms: [algorithm],
        currentDate: new Date(this.#clock.now()),
        requiredClaims: ['id', 'exp'],
      });
      const { id, exp } = payload;
      if (typeof id !== 'number' || exp === undefined) return undefined;
      return { accountNumber: id, issuedAtS: exp - limits.tokenLifetimeS };
    } catch (cause) {
      if (cause instanceof errors.JOSEError) return undefined;
      throw cause;
    }
  }
}
