import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { makeFolder } from './make-folder.ts';

test('makes what is missing, with its mode, and leaves the rest', () => {
  const root = mkdtempSync(join(tmpdir(), 'paperclip-folder-'));
  try {
    makeFolder(join(root, 'a/b'), { mode: 0o700 });
    assert.equal(statSync(join(root, 'a')).mode & 0o777, 0o700);
    assert.equal(statSync(join(root, 'a/b')).mode & 0o777, 0o700);
    makeFolder(join(root, 'a/b'));
    writeFileSync(join(root, 'file'), '');
    assert.throws(() => makeFolder(join(root, 'file/c')), { code: 'ENOTDIR' });
  } finally {
    rmSync(root, { recursive: true });
  }
});

test('a file system that refuses with ENOENT is refused, once', {
  skip: process.platform === 'linux' ? false : 'only Linux has /proc',
}, () => {
  assert.throws(() => makeFolder('/proc/paperclip/data'), { code: 'ENOENT' });
});
