// What a stranger's file is called here.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { localFileName, localNameBytesMax, numberedName } from './local-file-name.ts';

test('a name that harms nobody stays as it is', () => {
  for (const name of [
    'report.pdf',
    'Übersicht 2026 (2).tar.gz',
    '写真.jpg',
    'no-ending',
    'console',
  ]) {
    assert.equal(localFileName(name), name);
  }
});

test('nothing leads out of the folder, hides, moves a cursor, or is a device or an option', () => {
  for (const [given, name] of [
    ['../../.ssh/authorized_keys', 'authorized_keys'],
    ['C:\\temp\\x.dll', 'x.dll'],
    ['..', 'file'],
    ['', 'file'],
    ['\u0007\u200b', 'file'],
    ['.bashrc', 'bashrc'],
    ['a\u001b[2Jb\n.txt', 'a[2Jb.txt'],
    ['CON', '_CON'],
    ['nul.txt', '_nul.txt'],
    ['com1 .tar.gz', '_com1 .tar.gz'],
    ['-rf', '_-rf'],
  ] as const) {
    assert.equal(localFileName(given), name, JSON.stringify(given));
  }
});

test('a long name is cut to what file systems hold, and keeps its ending', () => {
  for (const character of ['x', 'ü', '写', '🎉']) {
    const name = localFileName(`${character.repeat(1000)}.tar.gz`);
    const bytes = Buffer.byteLength(name);
    assert(bytes <= localNameBytesMax && bytes > localNameBytesMax - 4, `${bytes}`);
    assert.match(name, /\.tar\.gz$|\.gz$/);
    assert(!name.includes('\ufffd'));
  }
  assert(Buffer.byteLength(localFileName(`a.${'é'.repeat(1000)}`)) <= localNameBytesMax);
});

test('the number of a second file stands before the ending', () => {
  assert.equal(numberedName('a.txt', 1), 'a.txt');
  assert.equal(numberedName('a.txt', 2), 'a (2).txt');
  assert.equal(numberedName('a.tar.gz', 3), 'a (3).tar.gz');
  assert.equal(numberedName('Makefile', 2), 'Makefile (2)');
  assert.equal(numberedName('v1.2 notes', 2), 'v1.2 notes (2)');
});
