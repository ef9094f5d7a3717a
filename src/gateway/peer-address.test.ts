// Which address a call is counted under.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { peerAddress } from './peer-address.ts';

const proxies = new Set(['10.0.0.1', '10.0.0.2', '::1']);
const peer = (socketAddress: string | undefined, forwardedFor?: string) =>
  peerAddress({ socketAddress, forwardedFor }, (address) => proxies.has(address));

test('without a proxy the socket tells', () => {
  assert.equal(peer('203.0.113.7'), '203.0.113.7');
  assert.equal(peer('::ffff:203.0.113.7'), '203.0.113.7');
  assert.equal(peer(undefined), 'unknown');
});

test('a stranger’s X-Forwarded-For is ignored', () => {
  assert.equal(peer('203.0.113.7', '198.51.100.1'), '203.0.113.7');
});

test('a trusted proxy is believed about the last hop only', () => {
  assert.equal(peer('10.0.0.1', '198.51.100.1'), '198.51.100.1');
  assert.equal(peer('10.0.0.1', '1.2.3.4, 198.51.100.1'), '198.51.100.1');
  assert.equal(peer('::1', '198.51.100.1, 10.0.0.2'), '198.51.100.1');
});

test('a forwarded text that is no address leaves the proxy’s own', () => {
  for (const text of [
    '',
    'localhost',
    '999.1.1.1',
    '1:2:3',
    ':::',
    '::1::',
    'g::1',
    '1.2.3.4:80',
  ]) {
    assert.equal(peer('10.0.0.1', text), '10.0.0.1', text);
  }
});

test('IPv6 counts by /64', () => {
  assert.equal(peer('2001:db8:0:1:aaaa::1'), '2001:db8:0:1::/64');
  assert.equal(peer('2001:DB8:0:1:bbbb:cccc:dddd:eeee'), '2001:db8:0:1::/64');
  assert.equal(peer('fe80::1%eth0'), 'fe80:0:0:0::/64');
  assert.equal(peer('::1'), '0:0:0:0::/64');
});

test('hostile headers give an answer of bounded length', () => {
  fc.assert(
    fc.property(fc.string({ maxLength: 300 }), fc.string({ maxLength: 50 }), (header, socket) => {
      assert.ok(peer('10.0.0.1', header).length <= 23);
      assert.ok(peer(socket, header).length <= 23);
    }),
  );
});
