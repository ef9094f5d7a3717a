// The line under a running match: who is there, how long the turn lasts, how good the connection
// is.

import type { Match, MatchPlayer } from '../../client/index.ts';
import { seatName } from './match-text.ts';
import { printable, type Terminal } from './terminal.ts';

export function namesOf(match: Match): string[] {
  return match.players.map(({ name }) => printable(name).replaceAll('\n', ' '));
}

export function statusLine(match: Match, terminal: Terminal): string {
  const parts = [
    ...match.players.filter(({ seat }) => seat !== match.seat).map((p) => playerText(p, terminal)),
    turnText(match, terminal),
    linkText(match, terminal),
  ];
  return parts.filter((part) => part !== '').join(terminal.style('dim', '   |   '));
}

function playerText({ name, bot, status }: MatchPlayer, terminal: Terminal): string {
  const who = printable(name).replaceAll('\n', ' ');
  switch (status) {
    case 'here':
      return bot ? seatName({ name: who, kind: 'bot' }) : `${who} is here`;
    case 'away':
      return terminal.style('yellow', `${who} is away`);
    case 'left':
      return terminal.style('red', `${who} has left`);
    default:
      return status satisfies never;
  }
}

const hurryBelowS = 5;

function turnText(match: Match, terminal: Terminal): string {
  const ms = match.turnEndsInMs;
  if (ms === undefined) return '';
  const left = Math.ceil(ms / 1000);
  const text = `${left} s left`;
  return left <= hurryBelowS ? terminal.style('yellow', text) : text;
}

function linkText(match: Match, terminal: Terminal): string {
  switch (match.linkState) {
    case 'open': {
      const { rttMs, lossRate } = match.stats;
      return terminal.style('dim', qualityText(rttMs, lossRate));
    }
    case 'connecting':
      return 'connecting';
    case 'interrupted':
      return terminal.style('yellow', 'no answer from the host');
    case 'lost':
      return terminal.style('red', 'connection lost, trying again');
    case 'ended':
      return '';
    default:
      return match.linkState satisfies never;
  }
}

export function qualityText(rttMs: number, lossRate: number): string {
  const ms = rttMs < 10 ? rttMs.toFixed(1) : Math.round(rttMs);
  return `${ms} ms, ${(lossRate * 100).toFixed(lossRate > 0 && lossRate < 0.1 ? 1 : 0)}% lost`;
}
