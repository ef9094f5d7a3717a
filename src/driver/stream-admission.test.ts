// Who may connect, as a ledger: one line, one try, its answer.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { StreamAdmission } from './stream-admission.ts';

const limits = {
  connectionsMax: 6,
  connectionsPerAddressMax: 4,
  newPerAddressPerSecond: 2,
  newPerAddressBurst: 3,
  addressesMax: 5,
};

test('an address has a burst of new connections, then a rate', () => {
  const port = new StreamAdmission({ ...limits, connectionsPerAddressMax: 100 });
  for (let i = 0; i < 3; i++) assert.equal(port.admit('192.0.2.1', 0), undefined);
  assert.equal(port.admit('192.0.2.1', 0), 'address-rate');
  assert.equal(port.admit('192.0.2.2', 0), undefined);
  assert.equal(port.admit('192.0.2.1', 499), 'address-rate');
  assert.equal(port.admit('192.0.2.1', 500), undefined);
  assert.equal(port.admit('192.0.2.1', 500), 'address-rate');
});

test('a refusal takes nothing: a flood does not put off the time it may come in again', () => {
  const port = new StreamAdmission(limits);
  for (let i = 0; i < 3; i++) port.admit('192.0.2.1', 0);
  for (let i = 0; i < 10_000; i++) assert.equal(port.admit('192.0.2.1', i / 100), 'address-rate');
  assert.equal(port.admit('192.0.2.1', 500), undefined);
  assert.equal(port.size, 4);
});

test('an address and the port have so many places, which come back', () => {
  const port = new StreamAdmission({ ...limits, newPerAddressBurst: 100 });
  for (let i = 0; i < 4; i++) assert.equal(port.admit('192.0.2.1', 0), undefined);
  assert.equal(port.admit('192.0.2.1', 0), 'address-full');
  assert.equal(port.admit('192.0.2.2', 0), undefined);
  assert.equal(port.admit('192.0.2.2', 0), undefined);
  assert.equal(port.admit('192.0.2.3', 0), 'full');
  port.release('192.0.2.1');
  assert.equal(port.admit('192.0.2.1', 0), undefined);
  assert.equal(port.admit('192.0.2.1', 0), 'full');
});

test('an IPv6 /64 is one address, IPv4 over IPv6 is IPv4, and loopback counts too', () => {
  const port = new StreamAdmission({ ...limits, connectionsMax: 100 });
  for (let i = 0; i < 3; i++) assert.equal(port.admit(`2001:db8::${i}`, 0), undefined);
  assert.equal(port.admit('2001:db8::9', 0), 'address-rate');
  assert.equal(port.admit('2001:db8:0:1::9', 0), undefined);
  for (let i = 0; i < 3; i++) assert.equal(port.admit('192.0.2.1', 0), undefined);
  assert.equal(port.admit('::ffff:192.0.2.1', 0), 'address-rate');
  for (let i = 0; i < 3; i++) assert.equal(port.admit('127.0.0.1', 0), undefined);
  assert.equal(port.admit('127.0.0.1', 0), 'address-rate');
  assert.equal(port.admit('127.0.0.2', 0), undefined);
});

test('what it remembers is bounded: the address that came least recently is forgotten', () => {
  const port = new StreamAdmission({ ...limits, connectionsMax: 1_000 });
  for (let i = 0; i < 200; i++) assert.equal(port.admit(`192.0.2.${i}`, 0), undefined);
  assert.equal(port.addressesRemembered, 5);
});
