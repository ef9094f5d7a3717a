// Access tokens as JSON Web Tokens (RFC 7519) with HMAC-SHA-256: one process signs and checks them,
// so a shared key does, and checking costs microseconds. Revoking is the session's business.

import { createHash } from 'node:crypto';
import { errors, jwtVerify, SignJWT } from 'jose';
import type { AccessClaims, AccessTokens, Clock } from '../../domain/ports.ts';

const algorithm = 'HS256';
const issuer = 'paperclip';
const audience = 'paperclip/api';
/** Ours have about 350 characters; nothing longer is worth decoding. */
const tokenCharactersMax = 1024;

export async function createAccessTokens(
  key: Uint8Array<ArrayBuffer>,
  clock: Clock,
): Promise<AccessTokens> {
  const hmac = { name: 'HMAC', hash: 'SHA-256' };
  const imported = await crypto.subtle.importKey('raw', key, hmac, false, ['sign', 'verify']);
  // Names the key without telling anything of it, so that a change of keys can be seen in a token.
  const keyId = createHash('sha256').update(key).digest('hex').slice(0, 8);
  return {
    issue: ({ playerId, sessionId, kind, expiresAtS }) =>
      new SignJWT({ sid: sessionId, kind })
        .setProtectedHeader({ alg: algorithm, typ: 'JWT', kid: keyId })
        .setIssuer(issuer)
        .setAudience(audience)
        .setSubject(playerId)
        .setIssuedAt(Math.floor(clock.now() / 1000))
        .setExpirationTime(expiresAtS)
        .sign(imported),
    verify: async (token) => {
      if (token.length > tokenCharactersMax) return 'invalid';
      try {
        const { payload } = await jwtVerify(token, imported, {
          algorithms: [algorithm],
          issuer,
          audience,
          currentDate: new Date(clock.now()),
          requiredClaims: ['sub', 'exp', 'sid', 'kind'],
        });
        return claimsOf(payload) ?? 'invalid';
      } catch (cause) {
        if (cause instanceof errors.JWTExpired) return 'expired';
        if (cause instanceof errors.JOSEError) return 'invalid';
        throw cause;
      }
    },
  };
}

function claimsOf(payload: Readonly<Record<string, unknown>>): AccessClaims | undefined {
  const { sub, sid, kind, exp } = payload;
  if (typeof sub !== 'string' || typeof sid !== 'string' || typeof exp !== 'number') return;
  if (kind !== 'guest' && kind !== 'account' && kind !== 'admin') return;
  return { playerId: sub, sessionId: sid, kind, expiresAtS: exp };
}
