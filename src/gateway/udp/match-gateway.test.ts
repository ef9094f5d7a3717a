import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { silentLog } from '../../contract/telemetry.ts';
import type { MatchHost, SeatSink } from '../../domain/host/match-host.ts';
import type { Timers } from '../../domain/ports.ts';
import { type ClientMessage, encodeClientMessage } from '../../game/messages.ts';
import type { Link, LinkPeer, Listener, SendOptions } from '../../protocol/link.ts';
import { matchGateway } from './match-gateway.ts';

const bytes = (length: number): Uint8Array => new Uint8Array(length);

/** A gateway whose listener and host are the test's hands. */
function world({ seats = true } = {}) {
  const received: ClientMessage[] = [];
  const log: string[] = [];
  let sink: SeatSink | undefined;
  let timer: (() => void) | undefined;
  const listener: Pick<Listener, 'onLink'> = { onLink: undefined };
  const seating: Pick<MatchHost, 'attach'> = {
    attach: (matchId: string, seat: number, playerId: string, given: SeatSink) => {
      log.push(`attach ${matchId} ${seat} ${playerId}`);
      sink = given;
      return seats
        ? {
            ok: true,
            value: {
              receive: (message: ClientMessage) => received.push(message) > 0,
              lost: () => log.push('lost'),
            },
          }
        : { ok: false, error: 'seat-not-yours' };
    },
  };
  // Boundary: the gateway uses nothing else of a host.
  const host = seating as MatchHost;
  const timers: Timers = {
    after: (_delayMs, run) => {
      timer = run;
      return () => {
        timer = undefined;
      };
    },
  };
  const gateway = matchGateway(listener, host, timers, silentLog);
  return {
    gateway,
    received,
    log,
    sink: () => sink as SeatSink,
    ring: () => timer?.(),
    hasTimer: () => timer !== undefined,
    arrive: (link: Link) => listener.onLink?.(link),
  };
}

function fakeLink(withTicket = true) {
  const sent: { readonly channel: string; readonly options: SendOptions | undefined }[] = [];
  const closed: string[] = [];
  const ticket = {
    ticketId: bytes(16),
    playerId: 'ann',
    clientPublicKey: bytes(32),
    hostPublicKey: bytes(32),
    matchId: 'm1',
    seat: 1,
    notBeforeMs: 0,
    expiresAtMs: 1,
    userData: bytes(0),
  };
  const peer: LinkPeer = {
    publicKey: bytes(32),
    address: '127.0.0.1:1',
    ...(withTicket && { ticket }),
  };
  let isOpen = true;
  let isStuck = false;
  const link: Link = {
    peer,
    get isOpen() {
      return isOpen;
    },
    send(channel, _message, options) {
      if (isStuck) throw new RangeError('the queue is full');
      sent.push({ channel, options });
      return true;
    },
    flush() {},
    close(code = 0, reason = '') {
      isOpen = false;
      closed.push(`${code} ${reason}`);
      link.onEnd?.({ kind: 'closed-here', code, reason });
    },
    stats: () => assert.fail('not asked for'),
    hostTime: () => assert.fail('not asked for'),
    onMessage: undefined,
    onWritable: undefined,
    onInterrupted: undefined,
    onResumed: undefined,
    onEnd: undefined,
  };
  return {
    link,
    sent,
    closed,
    stick: () => {
      isStuck = true;
    },
  };
}

describe('the match gateway', () => {
  test('seats a link by its ticket and passes its messages on', () => {
    const { arrive, log, received, gateway } = world();
    const { link } = fakeLink();
    arrive(link);
    link.onMessage?.('reliable', encodeClientMessage({ kind: 'forfeit' }));
    assert.deepEqual(log, ['attach m1 1 ann']);
    assert.deepEqual(received, [{ kind: 'forfeit' }]);
    assert.equal(gateway.links, 1);
  });

  test('closes a link that has no ticket, and one that has no seat', () => {
    const stranger = fakeLink(false);
    const noSeat = fakeLink();
    world().arrive(stranger.link);
    const { arrive, gateway } = world({ seats: false });
    arrive(noSeat.link);
    assert.deepEqual(
      [...stranger.closed, ...noSeat.closed],
      ['16 no-such-seat', '16 no-such-seat'],
    );
    assert.equal(gateway.links, 0);
    assert.deepEqual(gateway.linkEnds, { 'closed-here': 1 });
  });

  test('closes a link that sends anything but match messages', () => {
    const { arrive, received, log } = world();
    for (const bad of [bytes(0), bytes(9), new TextEncoder().encode('{"kind":"welcome"}')]) {
      const { link, closed } = fakeLink();
      arrive(link);
      link.onMessage?.('reliable', bad);
      assert.deepEqual(closed, ['17 bad-message']);
    }
    assert.deepEqual(received, []);
    assert.equal(log.filter((line) => line === 'lost').length, 3);
  });

  test('a view that cannot leave soon is given up for the next one', () => {
    const { arrive, sink } = world();
    const { link, sent } = fakeLink();
    arrive(link);
    const view = { kind: 'view', n: 1, base: 0, full: {}, tick: 1, lastSequence: 0 } as const;
    sink().send('state', view);
    sink().send('reliable', view);
    assert.deepEqual(
      sent.map(({ options }) => options?.ttlMs),
      [100, undefined],
    );
  });

  test('a finished link closes when its last reliable message has arrived', () => {
    const { arrive, sink, hasTimer } = world();
    const { link, sent, closed } = fakeLink();
    arrive(link);
    sink().send('reliable', { kind: 'player', seat: 0, status: 'here' });
    sink().send('reliable', { kind: 'ended', reason: 'outcome' });
    sink().finish();
    assert.deepEqual(closed, []);
    sent[1]?.options?.onDelivered?.();
    assert.deepEqual(closed, []);
    sent[0]?.options?.onDelivered?.();
    assert.deepEqual(closed, ['0 match-over']);
    assert.equal(hasTimer(), false);
  });

  test('a finished link whose player never acknowledges closes after its time', () => {
    const { arrive, sink, ring } = world();
    const { link, closed } = fakeLink();
    arrive(link);
    sink().send('reliable', { kind: 'ended', reason: 'outcome' });
    sink().finish();
    ring();
    assert.deepEqual(closed, ['0 match-over']);
  });

  test('a finished link that ends leaves no timer', () => {
    const { arrive, sink, hasTimer } = world();
    const { link } = fakeLink();
    arrive(link);
    sink().send('reliable', { kind: 'ended', reason: 'outcome' });
    sink().finish();
    assert.equal(hasTimer(), true);
    link.onEnd?.({ kind: 'timed-out' });
    assert.equal(hasTimer(), false);
  });

  test('a reader that lets its queue fill is cut off, and its seat is told', () => {
    const { arrive, sink, log } = world();
    const { link, closed, stick } = fakeLink();
    arrive(link);
    stick();
    sink().send('reliable', { kind: 'player', seat: 0, status: 'here' });
    assert.deepEqual(closed, ['18 too-slow']);
    assert.deepEqual(log, ['attach m1 1 ann', 'lost']);
  });

  test('a link whose player came back elsewhere is closed as replaced', () => {
    const { arrive, sink } = world();
    const { link, closed } = fakeLink();
    arrive(link);
    sink().replaced();
    assert.deepEqual(closed, ['19 replaced']);
  });
});
