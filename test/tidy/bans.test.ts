// Shows that each ban fails on a planted violation in the places where it holds, and is silent on
// the allowed form and in the places where it does not hold.

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { banFindings } from './bans.ts';
import { parseSources, print } from './source.ts';

interface Case {
  readonly behaviour: string;
  readonly message: RegExp;
  /** Path and text, each of which is refused once. */
  readonly refused: readonly (readonly [path: string, text: string])[];
  readonly allowed: readonly (readonly [path: string, text: string])[];
}

const pure = 'src/protocol/paperclip/timer.ts';
const driver = 'src/driver/udp.ts';
const unit = 'src/base/heap.test.ts';

// In pieces where this file itself would break the rule about comments.
const todo = (rest: string) => `// TO${''}DO: ${rest}`;

const cases: readonly Case[] = [
  {
    behaviour: 'a pure layer reads no clock',
    message: /take `now` as an argument/,
    refused: [
      [pure, 'const now = Date.now();'],
      ['src/domain/chat/chat.ts', 'const f = performance.now;'],
      ['src/game/log.ts', 'const date = new Date();'],
      ['games/rps/rules.ts', 'const date = Date();'],
    ],
    allowed: [
      [pure, '// Date.now() is not here\nconst text = "Date.now()";'],
      [pure, 'const date = new Date(nowMs);'],
      [driver, 'const now = Date.now();'],
      ['games/rps/terminal.ts', 'const now = Date.now();'],
      [unit, 'const now = Date.now();'],
    ],
  },
  {
    behaviour: 'nothing draws numbers that cannot be repeated',
    message: /take a `Random`|take random bytes/,
    refused: [
      [pure, 'const x = Math.random();'],
      [driver, 'const x = Math.random();'],
      [unit, 'const x = Math.random();'],
      ['src/domain/account/tokens.ts', 'crypto.getRandomValues(bytes);'],
    ],
    allowed: [[driver, 'crypto.getRandomValues(bytes);']],
  },
  {
    behaviour: 'a pure layer starts no timer and knows no host',
    message: /let the driver arm it|reaches for the host/,
    refused: [
      [pure, 'setTimeout(() => 1, 5);'],
      [pure, 'queueMicrotask(() => 1);'],
      ['src/base/a.ts', 'const host = globalThis;'],
      ['src/contract/a.ts', 'const here = process.cwd();'],
    ],
    allowed: [
      [driver, 'setTimeout(() => 1, 5);'],
      [pure, 'this.timers.setTimeout(5);'],
    ],
  },
  {
    behaviour: 'state machines and games are not async',
    message: /async in a state machine/,
    refused: [
      [pure, 'const f = async () => 1;'],
      ['src/game/runner.ts', 'export async function f() {}'],
      ['src/game/runner.ts', 'await x;'],
      ['games/rps/rules.ts', 'for await (const x of y) z(x);'],
    ],
    allowed: [
      ['src/domain/chat/chat.ts', 'export async function f() { await x; }'],
      ['games/rps/terminal.ts', 'export async function f() { await x; }'],
      ['src/game/runner.test.ts', 'await x;'],
      [pure, 'export interface A { close(): Promise<void> }'],
    ],
  },
  {
    behaviour: '`any` stands nowhere',
    message: /`any` turns checking off/,
    refused: [
      [driver, 'const f = (x: any) => x;'],
      [unit, 'const x = y as any;'],
      ['scripts/a.ts', 'type A = Record<string, any>;'],
    ],
    allowed: [[driver, '// any number of any\nconst any = "any"; obj.any(any);']],
  },
  {
    behaviour: 'a double cast gives its reason',
    message: /a double cast hides a mistake/,
    refused: [
      [driver, 'const x = y as unknown as Z;'],
      [driver, '// Boundary: short\nconst x = y as unknown as Z;'],
    ],
    allowed: [
      [driver, '// Boundary: the addon returns exactly this shape.\nconst x = y as unknown as Z;'],
      [driver, 'const x = y as Z;'],
      [driver, 'const x = "y as unknown as Z";'],
    ],
  },
  {
    behaviour: 'type errors and lint warnings are not silenced without a reason',
    message: /turns checking off: mend|only a test may expect|silences the linter/,
    refused: [
      [driver, '// @ts-ignore\nx();'],
      [unit, '/* @ts-nocheck */\nx();'],
      [driver, '// @ts-expect-error: the types are wrong here\nx();'],
      [unit, '// @ts-expect-error\nx();'],
      [driver, '// biome-ignore lint/style/noVar: x\nx();'],
    ],
    allowed: [
      [unit, '// @ts-expect-error: a number is no channel name\nx(1);'],
      [driver, '// biome-ignore lint/style/noVar: the generated code needs one\nx();'],
      [driver, 'const text = "// @ts-ignore";'],
    ],
  },
  {
    behaviour: 'only erasable syntax is used',
    message: /is not erasable/,
    refused: [
      [driver, 'enum Kind { A }'],
      [driver, 'declare const enum Kind { A }'],
      [driver, 'namespace Inner { export const a = 1; }'],
    ],
    allowed: [
      [driver, 'const kinds = { a: 1 } as const;'],
      ['src/driver/sodium.d.ts', 'declare module "sodium-native" { const a: number; }'],
    ],
  },
  {
    behaviour: 'only programs print',
    message: /prints from a place that nobody asked/,
    refused: [
      ['src/gateway/http/http.ts', 'console.log(1);'],
      ['src/app/server/serve.ts', 'console.error(1);'],
      [unit, 'console.log(1);'],
    ],
    allowed: [
      ['src/app/cli/main.ts', 'console.log(1);'],
      ['scripts/build.ts', 'console.log(1);'],
      ['examples/a.ts', 'console.log(1);'],
    ],
  },
  {
    behaviour: 'only app reads the environment',
    message: /reads the environment/,
    refused: [[driver, 'const port = process.env.PORT;']],
    allowed: [
      ['src/app/server/config.ts', 'const port = process.env.PORT;'],
      [unit, 'const seed = process.env.SEED;'],
    ],
  },
  {
    behaviour: 'modules hold no state',
    message: /module-level state/,
    refused: [
      [driver, 'let count = 0;'],
      [driver, 'export let count = 0;'],
      [driver, 'const cache = new Map<string, number>();'],
      [driver, 'export const list: string[] = [];'],
    ],
    allowed: [
      [driver, 'const codes = new Map([["a", 1]]);'],
      [driver, 'function f() { let count = 0; return count; }'],
      ['src/driver/a.d.ts', 'declare let count: number;'],
      [unit, 'let count = 0;'],
    ],
  },
  {
    behaviour: 'tests do not wait in real time and do not hide each other',
    message: /waits in real time|hides other tests/,
    refused: [
      [unit, 'setTimeout(done, 5);'],
      ['test/e2e/play.ts', 'setInterval(poll, 5);'],
      [unit, "import { setTimeout as sleep } from 'node:timers/promises';"],
      [unit, 'test.only("a", () => {});'],
    ],
    allowed: [
      [unit, 'const clock = { setTimeout: 1 };'],
      [unit, 'test("a", { timeout: 5 }, () => {});'],
    ],
  },
  {
    behaviour: 'what is left undone says why',
    message: /left undone without a reason/,
    refused: [[driver, todo('later')]],
    allowed: [[driver, todo('because Node cannot\n// yet do it in one call')]],
  },
];

describe('bans', () => {
  for (const { behaviour, message, refused, allowed } of cases) {
    test(behaviour, () => {
      const all = [...refused, ...allowed];
      const complaints = all.map(([path, text]) =>
        parseSources([{ path, text }]).flatMap(banFindings).map(print),
      );
      for (const [index, [path, text]] of refused.entries()) {
        assert.equal(complaints[index]?.length, 1, `${path}: ${text}: ${complaints[index]}`);
        assert.match(complaints[index][0] ?? '', message);
      }
      assert.deepEqual(complaints.slice(refused.length).flat(), []);
    });
  }

  test('the finding names the file and the line', () => {
    const [source] = parseSources([
      { path: pure, text: '// Head.\n\nconst a = 1,\n  b = Date.now();' },
    ]);
    assert.match(
      banFindings(source!).map(print)[0] ?? '',
      /^src\/protocol\/paperclip\/timer.ts:4 /,
    );
  });
});
