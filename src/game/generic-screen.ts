// The screen of a game that brings none: the view as an outline, and inputs typed as JSON. A game
// whose input schema is a union of constants, or one member with such, gets single keys as well.

import type { Game } from './define-game.ts';
import type { ScreenChoice, ScreenContext, TerminalScreen } from './terminal-screen.ts';

/** Lines of a view that are shown; what is more is counted. */
const linesMax = 40;

export function genericScreen(game: Game): TerminalScreen {
  const choices = choicesOf(game);
  return {
    render: (view, context) => render(view, context),
    choices: () => choices,
    parse: (text) => parse(game, choices, text),
    prompt:
      choices.length > 0
        ? choices.map(({ key, label }) => `${key}: ${label}`).join('  ')
        : 'an input as JSON',
  };
}

function render(view: unknown, { width }: ScreenContext): string {
  const lines = outline(view, '').map((line) =>
    line.length > width ? `${line.slice(0, Math.max(0, width - 3))}...` : line,
  );
  if (lines.length <= linesMax) return lines.join('\n');
  return [...lines.slice(0, linesMax), `(${lines.length - linesMax} lines more)`].join('\n');
}

/** `name: value` by line, two spaces deeper for what is inside; short lists stay on one line. */
function outline(value: unknown, indent: string): string[] {
  const lines: string[] = [];
  for (const [name, member] of membersOf(value)) {
    const text = printable(JSON.stringify(member) ?? 'undefined');
    const isShort = membersOf(member).length === 0 || text.length <= 40;
    if (isShort) lines.push(`${indent}${printable(name)}: ${text}`);
    else lines.push(`${indent}${printable(name)}:`, ...outline(member, `${indent}  `));
  }
  return lines.length > 0 ? lines : [`${indent}${printable(JSON.stringify(value) ?? '')}`];
}

const membersOf = (value: unknown): [string, unknown][] =>
  typeof value === 'object' && value !== null ? Object.entries(value) : [];

/** What a terminal would take as a command is shown as its code. */
function printable(text: string): string {
  let out = '';
  for (const character of text) {
    const code = character.codePointAt(0)!;
    const isControl = code < 0x20 || (code >= 0x7f && code < 0xa0) || code === 0x2028;
    out += isControl ? `\\u${code.toString(16).padStart(4, '0')}` : character;
  }
  return out;
}

function parse(game: Game, choices: readonly ScreenChoice<unknown>[], text: string): unknown {
  const wanted = text.trim();
  const choice = choices.find(({ key, label }) => key === wanted || label === wanted);
  if (choice !== undefined) return choice.input;
  try {
    const value: unknown = JSON.parse(wanted);
    return game.checkInput(value).ok ? value : undefined;
  } catch {
    return undefined;
  }
}

interface SchemaShape {
  readonly const?: unknown;
  readonly enum?: readonly unknown[];
  readonly anyOf?: readonly SchemaShape[];
  readonly properties?: Readonly<Record<string, SchemaShape>>;
}

/** Keys 1 to 9 for an input that is one of a few constants, bare or as the only member. */
function choicesOf(game: Game): readonly ScreenChoice<unknown>[] {
  const schema = game.input as SchemaShape;
  const members = Object.entries(schema.properties ?? {});
  const [name, member] = members.length === 1 ? members[0]! : [undefined, schema];
  const constants = member.enum ?? member.anyOf?.map((part) => part.const) ?? [];
  const isFew = constants.length >= 1 && constants.length <= 9;
  if (!isFew || constants.includes(undefined)) return [];
  return constants.map((value, at) => ({
    key: String(at + 1),
    label: printable(String(value)),
    input: name === undefined ? value : { [name]: value },
  }));
}
