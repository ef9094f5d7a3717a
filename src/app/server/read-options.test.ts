// Settings from flags, environment and file: each by each way, their order, and what is refused.

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { ConfigError } from './config-error.ts';
import {
  flagOf,
  type GivenOptions,
  type OptionName,
  optionNames,
  optionTable,
  variableOf,
} from './option-table.ts';
import { checkOptions, readOptions } from './read-options.ts';
import { serveHelp } from './serve-help.ts';

/** For every setting a value that is not its default, as texts, and texts that are wrong. */
const samples: {
  readonly [Name in OptionName]: {
    readonly texts: readonly string[];
    readonly value: GivenOptions[Name];
    readonly wrong: readonly string[];
  };
} = {
  host: { texts: ['0.0.0.0'], value: '0.0.0.0', wrong: [''] },
  port: { texts: ['8080'], value: 8080, wrong: ['', '-1', '65536', '80.5', '0x50', 'http'] },
  udpHost: { texts: ['::1'], value: '::1', wrong: [''] },
  udpPort: { texts: ['0'], value: 0, wrong: ['1e3', ' 1', '9'.repeat(20)] },
  classic: { texts: ['true'], value: true, wrong: ['off'] },
  classicPort: { texts: ['6000'], value: 6000, wrong: ['-1', 'off'] },
  files: { texts: ['2339'], value: 2339, wrong: ['65536'] },
  fileBytesMax: { texts: ['1000'], value: 1000, wrong: ['0', '1.5'] },
  publicAddress: { texts: ['game.example'], value: 'game.example', wrong: [''] },
  corsOrigin: {
    texts: ['https://a.example', 'https://b.example'],
    value: ['https://a.example', 'https://b.example'],
    wrong: [],
  },
  trustProxy: { texts: ['10.0.0.0/8'], value: ['10.0.0.0/8'], wrong: [] },
  lineHost: { texts: ['0.0.0.0'], value: '0.0.0.0', wrong: [''] },
  text: { texts: ['2337'], value: 2337, wrong: ['', '-1', '65536', 'on'] },
  textTls: { texts: ['off'], value: 'off', wrong: ['OFF'] },
  messenger: { texts: ['0'], value: 0, wrong: ['4e3'] },
  guess: { texts: ['2345'], value: 2345, wrong: ['on'] },
  messengerTls: { texts: ['2401'], value: 2401, wrong: ['none'] },
  lobby: { texts: ['8101'], value: 8101, wrong: ['x'] },
  lobbyTls: { texts: ['off'], value: 'off', wrong: [''] },
  lobbyJson: { texts: ['0'], value: 0, wrong: ['-1'] },
  lobbyJsonTls: { texts: ['8104'], value: 8104, wrong: ['70000'] },
  blockDuration: { texts: ['30'], value: 30, wrong: ['0', '86401'] },
  idleTimeout: { texts: ['30'], value: 30, wrong: ['0'] },
  tlsCert: { texts: ['cert.pem'], value: 'cert.pem', wrong: [''] },
  tlsKey: { texts: ['key.pem'], value: 'key.pem', wrong: [''] },
  admin: { texts: ['ann', 'bob'], value: ['ann', 'bob'], wrong: [] },
  games: { texts: ['./a', './b'], value: ['./a', './b'], wrong: [] },
  hosts: { texts: ['3'], value: 3, wrong: ['0', '65'] },
  matchesMax: { texts: ['10'], value: 10, wrong: ['0'] },
  data: { texts: ['x.sqlite'], value: 'x.sqlite', wrong: [''] },
  secretsFile: { texts: ['s.json'], value: 's.json', wrong: [''] },
  metricsToken: { texts: ['t0ken'], value: 't0ken', wrong: [''] },
  shutdownGraceMs: { texts: ['0'], value: 0, wrong: ['-1', '3600001'] },
  logLevel: { texts: ['debug'], value: 'debug', wrong: ['loud', 'DEBUG', ''] },
  logFormat: { texts: ['json'], value: 'json', wrong: ['xml'] },
  qlogdir: { texts: ['traces'], value: 'traces', wrong: [''] },
  keylogfile: { texts: ['keys.txt'], value: 'keys.txt', wrong: [''] },
  json: { texts: ['true'], value: true, wrong: ['maybe'] },
};

interface Given {
  readonly argv?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  readonly file?: unknown;
}

const read = ({ argv = [], env = {}, file }: Given) =>
  readOptions({
    argv: [...argv, ...(file === undefined ? [] : ['--config', 'c.json'])],
    env,
    readFile: () => (typeof file === 'string' ? file : JSON.stringify(file)),
  });

function problemsOf(run: () => unknown): readonly string[] {
  try {
    run();
  } catch (error) {
    assert.ok(error instanceof ConfigError);
    return error.problems;
  }
  return [];
}

