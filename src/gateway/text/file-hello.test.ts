import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { utf8, utf8Text } from '../../base/bytes.ts';
import { readIdAndSide, readOffset, readQuestion } from './file-hello.ts';

const id = '0b5e3a4e-5d0f-4c43-9b1c-2f6f1f3f9a11';

describe('the beginning of a connection to the files port', () => {
  test('is a transfer, a side, and what follows', () => {
    for (const side of ['S', 'R']) {
      const hello = readIdAndSide(utf8(`${id}${side}@7`));
      assert.ok(typeof hello === 'object');
      assert.deepEqual([hello.transferId, hello.side, utf8Text(hello.rest)], [id, side, '@7']);
    }
  });

  test('may come byte by byte', () => {
    for (let length = 0; length <= 36; length++) {
      assert.equal(readIdAndSide(utf8(`${id}S`.slice(0, length))), 'more');
    }
  });

  test('is refused at the first byte that cannot be', () => {
    for (const text of ['GET / HTTP/1.1', `${id}X`, '\u0016\u0003\u0001', `${id.slice(1)}SS`]) {
      assert.equal(readIdAndSide(utf8(text)), 'malformed', text);
    }
  });

  test('asks where to go on with three bytes, of which a file may have the first two', () => {
    assert.deepEqual(readQuestion(utf8('@?\nabc')), { rest: utf8('abc') });
    for (const text of ['', '@', '@?']) assert.equal(readQuestion(utf8(text)), 'more');
    for (const text of ['a', '@a', '@?a']) assert.equal(readQuestion(utf8(text)), 'data');
  });

  test('says an offset in digits on a line', () => {
    assert.equal(readOffset(utf8('@0\n')), 0);
    assert.equal(readOffset(utf8('@1073741824\n')), 1_073_741_824);
    for (const text of ['', '@', '@12']) assert.equal(readOffset(utf8(text)), 'more');
    for (const text of ['x', '@\n', '@-1\n', '@1.5\n', '@1\r\n', '@99999999999999999\n']) {
      assert.equal(readOffset(utf8(text)), 'malformed', text);
    }
    assert.equal(readOffset(utf8('@9999999999999999\n')), 'malformed');
  });
});
