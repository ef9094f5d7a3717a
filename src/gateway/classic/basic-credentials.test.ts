// The Authorization header of the classic clients, byte by byte.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { basicCredentials } from './basic-credentials.ts';

const header = (text: string) => `Basic ${Buffer.from(text, 'utf8').toString('base64')}`;

test('a name ends at the first colon, the password at the end', () => {
  assert.deepEqual(basicCredentials(header('mario:it: is:')), {
    kind: 'password',
    name: 'mario',
    password: 'it: is:',
  });
  assert.deepEqual(basicCredentials(header(':')), { kind: 'password', name: '', password: '' });
});

test('both are UTF-8, or Latin-1 where they cannot be', () => {
  const jurgen = { kind: 'password', name: 'jürgen', password: 'pässword' };
  assert.deepEqual(basicCredentials(header('jürgen:pässword')), jurgen);
  const latin1 = Buffer.from('jürgen:pässword', 'latin1').toString('base64');
  assert.deepEqual(basicCredentials(`basic  ${latin1} `), jurgen);
});

test('what has the shape of a token is one, whatever the password', () => {
  const token = `${'a'.repeat(20)}.${'b-_9'.repeat(9)}.${'c'.repeat(43)}`;
  assert.deepEqual(basicCredentials(header(`${token}:x`)), { kind: 'token', token });
  assert.equal(basicCredentials(header('a.b.c:x'))?.kind, 'password');
});

test('what is no such header is nothing', () => {
  assert.equal(basicCredentials(undefined), undefined);
  for (const bad of ['', 'Basic', 'Basic ', 'Bearer abc', 'Basic !', 'Basic AAA', header('x')]) {
    assert.equal(basicCredentials(bad), undefined, bad);
  }
});
