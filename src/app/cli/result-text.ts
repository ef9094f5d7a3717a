// What is said when a match is over: how it ended, how good the connection was, and what can be
// done next.

import type { Match, MatchResult, MatchSummary } from '../../client/index.ts';
import type { CommandContext } from './command.ts';
import { qualityText } from './match-status.ts';
import { reasonText, resultText } from './match-text.ts';
import { nextStep } from './server-url.ts';
import { bytes, count, type Terminal } from './terminal.ts';

export interface Ending {
  readonly match: Match;
  readonly result: MatchResult;
  /** As the server stored it. */
  readonly summary: MatchSummary;
}

export function sayEnding({ match, result, summary }: Ending, terminal: Terminal): void {
  const { stats } = match;
  terminal.event('result', {
    matchId: match.id,
    reason: result.reason,
    mine: result.mine,
    outcome: result.outcome,
    stateHash: summary.stateHash,
    stats,
  });
  const why = reasonText(result.reason);
  terminal.line(
    `${headline(result, summary, terminal)}  ${resultText(summary, terminal)}${why && ` (${why})`}`,
  );
  terminal.line(ratingText(result, summary));
  const again = stats.reconnects === 0 ? '' : `, ${stats.reconnects} reconnects`;
  const traffic = `${count(stats.packetsSent + stats.packetsReceived)} packets, ${bytes(
    stats.bytesSent + stats.bytesReceived,
  )}`;
  terminal.line(
    terminal.style(
      'dim',
      `Connection: ${qualityText(stats.rttMs, stats.lossRate)}; ${traffic}${again}`,
    ),
  );
}

export function sayNextSteps(context: CommandContext, matchId: string, game: string): void {
  const { terminal } = context;
  terminal.line();
  terminal.line(`Watch it again  ${nextStep(context, `replay ${matchId}`)}`);
  terminal.line(`Who is best     ${nextStep(context, `leaderboard ${game}`)}`);
  terminal.line(`All matches     ${nextStep(context, 'history')}`);
}

function headline({ mine }: MatchResult, { seats }: MatchSummary, terminal: Terminal): string {
  // Whoever plays alone has the first place, found or not: the game's screen says how it went.
  if (seats.length === 1) return 'The match is over.';
  switch (mine) {
    case 'win':
      return terminal.style('green', 'You won.');
    case 'loss':
      return terminal.style('red', 'You lost.');
    case 'draw':
      return terminal.style('yellow', 'A draw.');
    case undefined:
      return 'Nobody won.';
    default:
      return mine satisfies never;
  }
}

/** Whether it counts: matches with bots have their own column, guests have theirs until they go. */
function ratingText({ mine }: MatchResult, { seats }: MatchSummary): string {
  if (mine === undefined) return 'It does not count.';
  if (seats.length === 1) return 'A match of one: it does not count in the leaderboard.';
  if (seats.some(({ kind }) => kind === 'bot')) {
    return 'A match with a bot: it stands in the leaderboard under "against bots".';
  }
  return mine === 'draw' ? 'It counts as a draw.' : `It counts as a ${mine}.`;
}
