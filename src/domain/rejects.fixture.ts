// Asserts that something is refused with a code of the error table, and gives its details back.

import assert from 'node:assert/strict';
import { type ErrorBody, type ErrorCode, PaperclipError } from '../contract/errors.ts';

export async function refused(work: Promise<unknown>, code: ErrorCode): Promise<ErrorBody> {
  const outcome = await work.then(
    (value: unknown) => ({ value }),
    (error: unknown) => ({ error }),
  );
  if (!('error' in outcome)) {
    assert.fail(`expected ${code}, got ${JSON.stringify(outcome.value)}`);
  }
  const { error } = outcome;
  assert.ok(error instanceof PaperclipError, `expected ${code}, got ${String(error)}`);
  assert.equal(error.code, code, error.message);
  // Every brace of the sentence has its value.
  assert.doesNotMatch(error.body.message, /[{}]/);
  return error.body;
}
