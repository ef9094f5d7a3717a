// A match without a person at the keys: inputs come from --inputs or from lines of stdin, each sent
// when the game asks for one. Every change is a line (or, with --json, an object).

import { createInterface } from 'node:readline';
import type { Match } from '../../client/index.ts';
import type { TerminalScreen } from '../../game/index.ts';
import type { CliHost } from './command.ts';
import type { LocalGame } from './game-files.ts';
import { screenContext } from './play-screen.ts';
import { printable, type Terminal } from './terminal.ts';

/** Texts one after the other; `undefined` is the end. */
export type Script = AsyncIterator<string, undefined>;

export function scriptOf(inputs: string | undefined, host: CliHost): Script {
  return inputs === undefined ? lines(host) : listed(inputs);
}

async function* listed(inputs: string): AsyncGenerator<string, undefined> {
  for (const text of inputs.split(',')) if (text.trim() !== '') yield text.trim();
  return undefined;
}

async function* lines(host: CliHost): AsyncGenerator<string, undefined> {
  for await (const line of createInterface({ input: host.stdin })) {
    if (line.trim() !== '') yield line.trim();
  }
  return undefined;
}

/** Every view, player and link change on its own line. */
export function narrate(match: Match, { screen }: LocalGame, terminal: Terminal): void {
  const stops = [
    match.on('view', (view) => {
      terminal.event('view', { tick: match.tick, view });
      terminal.line();
      terminal.line(screen.render(view, screenContext(match, terminal)));
    }),
    match.on('player', (player) => {
      terminal.event('player', player);
      if (player.seat !== match.seat && player.status !== 'here') {
        const change = player.status === 'left' ? 'has left' : 'is away';
        terminal.line(`${printable(player.name)} ${change}.`);
      }
    }),
    match.on('link', (state) => {
      terminal.event('link', { state });
      if (state === 'interrupted') terminal.line('The host does not answer; waiting.');
      if (state === 'lost') terminal.line('The connection is lost; trying again.');
      if (state === 'open') terminal.line('Connected again.');
    }),
    match.on('refused', ({ code, message, field }) => {
      terminal.event('refused', { code, message, field });
      terminal.line(`Not taken: ${message}.`);
    }),
  ];
  const stop = (): void => {
    for (const end of stops) end();
  };
  match.result.then(stop, stop);
}

/** Play the script; when it ends before the match, give the match up. */
export async function playScript(
  match: Match,
  { screen }: LocalGame,
  script: Script,
  terminal: Terminal,
): Promise<void> {
  const over = match.result.then(
    () => undefined,
    () => undefined,
  );
  const turn = new Turn(match, screen, terminal);
  let text: string | undefined;
  while (match.linkState !== 'ended') {
    const changed = turn.changed;
    if (!turn.isMine) {
      await Promise.race([changed, over]);
      continue;
    }
    if (text === undefined) {
      const read = await Promise.race([script.next(), over]);
      if (read === undefined) return;
      if (read.done) {
        terminal.line('There are no more inputs: giving up.');
        await match.leave();
        return;
      }
      text = read.value;
      continue;
    }
    const input = screen.parse(text, match.view, screenContext(match, terminal));
    if (input === undefined) {
      terminal.event('refused', { code: 'malformed', message: `"${text}" means nothing here` });
      terminal.line(`"${text}" means nothing here: ${screen.prompt}.`);
      text = undefined;
      continue;
    }
    terminal.event('input', { input });
    // Refused by the rules, it may only have come too early: it is tried again at the next view.
    text = (await turn.play(input)) === 'refused' ? text : undefined;
  }
}

/** Whether the game wants an input from this seat, and what became of the last one. */
class Turn {
  readonly #match: Match;
  readonly #screen: TerminalScreen;
  readonly #terminal: Terminal;
  #changed = Promise.withResolvers<void>();
  /** A game whose inputs are typed as text shows no choices, and asks with every view. */
  #showsChoices = false;
  #refusals = 0;
  #refusedView: unknown;

  constructor(match: Match, screen: TerminalScreen, terminal: Terminal) {
    this.#match = match;
    this.#screen = screen;
    this.#terminal = terminal;
    const wake = (): void => {
      this.#changed.resolve();
      this.#changed = Promise.withResolvers();
    };
    match.on('view', wake);
    match.on('link', wake);
    match.on('refused', ({ code }) => {
      if (code === 'rules') this.#refusals++;
      this.#refusedView = match.view;
      wake();
    });
  }

  /** Resolves at the next change after this was read. */
  get changed(): Promise<void> {
    return this.#changed.promise;
  }

  get isMine(): boolean {
    const { view, undecided } = this.#match;
    if (view === undefined || undecided > 0 || view === this.#refusedView) return false;
    const context = screenContext(this.#match, this.#terminal);
    const choices = this.#screen.choices(view, context).length;
    this.#showsChoices ||= choices > 0;
    return choices > 0 || !this.#showsChoices;
  }

  async play(input: unknown): Promise<'taken' | 'refused'> {
    const refusals = this.#refusals;
    this.#match.send(input);
    while (this.#match.undecided > 0 && this.#match.linkState !== 'ended') await this.changed;
    return this.#refusals > refusals ? 'refused' : 'taken';
  }
}
