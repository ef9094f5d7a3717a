import assert from 'node:assert/strict';
import { test } from 'node:test';
import { contractLimits } from '../../contract/limits.ts';
import { safeFileName } from './file-name.ts';

const max = contractLimits.fileNameCharactersMax;

test('a name that harms nobody stays as it is', () => {
  for (const name of ['report.pdf', 'Übersicht 2026 (2).tar.gz', '写真.jpg', 'no-ending']) {
    assert.equal(safeFileName(name), name);
  }
});

test('a path, what hides and what deceives are taken off', () => {
  for (const [given, name] of [
    ['../../etc/passwd', 'passwd'],
    ['C:\\Windows\\system32\\x.dll', 'x.dll'],
    ['/tmp/', 'tmp'],
    ['.bashrc', 'bashrc'],
    ['...hidden', 'hidden'],
    ['a\u0000b\u001b[31m.txt', 'ab[31m.txt'],
    ['photo\u202egnp.exe', 'photognp.exe'],
    ['a.txt:stream', 'a.txt_stream'],
    ['trailing. . ', 'trailing'],
  ] as const) {
    assert.equal(safeFileName(given), name, JSON.stringify(given));
  }
});

test('a name of which nothing is left is none', () => {
  for (const given of ['', '..', '../..', '/', '\u0007', ' . ']) {
    assert.equal(safeFileName(given), undefined, JSON.stringify(given));
  }
});

test('a long name keeps its ending', () => {
  const name = safeFileName(`${'🦊'.repeat(500)}.tar`);
  assert.equal([...(name ?? '')].length, max);
  assert.ok(name?.endsWith('🦊.tar'));
  assert.equal([...(safeFileName('x'.repeat(999)) ?? '')].length, max);
});
