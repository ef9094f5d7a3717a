// The repository's own rules over the whole tree. The rules are in `tidy/`, where each one's tests
// show that it fails on a planted violation; CONTRIBUTING.md says what to do about a finding.

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { docPages, staleTables } from '../scripts/docs.ts';
import { docTables } from '../scripts/docs-tables.ts';
import { banFindings } from './tidy/bans.ts';
import { deadExportFindings } from './tidy/dead-exports.ts';
import { importFindings } from './tidy/imports.ts';
import { lockFindings } from './tidy/lockfile.ts';
import { layerTableFindings, linkFindings, machineFindings, scriptFindings } from './tidy/pages.ts';
import { reachFindings } from './tidy/reach.ts';
import { shapeFindings } from './tidy/shape.ts';
import { type Finding, parseSources, print } from './tidy/source.ts';
import {
  allTexts,
  entries,
  exists,
  own,
  packageJson,
  pages,
  readText,
  sourceTexts,
} from './tidy/tree.ts';

const none = (findings: readonly Finding[]): void => {
  assert.equal(findings.length, 0, `\n${findings.map(print).join('\n')}\n`);
};

describe('tidy', () => {
  const sources = parseSources(sourceTexts());

  test('imports keep to the layer table', () => {
    none(sources.flatMap((source) => importFindings(source, { own })));
  });

  test('nothing says what is banned', () => {
    none(sources.flatMap(banFindings));
  });

  test('files have a header, a fitting name and a bounded length', () => {
    none(sources.flatMap(shapeFindings));
  });

  test('every file is reached', () => {
    none(reachFindings(sources, { own, entries: entries() }));
  });

  test('every export is used', () => {
    none(deadExportFindings(sources, own));
  });

  test('links lead somewhere and named scripts exist', () => {
    const textOf = (path: string) =>
      path.endsWith('.md') && exists(path) ? readText(path) : undefined;
    none(pages().flatMap((page) => linkFindings(page, exists, textOf)));
    none(pages().flatMap((page) => scriptFindings(page, packageJson.scripts)));
  });

  test('tables in the docs are those of the code', () => {
    assert.deepEqual(staleTables(docPages(), docTables()), []);
  });

  test('the lock files are whole', () => {
    for (const path of ['package-lock.json', 'bench/colyseus/package-lock.json']) {
      none(lockFindings({ path, text: readText(path) }));
    }
  });

  test('no file names a machine', () => {
    none(allTexts().flatMap(machineFindings));
  });

  test('ARCHITECTURE.md shows the layer table', { skip: !exists('ARCHITECTURE.md') }, () => {
    none(layerTableFindings({ path: 'ARCHITECTURE.md', text: readText('ARCHITECTURE.md') }));
  });
});
