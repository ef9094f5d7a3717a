// What is decided from the settings, and which defaults are refused where others can reach the
// server.

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { ConfigError } from './config-error.ts';
import { checkOptions } from './read-options.ts';
import { decideConfig, isLoopback } from './server-config.ts';

const around = { isTerminal: true, builtInGames: '/built-in' };
const decide = (given: Readonly<Record<string, unknown>> = {}) =>
  decideConfig(checkOptions(given), around);

const problemsOf = (given: Readonly<Record<string, unknown>>): readonly string[] => {
  try {
    decide(given);
  } catch (error) {
    assert.ok(error instanceof ConfigError);
    return error.problems;
  }
  return [];
};

describe('defaults', () => {
  test('are a server for this machine alone, with its data and secrets in one folder', () => {
    const config = decide();
    assert.deepEqual(
      [config.host, config.udpHost, config.publicAddress],
      ['127.0.0.1', '127.0.0.1', '127.0.0.1'],
    );
    assert.equal(config.secretsFile, 'paperclip-data/secrets.json');
    assert.deepEqual(config.gameFolders, ['/built-in']);
    assert.ok(config.hosts >= 1);
    assert.deepEqual(config.metrics, { access: 'open' });
    assert.equal(config.logFormat, 'pretty');
  });

  test('follow what is given', () => {
    const config = decide({ data: '/srv/p.sqlite', host: '::1', udpHost: '127.0.0.2', games: [] });
    assert.equal(config.secretsFile, '/srv/secrets.json');
    assert.equal(config.publicAddress, '127.0.0.2');
    assert.deepEqual(config.gameFolders, []);
    const quiet = decideConfig(checkOptions({}), { ...around, isTerminal: false });
    assert.equal(quiet.logFormat, 'json');
  });
});

describe('the classic wire', () => {
  test('is off, or on the number of the HTTP port, with its key beside the secrets', () => {
    assert.equal(decide().classic, undefined);
    const keyFile = 'paperclip-data/classic-key.pem';
    assert.deepEqual(decide({ classic: true }).classic, { port: 5000, keyFile });
    assert.equal(decide({ classic: true, port: 0 }).classic?.port, 0);
    assert.equal(decide({ classic: true, classicPort: 6000 }).classic?.port, 6000);
    assert.equal(decide({ classicPort: 6000 }).classic, undefined);
    const kept = decide({ classic: true, secretsFile: '/srv/s.json' }).classic;
    assert.equal(kept?.keyFile, '/srv/classic-key.pem');
    assert.equal(decide({ classic: true, data: ':memory:' }).classic?.keyFile, undefined);
  });

  test('does not take a port of a host', () => {
    const [problem = ''] = problemsOf({ classic: true, port: 5002, hosts: 2 });
    assert.match(problem, /--classic-port 5002 is a host's: they have 5001 to 5002\. Give another/);
    assert.deepEqual(problemsOf({ classic: true, port: 5003, hosts: 2 }), []);
    assert.deepEqual(problemsOf({ classic: true, port: 5001, udpPort: 0 }), []);
  });
});

describe('where others can reach the server', () => {
  const address = { publicAddress: 'game.example' };

  test('secrets of one run are refused', () => {
    for (const where of [{ host: '0.0.0.0' }, { udpHost: '192.168.1.5' }, { host: '::' }]) {
      const [problem = ''] = problemsOf({ ...where, ...address, data: ':memory:' });
      assert.match(problem, /secrets last for this run only.*Give --data FILE or --secrets-file/);
    }
    assert.deepEqual(problemsOf({ data: ':memory:' }), []);
    const kept = { host: '0.0.0.0', ...address, data: ':memory:', secretsFile: 's.json' };
    assert.deepEqual(problemsOf(kept), []);
  });

  test('players must be told an address that leads somewhere', () => {
    for (const host of ['0.0.0.0', '::']) {
      const [problem = ''] = problemsOf({ host });
      assert.match(problem, /means every address of this machine.*Give --public-address NAME/);
      assert.deepEqual(problemsOf({ host, ...address }), []);
    }
    assert.equal(decide({ host: '192.168.1.5' }).publicAddress, '192.168.1.5');
    assert.match(problemsOf({ udpHost: '0.0.0.0' })[0] ?? '', /--public-address/);
  });

  test('metrics are off unless there is a token for them', () => {
    const host = { host: '0.0.0.0', ...address };
    assert.deepEqual(decide(host).metrics, { access: 'off' });
    const { metrics } = decide({ ...host, metricsToken: 't' });
    assert.deepEqual(metrics, { access: 'token', token: 't' });
  });
});

describe('values that cannot be', () => {
  test('are refused with what to give instead', () => {
    for (const [given, sentence] of [
      [{ udpPort: 65_535, hosts: 2 }, /needs ports up to 65536/],
      [{ corsOrigin: ['game.example'] }, /is not an origin.*such as https:\/\/game\.example/],
      [{ corsOrigin: ['https://game.example/'] }, /is not an origin/],
      [{ publicAddress: 'two words' }, /must be a name or an IP address/],
      [{ trustProxy: ['10.0.0.0/33'] }, /10\.0\.0\.0\/33 is not an address/],
      [{ trustProxy: ['proxy.example'] }, /is not an address such as/],
      [{ trustProxy: ['::/0/1'] }, /is not an address/],
    ] as const) {
      assert.match(problemsOf(given)[0] ?? '', sentence, JSON.stringify(given));
    }
    assert.deepEqual(problemsOf({ corsOrigin: ['*', 'http://localhost:3000'] }), []);
  });
});

test('trusted proxies are single addresses and networks of both families', () => {
  const { isTrustedProxy } = decide({ trustProxy: ['10.0.0.0/8', '127.0.0.1', 'fd00::/8'] });
  for (const address of ['10.255.0.1', '127.0.0.1', 'fd12::1']) assert.ok(isTrustedProxy(address));
  for (const address of ['11.0.0.1', '127.0.0.2', 'fe80::1', 'nonsense', '']) {
    assert.ok(!isTrustedProxy(address), address);
  }
});

test('loopback is what cannot be reached from elsewhere', () => {
  for (const host of ['127.0.0.1', '127.9.9.9', '::1', 'localhost']) assert.ok(isLoopback(host));
  for (const host of ['0.0.0.0', '::', '10.0.0.1', '127.0.0.1.example', 'game.example']) {
    assert.ok(!isLoopback(host), host);
  }
});
