// Holds the prose of docs/protocol/ to the code: the names it uses, and the order of the checks.
// That its tables are those of the code is in the tidy test, with all tables of docs/.

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { authLimits, datagramTypes } from '../src/codec/paperclip/auth.ts';
import {
  ClientMessage,
  HostMessage,
  matchChannels,
  matchCloseCodes,
} from '../src/game/messages.ts';
import { planChannels } from '../src/protocol/paperclip/channel-plan.ts';
import { dropReasons } from '../src/protocol/paperclip/drops.ts';
import { errorCodes } from '../src/protocol/paperclip/error-codes.ts';
import { handshakeLimits } from '../src/protocol/paperclip/handshake-limits.ts';
import { protocolLimits } from '../src/protocol/paperclip/limits.ts';
import { refusalReasons } from '../src/protocol/paperclip/refusals.ts';

const page = (name: string): string =>
  readFileSync(new URL(`../docs/protocol/${name}`, import.meta.url), 'utf8');

const paper = page('paperclip-1.md');
const match = page('match.md');

/** What stands between code marks outside of tables and fenced blocks. */
function codeWords(text: string): readonly string[] {
  const prose = text
    .replace(/```[\s\S]*?```/g, '')
    .replace(/<!-- table[\s\S]*?<!-- \/table.*/g, '');
  return [...prose.matchAll(/`([^`]+)`/g)].map(([, word = '']) => word);
}

function section(text: string, heading: string): string {
  const start = text.indexOf(`${heading}`);
  assert.ok(start >= 0, heading);
  const end = text.indexOf('\n### ', start + 4);
  return text.slice(start, end);
}

test('every limit that the paper names is one', () => {
  const known = new Set([protocolLimits, handshakeLimits].flatMap((limits) => Object.keys(limits)));
  const named = codeWords(paper).filter((word) => /^[a-z]+[A-Z]\w*$/.test(word));
  const fields = ['firstRange', 'rangeCount', 'creditBytes', 'totalBytes'];
  const unknown = named.filter((word) => !known.has(word) && !fields.includes(word));
  assert.deepEqual([...new Set(unknown)], []);
  assert.ok(named.length > 30);
});

test('every code that the paper names is one', () => {
  const named = codeWords(paper).filter((word) => /^[A-Z]+(_[A-Z]+)*$/.test(word));
  assert.deepEqual(
    named.filter((word) => !Object.hasOwn(errorCodes, word)),
    [],
  );
});

function assertInOrder(named: readonly string[], reasons: readonly string[]): void {
  const places = [...new Set(named)]
    .filter((word) => reasons.includes(word))
    .map((word) => reasons.indexOf(word));
  assert.deepEqual(
    places,
    places.toSorted((a, b) => a - b),
    named.join(', '),
  );
}

test('the paper has the checks in the order of the code, and leaves no reason out', () => {
  const ofHandshake = codeWords(section(paper, '### 4.2'));
  // An address may be the wrong one for a handshake and for a packet.
  const reasons = refusalReasons.filter((reason) => reason !== 'wrong-address');
  assertInOrder(ofHandshake, reasons);
  assertInOrder(codeWords(section(paper, '### 6.1')), dropReasons);
  const all = new Set(codeWords(paper));
  const afterwards = ['too-short', 'unknown-version', 'unknown-type', 'unexpected-answer'];
  for (const reason of refusalReasons) {
    assert.ok(all.has(reason) || afterwards.includes(reason), reason);
  }
});

test('the first bytes that the paper names are those of the code', () => {
  const low = (type: number): string => `\`${(type & 15).toString(2).padStart(4, '0')}\``;
  for (const [name, type] of Object.entries(datagramTypes)) {
    assert.ok(paper.includes(`| ${low(type)} | ${name.toUpperCase()}`), name);
  }
  assert.ok(paper.includes(`Exactly ${authLimits.auth1Bytes} bytes`));
});

/** The names of the members of each kind, as a table of the page has them. */
function membersOnPage(after: string): Readonly<Record<string, readonly string[]>> {
  const rows = match.slice(match.indexOf(after)).split('\n\n')[1]!.split('\n').slice(2);
  return Object.fromEntries(
    rows.map((row) => {
      const [, kind = '', members = ''] = row.split('|').map((cell) => cell.trim());
      return [
        kind.replaceAll('`', ''),
        [...members.matchAll(/`(\w+)`/g)].map(([, name = '']) => name),
      ];
    }),
  );
}

interface KindSchema {
  readonly properties: object;
}

function membersInCode(
  schemas: readonly KindSchema[],
): Readonly<Record<string, readonly string[]>> {
  return Object.fromEntries(
    schemas.map(({ properties }) => {
      const { kind, ...members } = properties as { kind: { const: string } };
      return [kind.const, Object.keys(members)];
    }),
  );
}

test('the messages of a match on the page are those of the code', () => {
  assert.deepEqual(membersOnPage('From the client, on'), membersInCode(ClientMessage.anyOf));
  assert.deepEqual(membersOnPage('From the host:'), membersInCode(HostMessage.anyOf));
});

test('the channels of a match on the page are those of the code', () => {
  for (const [id, { name, mode, messageBytesMax }] of planChannels(matchChannels).entries()) {
    const bytes = messageBytesMax.toLocaleString('en-US');
    assert.ok(match.includes(`| ${id} | \`${name}\` | \`${mode}\` | ${bytes} |`), name);
  }
  for (const code of Object.values(matchCloseCodes)) {
    if (code !== 0) assert.match(match, new RegExp(`\\b${code} \\w+|code ${code}`));
  }
});
