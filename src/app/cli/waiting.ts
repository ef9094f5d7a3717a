// What is seen while a lobby fills: who is there, how long it has been, and the code to give away.

import type { Lobby } from '../../client/index.ts';
import type { CliHost } from './command.ts';
import type { Interrupts } from './interrupt.ts';
import { readKeys } from './keys.ts';
import { LiveArea } from './live-area.ts';
import { seatName } from './match-text.ts';
import { seconds, type Terminal, visibleWidth } from './terminal.ts';

export interface Waiting {
  lobby(lobby: Lobby): void;
  /** Whether the server that would tell of changes is there. */
  server(isHere: boolean): void;
  /** Leaves nothing behind in a terminal; lines stay as they are. */
  stop(): void;
}

const redrawEveryMs = 1_000;
const awayText = 'The server is away; trying again.';

/** `join` is the command that a friend types, without the code. */
export function showWaiting(
  terminal: Terminal,
  host: CliHost,
  interrupts: Interrupts,
  join: string,
): Waiting {
  // Keys mean nothing yet; echoed, they would tear the lines that change in place.
  const stopKeys = terminal.interactive
    ? readKeys(host, interrupts, () => undefined)
    : () => undefined;
  const area = new LiveArea(terminal);
  const startedMs = performance.now();
  let lobby: Lobby | undefined;
  let said = '';
  let isAway = false;

  const draw = (): void => {
    const waited = seconds(performance.now() - startedMs);
    const lines =
      lobby === undefined ? ['Looking for a lobby.'] : lobbyLines(lobby, terminal, join);
    const away = isAway ? [terminal.style('yellow', awayText)] : [];
    area.draw([...lines, ...away, '', terminal.style('dim', `${waited}   Ctrl-C leaves`)]);
  };
  const timer = terminal.interactive ? setInterval(draw, redrawEveryMs) : undefined;
  if (terminal.interactive) draw();

  return {
    lobby(next) {
      lobby = next;
      terminal.event('lobby', { lobby: next });
      if (terminal.interactive) {
        draw();
        return;
      }
      // One line per change that a reader would notice.
      const text = plainLine(next, join);
      if (text !== said) terminal.line(text);
      said = text;
    },
    server(isHere) {
      if (isAway === !isHere) return;
      isAway = !isHere;
      terminal.event('stream', { state: isHere ? 'again' : 'lost' });
      if (terminal.interactive) draw();
      else terminal.line(isHere ? 'The server is back.' : awayText);
    },
    stop() {
      clearInterval(timer);
      stopKeys();
      area.clear();
    },
  };
}

function lobbyLines(lobby: Lobby, terminal: Terminal, join: string): string[] {
  const players = lobby.members.map((member) => seatName(member)).join(', ');
  const { length } = lobby.members;
  const who = `${waitsFor(lobby)}  ${length} of ${lobby.playersMax}: ${players}`;
  if (lobby.code === undefined || !hasRoom(lobby)) return [who];
  return [
    '',
    ...box([...lobby.code].join(' '), terminal),
    '',
    `A friend types:  ${join} ${lobby.code}`,
    who,
  ];
}

function waitsFor(lobby: Lobby): string {
  const missing = lobby.playersMin - lobby.members.length;
  if (missing > 0) {
    return `Waiting for ${missing === 1 ? 'another player' : `${missing} more players`}.`;
  }
  const late = unready(lobby);
  return late === '' ? 'Everybody is here; the match starts.' : `Waiting until ready: ${late}.`;
}

/** Who holds up the match of a lobby that has enough players. */
const unready = ({ state, members, playersMin }: Lobby): string =>
  state !== 'open' || members.length < playersMin
    ? ''
    : members
        .filter(({ ready }) => !ready)
        .map((member) => seatName(member))
        .join(', ');

const hasRoom = ({ state, members, playersMax }: Lobby): boolean =>
  state === 'open' && members.length < playersMax;

/** The one thing on the screen that has to be read aloud. */
function box(text: string, terminal: Terminal): string[] {
  const inner = `   ${text}   `;
  const edge = '-'.repeat(visibleWidth(inner));
  return [`  +${edge}+`, `  |${terminal.style('bold', inner)}|`, `  +${edge}+`];
}

function plainLine(lobby: Lobby, join: string): string {
  const players = `${lobby.members.length} of ${lobby.playersMax} players`;
  const late = unready(lobby);
  const wait = late === '' ? '' : `, not ready: ${late}`;
  const code =
    lobby.code === undefined || !hasRoom(lobby) ? '' : `; a friend types: ${join} ${lobby.code}`;
  return `lobby ${lobby.id}: ${players}, ${lobby.state}${wait}${code}`;
}
