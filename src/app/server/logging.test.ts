// Log lines as an operator gets them.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createLog, type LogOptions } from './logging.ts';

function logged(options: Partial<LogOptions>, run: (log: ReturnType<typeof createLog>) => void) {
  let text = '';
  const out = { write: (line: string) => (text += line) };
  run(createLog({ level: 'info', format: 'json', isColored: false, out, ...options }));
  return text;
}

test('an event is one line of JSON with its fields', () => {
  const text = logged({}, (log) => log.info('match ended', { match: 'm1', reason: 'outcome' }));
  const { time, ...line } = JSON.parse(text) as Record<string, unknown>;
  assert.match(String(time), /^\d{4}-\d\d-\d\dT.*Z$/);
  assert.deepEqual(line, { level: 'info', event: 'match ended', match: 'm1', reason: 'outcome' });
  assert.equal(text.split('\n').length, 2);
});

test('a text of a stranger cannot begin a line of its own', () => {
  for (const format of ['json', 'pretty'] as const) {
    const text = logged({ format }, (log) =>
      log.warn('odd', { name: 'a\nINFO: b\u001b[2J\u009b2J' }),
    );
    assert.equal(text.trimEnd().split('\n').length, 1, format);
    assert.ok(!text.includes('\u001b[2J'), format);
    if (format === 'pretty') assert.ok(!text.includes('\u009b'));
  }
});

test('what is called like a secret does not get out, however deep a caller puts it', () => {
  for (const format of ['json', 'pretty'] as const) {
    const text = logged({ format }, (log) =>
      log.info('command', {
        password: 'hunter2',
        args: { refreshToken: 'hunter2', name: 'mario', inner: { ticket: 'hunter2' } },
        headers: { authorization: 'hunter2' },
      }),
    );
    assert.doesNotMatch(text, /hunter2/);
    assert.match(text, /mario/);
  }
});

test('on a terminal an event is a line of words', () => {
  const pretty = { format: 'pretty' } as const;
  const text = logged(pretty, (log) => log.warn('host died', { host: 'h1', left: 3, name: 'a b' }));
  assert.match(text, /^\d\d:\d\d:\d\d\.\d{3} WARN {2}host died host=h1 left=3 name="a b"\n$/);
  const failure = logged(pretty, (log) => log.error('failed', { error: new TypeError('a\nb') }));
  const [first, second] = failure.split('\n');
  assert.match(first ?? '', /ERROR failed error=TypeError "a\\nb"$/);
  assert.match(second ?? '', /^ {4}at .*logging\.test/);
  const colored = logged({ ...pretty, isColored: true }, (log) => log.info('x'));
  // biome-ignore lint/suspicious/noControlCharactersInRegex: colours are control sequences
  assert.match(colored, /\u001b\[32mINFO /);
});

test('errors come with their message and stack', () => {
  const text = logged({}, (log) => log.error('failed', { error: new TypeError('no luck') }));
  const { error } = JSON.parse(text) as { readonly error: Record<string, string> };
  assert.deepEqual([error['type'], error['message']], ['TypeError', 'no luck']);
  assert.match(error['stack'] ?? '', /logging\.test/);
});

test('the level holds back what is below it', () => {
  const say = (log: ReturnType<typeof createLog>) => {
    log.debug('d');
    log.info('i');
    log.warn('w');
    log.error('e');
  };
  const lines = (level: LogOptions['level']) => logged({ level }, say).split('\n').length - 1;
  assert.deepEqual(
    (['debug', 'info', 'warn', 'error', 'silent'] as const).map(lines),
    [4, 3, 2, 1, 0],
  );
});
