// How a stored match reads in one line, for `history`, `replay` and the end of `play`.

import type { MatchSeat, MatchSummary } from '../../contract/schema.ts';
import type { Terminal } from './terminal.ts';

/** `mario 3 : 1 bot`, winners in bold; without scores, `mario beats bot`. */
export function resultText(match: MatchSummary, terminal: Terminal): string {
  const seats = [...match.seats].sort((a, b) => (a.place ?? 99) - (b.place ?? 99));
  const name = (seat: MatchSeat): string =>
    seat.result === 'win' ? terminal.style('bold', seatName(seat)) : seatName(seat);
  const [first, second] = seats;
  if (seats.length === 2 && first !== undefined && second !== undefined) {
    if (first.score !== undefined && second.score !== undefined) {
      return `${name(first)} ${first.score} : ${second.score} ${name(second)}`;
    }
    if (first.result === 'win') return `${name(first)} beats ${name(second)}`;
    return `${name(first)} and ${name(second)}${first.result === 'draw' ? ', a draw' : ''}`;
  }
  return seats
    .map((seat) => {
      const place = seat.place === undefined ? '' : `${seat.place}. `;
      return `${place}${name(seat)}${seat.score === undefined ? '' : ` ${seat.score}`}`;
    })
    .join(', ');
}

export const seatName = ({ name, kind }: Pick<MatchSeat, 'name' | 'kind'>): string =>
  kind === 'bot' && !/\bbot\b/i.test(name) ? `${name} (bot)` : name;

/** Why a match ended, where that is not simply the game's outcome. */
export function reasonText(reason: MatchSummary['reason']): string {
  switch (reason) {
    case undefined:
    case 'outcome':
      return '';
    case 'forfeit':
      return 'given up';
    case 'time-limit':
      return 'out of time';
    case 'no-show':
      return 'somebody did not come';
    case 'abandoned':
      return 'abandoned';
    case 'failed':
      return 'failed on the server';
    default:
      return reason satisfies never;
  }
}

/** `2026-11-20 16:04`, in the machine's time zone; as it came when it is no time. */
export function timeText(iso: string | undefined): string {
  if (iso === undefined) return '';
  const date = new Date(iso);
  if (Number.isNaN(date.getTime())) return iso;
  const two = (value: number): string => String(value).padStart(2, '0');
  const day = `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())}`;
  return `${day} ${two(date.getHours())}:${two(date.getMinutes())}`;
}

export function durationMs(match: MatchSummary): number | undefined {
  if (match.endedAt === undefined) return undefined;
  const ms = Date.parse(match.endedAt) - Date.parse(match.startedAt);
  return Number.isFinite(ms) ? ms : undefined;
}
