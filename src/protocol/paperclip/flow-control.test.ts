import assert from 'node:assert/strict';
import { test } from 'node:test';
import { defaultCrypto } from '../../driver/default-crypto.ts';
import { planChannels } from './channel-plan.ts';
import { localParameters } from './endpoint-output.ts';
import {
  creditWindow,
  messageCharge,
  ReceiveCredit,
  SendCredit,
  sendQueueMark,
} from './flow-control.ts';

test('an empty message has its price', () => {
  assert.equal(messageCharge(0), 32);
  assert.equal(creditWindow(1000, 100), 1132);
});

test('a sender stops at its credit and goes on with a larger total', () => {
  const credit = new SendCredit(100);
  credit.spend(60);
  assert.equal(credit.allows(40), true);
  assert.equal(credit.allows(41), false);
  credit.onWindow(150);
  assert.equal(credit.allows(90), true);
});

test('an old total that arrives late takes nothing back', () => {
  const credit = new SendCredit(100);
  credit.onWindow(300);
  credit.onWindow(200);
  assert.equal(credit.allows(300), true);
});

test('a receiver allows exactly what it told, not what it could tell', () => {
  const credit = new ReceiveCredit(1000, 0);
  credit.onReceived(1032);
  assert.equal(credit.allows(1), false);
  credit.onConsumed(1032);
  assert.equal(credit.allows(1), false);
  credit.onWindowSent();
  assert.equal(credit.allows(1032), true);
  assert.equal(credit.allows(1033), false);
});

test('a WINDOW is owed when half the parameter is free, once', () => {
  const credit = new ReceiveCredit(1000, 0);
  credit.onReceived(800);
  assert.equal(credit.onConsumed(499), false);
  assert.equal(credit.onConsumed(1), true);
  assert.equal(credit.onConsumed(100), false);
  credit.onWindowSent();
  assert.equal(credit.isOwed, false);
  assert.equal(credit.onWindowLost(), true);
  assert.equal(credit.isOwed, true);
});

test('with everything consumed, credit for one largest message is never held back', () => {
  const sender = new SendCredit(creditWindow(1200, 5000));
  const receiver = new ReceiveCredit(1200, 5000);
  for (let i = 0; i < 1000; i++) {
    const charge = messageCharge((i * 271) % 5001);
    assert.equal(sender.allows(charge), true);
    sender.spend(charge);
    assert.equal(receiver.allows(charge), true);
    receiver.onReceived(charge);
    receiver.onConsumed(charge);
    if (receiver.isOwed) {
      sender.onWindow(receiver.limitBytes);
      receiver.onWindowSent();
    }
  }
});

test('by default a second largest message may follow the first at once, and small ones beside', () => {
  for (const messageBytesMax of [1000, 256 * 1024, 2 * 1024 * 1024, 16 * 1024 * 1024]) {
    const channels = planChannels({ maps: { mode: 'reliable-ordered', messageBytesMax } });
    const parameters = localParameters(defaultCrypto, channels, {});
    const { channelWindowBytes, connectionWindowBytes } = parameters;
    const channel = new SendCredit(creditWindow(channelWindowBytes, messageBytesMax));
    assert.ok(channel.allows(2 * messageCharge(messageBytesMax)), `${messageBytesMax}`);
    const connection = new SendCredit(creditWindow(connectionWindowBytes, messageBytesMax));
    assert.ok(connection.allows(2 * messageCharge(messageBytesMax) + 1024 * 1024));
  }
});

test('what may wait grows with the path, and not beyond what has credit', () => {
  const mib = 1024 * 1024;
  assert.equal(sendQueueMark(0, 2 * mib), mib);
  assert.equal(sendQueueMark(mib, 16 * mib), 2 * mib);
  assert.equal(sendQueueMark(5 * mib, 3 * mib), 3 * mib);
  assert.equal(sendQueueMark(5 * mib, 2000), mib);
});
