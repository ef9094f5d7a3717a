// A match in a terminal: the game's screen, a status line, and single keys. It shows and sends;
// when the match is over it leaves the last screen where it is.

import type { Match } from '../../client/index.ts';
import type { ScreenContext, TerminalScreen } from '../../game/index.ts';
import type { CliHost } from './command.ts';
import type { LocalGame } from './game-files.ts';
import type { Interrupts } from './interrupt.ts';
import { type Key, readKeys } from './keys.ts';
import { LiveArea } from './live-area.ts';
import { namesOf, statusLine } from './match-status.ts';
import type { Terminal } from './terminal.ts';

export interface MatchShow {
  /** Resolves when the match is over, however; the terminal is given back then. */
  readonly done: Promise<void>;
}

const redrawEveryMs = 250;
const widthMax = 100;

export function screenContext(match: Match, terminal: Terminal): ScreenContext {
  return {
    seat: match.seat,
    names: namesOf(match),
    width: Math.min(terminal.columns, widthMax) - 2,
    color: terminal.color,
  };
}

/** `watches`: a bot plays this seat; keys other than Ctrl-C do nothing. */
export function showMatch(
  match: Match,
  { game, screen }: LocalGame,
  terminal: Terminal,
  host: CliHost,
  interrupts: Interrupts,
  watches: boolean,
): MatchShow {
  const area = new LiveArea(terminal);
  const typing = new Typing(match, screen, terminal);
  const draw = (): void => {
    const title = terminal.style('dim', `${game.title}   match ${match.id}`);
    const bar = terminal.style('dim', '-'.repeat(Math.min(terminal.columns, widthMax) - 2));
    const foot = interrupts.signal.aborted
      ? 'Giving up; Ctrl-C again quits at once.'
      : watches
        ? terminal.style('dim', 'The bot plays for you.   Ctrl-C gives up')
        : typing.line(terminal);
    area.draw([
      title,
      '',
      ...body(match, screen, terminal),
      '',
      bar,
      statusLine(match, terminal),
      foot,
    ]);
  };
  const stopKeys = readKeys(host, interrupts, (key) => {
    if (!watches) typing.press(key);
    draw();
  });
  const stops = [
    match.on('view', () => {
      typing.note = '';
      draw();
    }),
    match.on('player', draw),
    match.on('link', draw),
    match.on('refused', ({ message }) => {
      typing.note = message;
      draw();
    }),
  ];
  const timer = setInterval(draw, redrawEveryMs);
  draw();
  const stop = (): void => {
    clearInterval(timer);
    for (const end of stops) end();
    stopKeys();
    area.draw([...body(match, screen, terminal), '']);
    area.keep();
  };
  return { done: match.result.then(stop, stop) };
}

function body(match: Match, screen: TerminalScreen, terminal: Terminal): string[] {
  if (match.view === undefined) return ['Waiting for the others to connect.'];
  return screen.render(match.view, screenContext(match, terminal)).split('\n');
}

/** What is typed: one key where a key is enough, a line with Enter otherwise. */
class Typing {
  note = '';
  readonly #match: Match;
  readonly #screen: TerminalScreen;
  readonly #terminal: Terminal;
  #text = '';

  constructor(match: Match, screen: TerminalScreen, terminal: Terminal) {
    this.#match = match;
    this.#screen = screen;
    this.#terminal = terminal;
  }

  press(key: Key): void {
    const { view } = this.#match;
    if (view === undefined) return;
    this.note = '';
    const context = screenContext(this.#match, this.#terminal);
    if (key.kind === 'backspace') this.#text = [...this.#text].slice(0, -1).join('');
    else if (key.kind === 'enter') this.#enter(view, context);
    else if (this.#text === '') {
      const choices = this.#screen.choices(view, context);
      const choice = choices.find((one) => one.key === key.text.toLowerCase());
      if (choice !== undefined) this.#match.send(choice.input);
      else if (choices.length > 0) this.note = `Press ${this.#screen.prompt}.`;
      else this.#text = key.text;
    } else this.#text += key.text;
  }

  #enter(view: unknown, context: ScreenContext): void {
    const text = this.#text;
    this.#text = '';
    if (text === '') return;
    const input = this.#screen.parse(text, view, context);
    if (input === undefined) this.note = `"${text}" means nothing here: ${this.#screen.prompt}.`;
    else this.#match.send(input);
  }

  line(terminal: Terminal): string {
    if (this.note !== '') return terminal.style('yellow', this.note);
    if (this.#text !== '') return `> ${this.#text}`;
    return terminal.style('dim', `Keys: ${this.#screen.prompt}   Ctrl-C gives up`);
  }
}
