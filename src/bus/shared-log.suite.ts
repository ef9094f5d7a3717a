// What shared logs must do on every bus. `near` and `far` may be one bus or the buses of two
// servers; `settle` resolves when both have been told everything that was appended before.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { BusFailure, type PlatformBus } from '../domain/bus.ts';
import { roundLimits } from '../domain/round/round-limits.ts';
import type { LogNews, RoundBase, RoundEntry, SharedLogs } from '../domain/shared-log.ts';

export interface LogPair {
  readonly near: PlatformBus;
  readonly far: PlatformBus;
  settle(): Promise<void>;
  close(): Promise<void>;
}

const entry = (ask: number): RoundEntry => ({
  serverId: 's1',
  ask,
  atMs: 1_000 + ask,
  next: { roundId: `r${ask}`, seed: 'seed' },
  change: { kind: 'server-gone', serverId: 's2' },
});

const base = (name: string): RoundBase => ({
  members: [{ playerId: 'p1', sessionId: 'a', serverId: 's1', name, isAccount: false }],
});

/** What somebody has been told, as short texts. */
function told(logs: SharedLogs, name = 'guess'): { readonly got: string[]; end: () => void } {
  const got: string[] = [];
  const end = logs.follow('rounds', name, (news) => got.push(textOf(news)));
  return { got, end };
}

function textOf(news: LogNews<'rounds'>): string {
  if (news.kind === 'entry') return `${news.position}: ask ${news.entry.ask}`;
  return `${news.position}: base ${news.base?.members[0]?.name ?? '-'}`;
}

export function sharedLogSuite(name: string, make: () => LogPair | Promise<LogPair>): void {
  const withPair = (behaviour: string, run: (pair: LogPair) => Promise<void>) =>
    test(`${name}: ${behaviour}`, async () => {
      const pair = await make();
      try {
        await run(pair);
      } finally {
        await pair.close();
      }
    });

  withPair('everyone sees the entries of all in one order, from the first on', async (pair) => {
    const { near, far } = pair;
    const early = told(near);
    const asks = Array.from({ length: 40 }, (_, at) => at + 1);
    const positions = await Promise.all(
      asks.map((ask) => (ask % 2 === 0 ? near : far).append('rounds', 'guess', entry(ask))),
    );
    const late = told(far);
    await pair.settle();
    assert.deepEqual(
      positions.toSorted((a, b) => a - b),
      asks,
    );
    const inOrder = asks.map((position) => `${position}: ask ${asks[positions.indexOf(position)]}`);
    assert.deepEqual(early.got, ['0: base -', ...inOrder]);
    assert.deepEqual(late.got, early.got);
  });

  withPair('logs of two names know nothing of each other', async (pair) => {
    const other = told(pair.far, 'other');
    assert.equal(await pair.near.append('rounds', 'guess', entry(1)), 1);
    assert.equal(await pair.near.append('rounds', 'other', entry(2)), 1);
    await pair.settle();
    assert.deepEqual(other.got, ['0: base -', '1: ask 2']);
  });

  withPair('who comes after a compaction gets its base and what follows', async (pair) => {
    const { near, far } = pair;
    const early = told(far);
    for (const ask of [1, 2, 3]) await near.append('rounds', 'guess', entry(ask));
    await near.compact('rounds', 'guess', 2, base('mario'));
    await near.append('rounds', 'guess', entry(4));
    const late = told(far);
    await pair.settle();
    assert.deepEqual(late.got, ['2: base mario', '3: ask 3', '4: ask 4']);
    assert.deepEqual(early.got.slice(1), ['1: ask 1', '2: ask 2', '3: ask 3', '4: ask 4']);
  });

  withPair('a compaction said twice, or of what has not been, changes nothing', async (pair) => {
    const { near, far } = pair;
    for (const ask of [1, 2, 3]) await near.append('rounds', 'guess', entry(ask));
    await near.compact('rounds', 'guess', 2, base('mario'));
    await far.compact('rounds', 'guess', 2, base('luigi'));
    await far.compact('rounds', 'guess', 1, base('wario'));
    await far.compact('rounds', 'guess', 9, base('peach'));
    const late = told(far);
    await pair.settle();
    assert.deepEqual(late.got, ['2: base mario', '3: ask 3']);
  });

  withPair('who has ended it is told nothing more; others still are', async (pair) => {
    const ended = told(pair.far);
    const other = told(pair.far);
    await pair.settle();
    ended.end();
    await pair.near.append('rounds', 'guess', entry(1));
    await pair.settle();
    assert.deepEqual(ended.got, ['0: base -']);
    assert.deepEqual(other.got, ['0: base -', '1: ask 1']);
  });

  withPair('nobody shares an entry with its writer or another reader', async (pair) => {
    const got: string[] = [];
    for (const bus of [pair.near, pair.far]) {
      bus.follow('rounds', 'guess', (news) => {
        if (news.kind !== 'entry') return;
        (news.entry.next as { roundId: string }).roundId += ' spoiled';
        got.push(news.entry.next.roundId);
      });
    }
    const next = { roundId: 'r', seed: 's' };
    await pair.near.append('rounds', 'guess', { ...entry(1), next });
    next.roundId = 'late';
    await pair.settle();
    assert.deepEqual(got, ['r spoiled', 'r spoiled']);
  });

  withPair('a reader that throws keeps neither others nor itself from what comes', async (pair) => {
    let threw = 0;
    pair.far.follow('rounds', 'guess', () => {
      threw += 1;
      throw new Error('a fault of the reader');
    });
    const other = told(pair.far);
    await pair.near.append('rounds', 'guess', entry(1));
    await pair.settle();
    assert.equal(threw, 2);
    assert.deepEqual(other.got, ['0: base -', '1: ask 1']);
  });

  withPair('a full log refuses entries until it is compacted', async (pair) => {
    const { near } = pair;
    for (let ask = 1; ask <= roundLimits.logEntriesMax; ask++) {
      await near.append('rounds', 'guess', entry(ask));
    }
    await assert.rejects(near.append('rounds', 'guess', entry(0)), BusFailure);
    await near.compact('rounds', 'guess', 1, base('mario'));
    assert.equal(await near.append('rounds', 'guess', entry(0)), roundLimits.logEntriesMax + 1);
  });
}
