import assert from 'node:assert/strict';
import { test } from 'node:test';
import { addressText, parseAddress } from './datagram-network.ts';

test('an address is read as it is written', () => {
  for (const address of [
    { host: '127.0.0.1', port: 5001 },
    { host: '::1', port: 65_535 },
    { host: 'game.example.org', port: 1 },
  ]) {
    assert.deepEqual(parseAddress(addressText(address)), address);
    assert.deepEqual(parseAddress(address), address);
  }
  assert.equal(addressText({ host: '::1', port: 9 }), '[::1]:9');
});

test('an address without a port, or with one that cannot be, throws and shows it', () => {
  for (const address of ['127.0.0.1', ':5001', 'host:0', 'host:65536', 'host:x']) {
    assert.throws(() => parseAddress(address), new RegExp(`not ${address}`));
  }
  assert.throws(() => parseAddress({ host: 'host', port: 0.5 }), /host and port/);
});
