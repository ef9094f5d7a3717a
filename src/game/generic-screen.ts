// The screen of a game that brings none: the view as an outline, and inputs typed as JSON. A game
// whose input is one of a few constants, or one digit, bare or as the only member, gets single keys
// as well.

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
    prompt: choices.length > 0 ? promptOf(choices) : `an input as JSON${example(game)}`,
  };
}

const promptOf = (choices: readonly ScreenChoice<unknown>[]): string =>
  choices.map(({ key, label }) => (key === label ? key : `${key}: ${label}`)).join('  ');

/** Nothing where the schema asks for more than can be made up. */
function example(game: Game): string {
  const value = sample(game.input as SchemaShape);
  const text = printable(JSON.stringify(value) ?? '');
  return game.checkInput(value).ok && text.length <= 60 ? `, such as ${text}` : '';
}

function sample(schema: SchemaShape): unknown {
  const { anyOf, properties, minimum, type } = schema;
  const [constant] = 'const' in schema ? [schema.const] : (schema.enum ?? []);
  if (constant !== undefined) return constant;
  if (anyOf?.[0] !== undefined) return sample(anyOf[0]);
  switch (type) {
    case 'object': {
      const members = Object.entries(properties ?? {});
      return Object.fromEntries(members.map(([name, member]) => [name, sample(member)]));
    }
    case 'integer':
    case 'number':
      return minimum ?? 1;
    case 'string':
      return 'text';
    case 'boolean':
      return true;
    case 'array':
      return [];
    default:
      return null;
  }
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
  readonly type?: unknown;
  readonly const?: unknown;
  readonly enum?: readonly unknown[];
  readonly anyOf?: readonly SchemaShape[];
  readonly properties?: Readonly<Record<string, SchemaShape>>;
  readonly minimum?: number;
  readonly maximum?: number;
}

/** Constants have the keys 1 to 9 in their order, digits have themselves. */
function choicesOf(game: Game): readonly ScreenChoice<unknown>[] {
  const schema = game.input as SchemaShape;
  const members = Object.entries(schema.properties ?? {});
  const [name, member] = members.length === 1 ? members[0]! : [undefined, schema];
  const digits = digitsOf(member);
  const constants = member.enum ?? member.anyOf?.map((part) => part.const) ?? digits;
  const isFew = constants.length >= 1 && constants.length <= (constants === digits ? 10 : 9);
  if (!isFew || constants.includes(undefined)) return [];
  return constants
    .map((value, at) => ({
      key: constants === digits ? String(value) : String(at + 1),
      label: printable(String(value)),
      input: name === undefined ? value : { [name]: value },
    }))
    .filter(({ input }) => game.checkInput(input).ok);
}

function digitsOf({ type, minimum = -1, maximum = 10 }: SchemaShape): readonly number[] {
  if (type !== 'integer' || minimum < 0 || maximum > 9) return [];
  const digits = Array.from({ length: 10 }, (_, digit) => digit);
  return digits.filter((digit) => digit >= minimum && digit <= maximum);
}
