import assert from 'node:assert/strict';
import { test } from 'node:test';
import { optionsText } from './options.ts';

test('help says what each option takes', () => {
  const options = { rounds: { default: 3, min: 1, max: 1_000 } };
  assert.equal(
    optionsText(options, ['ws', 'paperclip']),
    [
      '\n',
      '  --rounds N     1 to 1,000; 3 if not given',
      '  --only "A; B"  only these: ws; paperclip',
      '  --json FILE    writes all it measured',
    ].join('\n'),
  );
  assert.doesNotMatch(optionsText(options, []), /--only/);
});
