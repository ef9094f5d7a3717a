// Access tokens: what is issued comes back, and nothing else is believed.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { SignJWT, UnsecuredJWT } from 'jose';
import { createAccessTokens } from './access-tokens.ts';

const key = new Uint8Array(32).map((_, at) => at);
const claims = {
  playerId: 'p1',
  sessionId: 's1',
  kind: 'account',
  expiresAtS: 1_000_600,
} as const;
const at = (nowS: number) => createAccessTokens(key, { now: () => nowS * 1000 });
const tokens = await at(1_000_000);

/** A token with every claim of ours, save what is given. */
const forged = (payload: object, header: object = {}, signingKey = key) =>
  new SignJWT({
    iss: 'paperclip',
    aud: 'paperclip/api',
    sub: 'p1',
    sid: 's1',
    kind: 'admin',
    exp: 1_000_600,
    ...payload,
  })
    .setProtectedHeader({ alg: 'HS256', ...header })
    .sign(signingKey);

test('what is issued verifies with the same claims until its second is over', async () => {
  const token = await tokens.issue(claims);
  assert.deepEqual(await tokens.verify(token), claims);
  assert.deepEqual(await (await at(1_000_599)).verify(token), claims);
  assert.equal(await (await at(1_000_600)).verify(token), 'expired');
});

test('a changed character anywhere makes it invalid', async () => {
  const token = await tokens.issue(claims);
  for (let i = 0; i < token.length; i++) {
    const other = token[i] === 'A' ? 'B' : 'A';
    const changed = token.slice(0, i) + other + token.slice(i + 1);
    // The last character of base64url may hold bits that decode to nothing.
    if (Buffer.from(changed, 'base64url').equals(Buffer.from(token, 'base64url'))) continue;
    const verdict = await tokens.verify(changed);
    if (i < token.length - 1) assert.equal(verdict, 'invalid', `character ${i}`);
  }
});

test('another key, algorithm, issuer, audience or kind is not believed', async () => {
  assert.equal(typeof (await tokens.verify(await forged({}))), 'object');
  const bad = [
    await forged({}, {}, new Uint8Array(32)),
    await forged({}, { alg: 'HS512' }, new Uint8Array(64)),
    new UnsecuredJWT({ sub: 'p1', sid: 's1', kind: 'admin', exp: 1_000_600 }).encode(),
    await forged({ iss: 'other' }),
    await forged({ aud: 'other' }),
    await forged({ kind: 'root' }),
    await forged({ kind: undefined }),
    await forged({ exp: undefined }),
    await forged({ sid: 7 }),
    await forged({ sub: undefined }),
  ];
  for (const token of bad) assert.equal(await tokens.verify(token), 'invalid');
});

test('any text at all is invalid and throws nothing', async () => {
  await fc.assert(
    fc.asyncProperty(fc.string({ maxLength: 3_000 }), async (text) => {
      assert.equal(await tokens.verify(text), 'invalid');
    }),
  );
  const header = Buffer.from('{"alg":"HS256","b64":false,"crit":["b64"]}').toString('base64url');
  assert.equal(await tokens.verify(`${header}.e30.AAAA`), 'invalid');
});
