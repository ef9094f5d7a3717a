import assert from 'node:assert/strict';
import { test } from 'node:test';
import { shareKeyOf } from './share-key.ts';

test('an IPv4 address is one share, by whichever socket it came', () => {
  assert.equal(shareKeyOf('203.0.113.7'), '203.0.113.7');
  assert.equal(shareKeyOf('::ffff:203.0.113.7'), '203.0.113.7');
});

test('all of an IPv6 /64 is one share, however it is written', () => {
  const forms = [
    ...['2001:db8:0:1::1', '2001:0DB8:0000:0001:ffff:ffff:ffff:ffff', '2001:db8:0:1::'],
    ...['2001:db8::1:0:0:0:9', '2001:db8::1:2:3:1.2.3.4', '2001:db8:0:1:2:3:1.2.3.4%eth0'],
  ];
  assert.deepEqual(new Set(forms.map(shareKeyOf)), new Set(['2001:db8:0:1']));
  assert.equal(shareKeyOf('2001:db8:0:2::1'), '2001:db8:0:2');
  assert.equal(shareKeyOf('::2'), '0:0:0:0');
});

test('neighbours on one line have a share each', () => {
  assert.notEqual(shareKeyOf('fe80::1%eth0'), shareKeyOf('fe80::2%eth0'));
});

test('loopback has no share to keep to', () => {
  for (const own of ['127.0.0.1', '127.255.0.9', '::1', '0:0:0:0:0:0:0:1', '::ffff:127.0.0.1']) {
    assert.equal(shareKeyOf(own), undefined);
  }
});

test('what is no address is a share of its own', () => {
  assert.equal(shareKeyOf('somewhere'), 'somewhere');
});