describe('a setting', () => {
  for (const name of optionNames) {
    const { texts, value, wrong } = samples[name];
    const { type, fallback } = optionTable[name];
    const isSwitch = type.placeholder === undefined;

    test(`${name} has its default when nobody gives it`, () => {
      const expected = 'value' in fallback ? fallback.value : undefined;
      assert.deepEqual(read({})[name], expected);
      assert.notDeepEqual(value, expected);
    });

    test(`${name} comes from a flag, a variable and the file`, () => {
      const flag = flagOf(name);
      const argv = isSwitch ? [flag] : texts.flatMap((text) => [flag, text]);
      assert.deepEqual(read({ argv })[name], value);
      assert.deepEqual(read({ argv: texts.map((text) => `${flag}=${text}`) })[name], value);
      assert.deepEqual(read({ env: { [variableOf(name)]: texts.join(', ') } })[name], value);
      assert.deepEqual(read({ file: { [name]: value } })[name], value);
      assert.deepEqual(checkOptions({ [name]: value })[name], value);
    });

    test(`${name} is in the help`, () => {
      assert.ok(serveHelp().includes(`  ${flagOf(name)}`));
    });

    test(`${name} is refused with its place when it is wrong`, () => {
      for (const text of wrong) {
        const byFlag = problemsOf(() => read({ argv: [`${flagOf(name)}=${text}`] }));
        assert.equal(byFlag.length, 1, text);
        assert.match(byFlag[0]!, new RegExp(`^${flagOf(name)} .*must.*\\.$`));
        const byVariable = problemsOf(() => read({ env: { [variableOf(name)]: text } }));
        assert.match(byVariable[0] ?? '', new RegExp(`^${variableOf(name)} must`));
      }
      for (const strange of [null, {}, ['', 1], [[]], Number.NaN]) {
        const byFile = problemsOf(() => read({ file: { [name]: strange } }));
        assert.match(byFile[0] ?? '', new RegExp(`^c\\.json: ${name} must`));
      }
    });
  }

  test('of a flag beats the environment, that the file, that the default', () => {
    const all = { argv: ['--port=1'], env: { PAPERCLIP_PORT: '2' }, file: { port: 3 } };
    assert.equal(read(all).port, 1);
    assert.equal(read({ ...all, argv: [] }).port, 2);
    assert.equal(read({ file: { port: 3 } }).port, 3);
    assert.equal(read({}).port, 5000);
    assert.equal(read({ argv: ['--port', '1', '--port', '2'] }).port, 2);
  });

  test('a variable that is a custom of other tools counts where ours is not set', () => {
    assert.equal(read({ env: { QLOGDIR: 'a' } }).qlogdir, 'a');
    assert.equal(read({ env: { QLOGDIR: 'a', PAPERCLIP_QLOGDIR: 'b' } }).qlogdir, 'b');
  });
});

describe('the command line', () => {
  test('takes words without a flag as folders of games', () => {
    assert.deepEqual(read({ argv: ['./a', '--port', '1', './b'] }).games, ['./a', './b']);
  });

  test('refuses flags that are not there, and guesses what was meant', () => {
    assert.deepEqual(
      problemsOf(() => read({ argv: ['--prot', '1', '-p', '--udp-prot=2'] })),
      [
        'There is no flag --prot. Did you mean --port?',
        'There is no flag -p. See `paperclip serve --help`.',
        'There is no flag --udp-prot. Did you mean --udp-port?',
      ],
    );
  });

  test('refuses flags without their value', () => {
    assert.deepEqual(
      problemsOf(() => read({ argv: ['--port'] })),
      ['--port needs a value.'],
    );
    assert.deepEqual(
      problemsOf(() => read({ argv: ['--data', '--json'] })),
      ['--data needs a value.'],
    );
  });

  test('names every mistake at once', () => {
    const argv = ['--port', 'x', '--hosts', '0', '--nope'];
    assert.equal(problemsOf(() => read({ argv, env: { PAPERCLIP_DATA: '' } })).length, 4);
  });
});

describe('the configuration file', () => {
  test('may be named by the environment', () => {
    const options = readOptions({
      argv: [],
      env: { PAPERCLIP_CONFIG: 'x.json' },
      readFile: (path) => (path === 'x.json' ? '{"port": 7}' : ''),
    });
    assert.equal(options.port, 7);
  });

  test('is refused when it cannot be read or holds something else', () => {
    for (const [file, problem] of [
      ['{bad', /^c\.json is not valid JSON: /],
      ['[]', /^c\.json must hold a JSON object/],
      ['null', /^c\.json must hold a JSON object/],
      [{ prot: 1 }, /^c\.json: there is no option prot\. Did you mean port\?$/],
      [{ 'udp-port': 1 }, /^c\.json: there is no option udp-port\. Did you mean udpPort\?$/],
      ['{"__proto__": 1}', /^c\.json: there is no option __proto__\.$/],
    ] as const) {
      assert.match(problemsOf(() => read({ file }))[0] ?? '', problem);
    }
    const readFile = () => {
      throw new Error('ENOENT: no such file');
    };
    const missing = problemsOf(() => readOptions({ argv: ['--config=x'], env: {}, readFile }));
    assert.deepEqual(missing, ['x cannot be read: ENOENT: no such file.']);
  });
});

describe('options of a program', () => {
  test('are checked like those of a file', () => {
    assert.deepEqual(
      problemsOf(() => checkOptions({ prot: 1, port: '80', host: undefined })),
      [
        'There is no option prot. Did you mean port?',
        'port must be a whole number from 0 to 65535.',
      ],
    );
  });
});

test('the help fits two screens and its lines fit a terminal', () => {
  const lines = serveHelp().split('\n');
  // A window of 40 lines is common; the terminal of 24 scrolls in any case.
  assert.ok(lines.length <= 80, `${lines.length} lines`);
  for (const line of lines) assert.ok(line.length <= 100, line);
});
