// What the demo proves, said in numbers: the datagrams of both sides, that none of them could be
// read, and that the replay ends where the match did.

import type { MatchStats } from '../../client/index.ts';
import type { MatchSummary } from '../../contract/schema.ts';
import type { LossyNetwork } from './lossy-network.ts';
import { bytes, count, type Terminal } from './terminal.ts';

export interface Evidence {
  readonly match: MatchSummary;
  readonly players: readonly {
    readonly name: string;
    readonly wire: LossyNetwork;
    readonly stats: MatchStats;
  }[];
  /** Datagrams that held a name or a choice in the clear. */
  readonly plaintexts: number;
  readonly steps: number;
  readonly replayHash: string | undefined;
  readonly replayProblem: string | undefined;
}

/** True when everything is as it should be. */
export function sayEvidence(evidence: Evidence, tookMs: number, terminal: Terminal): boolean {
  sayWires(evidence, terminal);
  const { match, plaintexts, steps, replayHash, replayProblem } = evidence;
  const won = match.reason === 'outcome';
  const same = replayHash !== undefined && replayHash === match.stateHash;
  const good = won && same && plaintexts === 0;
  terminal.event('verdict', {
    good,
    reason: match.reason,
    stateHash: match.stateHash,
    replayHash,
    plaintexts,
    tookMs: Math.round(tookMs),
  });
  const verdict = (ok: boolean, text: string): string =>
    ok ? text : terminal.style('red', `NOT AS IT SHOULD BE: ${text}`);
  terminal.line();
  const total = evidence.players.reduce(
    (sum, { wire }) => sum + wire.in.datagrams + wire.out.datagrams,
    0,
  );
  const readable = `${plaintexts} of ${count(total)} datagrams held a name or a choice in the clear`;
  terminal.line(`secrecy   ${verdict(plaintexts === 0, readable)}`);
  const replayed = same
    ? `${steps} steps from the recorded inputs, same state hash ${replayHash.slice(0, 16)}...`
    : (replayProblem ?? `hash ${replayHash} instead of ${match.stateHash}`);
  terminal.line(`replay    ${verdict(same, replayed)}`);
  if (!won) terminal.line(`result    ${verdict(false, `ended by ${match.reason}`)}`);
  return good;
}

function sayWires({ players }: Evidence, terminal: Terminal): void {
  for (const { name, wire, stats } of players) {
    terminal.event('wire', { name, sent: wire.out, received: wire.in, stats });
  }
  terminal.line();
  terminal.table(
    [
      { title: 'wire    ' },
      { title: 'sent', align: 'right' },
      { title: 'received', align: 'right' },
      { title: 'bytes', align: 'right' },
      { title: 'lost', align: 'right' },
      { title: 'sent again', align: 'right' },
      { title: 'RTT', align: 'right' },
    ],
    players.map(({ name, wire, stats }) => [
      name,
      count(wire.out.datagrams),
      count(wire.in.datagrams),
      bytes(wire.out.bytes + wire.in.bytes),
      count(wire.out.lost + wire.in.lost),
      count(stats.messagesResent),
      `${stats.rttMs.toFixed(1)} ms`,
    ]),
  );
}
