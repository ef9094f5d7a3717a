// What typed lines mean, and what tab offers.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { completions, parseLine } from './parse-line.ts';
import { slashCommands } from './slash-commands.ts';

/** `say: x`, `msg(ada, hello)`, or the sentence of a mistake. */
function meaning(line: string): string {
  const parsed = parseLine(line, slashCommands);
  if (parsed.kind === 'say') return `say: ${parsed.text}`;
  if (parsed.kind === 'mistake') return parsed.sentence;
  if (parsed.kind === 'nothing') return 'nothing';
  return `${parsed.command.name}(${parsed.name}, ${parsed.text})`;
}

const lines: [string, string | RegExp][] = [
  ['', 'nothing'],
  ['   ', 'nothing'],
  ['  hello there ', 'say: hello there'],
  ['//who is this', 'say: /who is this'],
  ['/who', 'who(, )'],
  ['/WHO ', 'who(, )'],
  ['/conversations', 'inbox(, )'],
  ['/msg ada hello  there', 'msg(ada, hello  there)'],
  ['/msg @ada hello\nthere', 'msg(ada, hello\nthere)'],
  ['/msg "Big Ben" what time?', 'msg(Big Ben, what time?)'],
  ['/secret ada', 'secret(ada, )'],
  ['/secret ada psst', 'secret(ada, psst)'],
  ['/fingerprint', 'fingerprint(, )'],
  ['/since 60', 'since(, 60)'],
  ['/msg ada', 'Type it like this: /msg NAME TEXT'],
  ['/msg', 'Type it like this: /msg NAME TEXT'],
  ['/msg "" text', 'Type it like this: /msg NAME TEXT'],
  ['/add', 'Type it like this: /add NAME'],
  ['/who now', '/who takes nothing, not "now".'],
  ['/add Big Ben', /^\/add takes a name and nothing else, not "Ben"\. .* quotes\.$/],
  ['/hsitory ada', /^There is no command \/hsitory\. Did you mean \/history\? .* \/\/hsitory\.$/],
  ['/frobnicate', /^There is no command \/frobnicate\. \/help lists them\./],
  ['/', /^There is no command \/\./],
];
for (const [line, expected] of lines) {
  test(`${JSON.stringify(line)} is read as it is meant`, () => {
    if (typeof expected === 'string') assert.equal(meaning(line), expected);
    else assert.match(meaning(line), expected);
  });
}

test('every command has a name of its own, a sentence, and a usage that fits its operands', () => {
  const names = slashCommands.flatMap(({ name, aliases = [] }) => [name, ...aliases]);
  assert.equal(new Set(names).size, names.length);
  for (const { name, summary, usage, takesName, takesText } of slashCommands) {
    assert.match(summary, /^[A-Z].*\.$/, name);
    assert.equal(usage === '', takesName === undefined && takesText === undefined, name);
  }
});

test('tab offers commands at the start, names where one is taken, and in what is said', () => {
  const offers = (before: string) => completions(before, slashCommands, ['ada', 'Big Ben']);
  assert.ok(offers('/m').words.includes('/msg'));
  assert.deepEqual(offers('/msg a'), { from: 5, words: ['ada', '"Big Ben"'] });
  assert.deepEqual(offers('/msg '), { from: 5, words: ['ada', '"Big Ben"'] });
  assert.deepEqual(offers('/msg ada h').words, []);
  assert.deepEqual(offers('/who a').words, []);
  assert.deepEqual(offers('hello a'), { from: 6, words: ['ada', 'Big Ben'] });
  assert.deepEqual(offers('hello ').words, []);
});
