// Shows that the rules about pages and machine names fail on planted violations.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { layers, permissionText } from './layers.ts';
import {
  headingAnchors,
  layerTableFindings,
  linkFindings,
  machineFindings,
  scriptFindings,
} from './pages.ts';
import { print } from './source.ts';

const files: Readonly<Record<string, string>> = {
  'docs/guide.md': '# The `first` match\n',
  'src/game': '',
};

const links = (text: string): readonly string[] =>
  linkFindings(
    { path: 'docs/page.md', text },
    (path) => path in files,
    (path) => files[path],
  ).map(print);

test('a link to a missing file or heading is named with its line', () => {
  assert.deepEqual(links('One.\n[a](missing.md) [b](guide.md#second)'), [
    'docs/page.md:2 link to missing.md: no such file',
    'docs/page.md:2 link to guide.md#second: no such heading',
  ]);
  assert.equal(links('<img alt="" src="missing.svg">').length, 1);
});

test('links that lead somewhere, outside links and code are silent', () => {
  assert.deepEqual(
    links('[a](guide.md#the-first-match) [b](../src/game) [c](https://x.org/y)'),
    [],
  );
  assert.deepEqual(links('```md\n[a](missing.md)\n```\n`[a](missing.md)`'), []);
});

test('heading anchors are made as GitHub makes them', () => {
  const anchors = headingAnchors('# A & B: c\n## Same\n## Same\n<a id="by-hand"></a>');
  assert.deepEqual([...anchors], ['a--b-c', 'same', 'same-1', 'by-hand']);
});

test('a script that package.json lacks is named', () => {
  const text = 'Run `npm ci && npm start`, then `npm run --silent bench` or npm run gone.';
  const found = scriptFindings({ path: 'README.md', text }, { start: '', bench: '' });
  assert.deepEqual(found.map(print), [
    'README.md:1 names `npm run gone`, which package.json does not have',
  ]);
});

const table = (rows: readonly (readonly [string, string])[]): string =>
  ['| folder | may import, besides itself | why |', '|---|---|---|']
    .concat(rows.map(([folder, may]) => `| \`${folder}\` | ${may} | x |`))
    .join('\n');
const rows = layers.map((layer) => [layer.folder, permissionText(layer)] as const);
const tableComplaints = (text: string) =>
  layerTableFindings({ path: 'ARCHITECTURE.md', text }).map((one) => one.message);

test('the layer table equals the data, in any order of names', () => {
  assert.deepEqual(tableComplaints(table(rows)), []);
  const turned = rows.map(
    ([folder, may]) => [folder, may.split(', ').reverse().join(', ')] as const,
  );
  assert.deepEqual(tableComplaints(table(turned)), []);
});

test('a layer table with a changed, missing or extra row is refused', () => {
  const changed = rows.map(([folder, may]) => [folder, folder === 'base' ? 'codec' : may] as const);
  assert.deepEqual(tableComplaints(table(changed)), ['base: layers.ts says "nothing"']);
  assert.match(tableComplaints(table(rows.slice(1))).join(), /lacks base/);
  assert.match(tableComplaints(table([...rows, ['misc', 'base']])).join(), /misc is not in/);
  assert.match(tableComplaints('# No table').join(), /has no table/);
});

test('a machine path or registry host is refused in any file', () => {
  const path = `/wo${''}rk/main/x`;
  const host = `https://registry.npm${''}js.org/x`;
  for (const text of [path, host]) {
    assert.equal(machineFindings({ path: 'docs/a.md', text: `One.\n${text}` })[0]?.line, 2);
  }
  assert.deepEqual(machineFindings({ path: 'docs/a.md', text: 'framework/path and npmjs' }), []);
});
