// The OpenAPI document: complete by the command table, sound by itself, its examples true.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Value } from 'typebox/value';
import { type CommandName, commandTable, commonErrors } from '../../contract/commands.ts';
import { errorTable } from '../../contract/errors.ts';
import { exampleOf } from './examples.ts';
import { openApiDocument } from './openapi.ts';

interface Operation {
  readonly operationId: string;
  readonly summary: string;
  readonly tags: readonly string[];
  readonly security?: readonly object[];
  readonly parameters?: readonly { readonly name: string; readonly in: string }[];
  readonly requestBody?: {
    readonly content: Readonly<Record<string, { readonly schema: object }>>;
  };
  readonly responses: Readonly<
    Record<string, { readonly content?: Readonly<Record<string, { readonly examples?: object }>> }>
  >;
}

// As a reader gets it: plain JSON.
const document = JSON.parse(JSON.stringify(openApiDocument('1.2.3'))) as {
  readonly openapi: string;
  readonly info: { readonly title: string; readonly version: string };
  readonly tags: readonly { readonly name: string }[];
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
  readonly components: { readonly schemas: object; readonly securitySchemes: object };
};
const operations = Object.entries(document.paths).flatMap(([path, methods]) =>
  Object.entries(methods).map(([method, operation]) => ({ path, method, operation })),
);
const operationOf = (id: string) => operations.find((one) => one.operation.operationId === id);
const commands = Object.keys(commandTable) as CommandName[];

test('it says what it is and of which version', () => {
  assert.equal(document.openapi, '3.1.0');
  assert.deepEqual([document.info.title, document.info.version], ['Paperclip', '1.2.3']);
});

test('it lists every command at its method and path, with its summary', () => {
  for (const name of commands) {
    const found = operationOf(name);
    const { http, summary } = commandTable[name];
    assert.equal(found?.path, http.path.replace(/:(\w+)/g, '{$1}'), name);
    assert.equal(found.method, http.method.toLowerCase());
    assert.equal(found.operation.summary, summary);
  }
});

test('operation ids are unique and every tag is described', () => {
  const ids = operations.map(({ operation }) => operation.operationId);
  assert.equal(new Set(ids).size, ids.length);
  const described = document.tags.map(({ name }) => name);
  for (const { operation } of operations) {
    assert.ok(operation.tags.length > 0 && operation.tags.every((tag) => described.includes(tag)));
  }
});

test('every member of the arguments is a path parameter, a query parameter or in the body', () => {
  for (const name of commands) {
    const { path, operation } = operationOf(name)!;
    const inBody = operation.requestBody?.content['application/json']?.schema ?? {};
    const members = [
      ...(operation.parameters ?? []).map((parameter) => parameter.name),
      ...Object.keys('properties' in inBody ? (inBody.properties as object) : {}),
    ];
    const { args } = commandTable[name];
    assert.deepEqual(members.toSorted(), Object.keys(args.properties).toSorted(), name);
    const inPath = operation.parameters?.filter((parameter) => parameter.in === 'path');
    assert.deepEqual(
      inPath?.map((parameter) => `{${parameter.name}}`),
      path.match(/\{\w+\}/g) ?? [],
    );
  }
});

test('every error that a command can give stands at its status with an example', () => {
  for (const name of commands) {
    const { errors, caller } = commandTable[name];
    for (const code of [...errors, ...commonErrors]) {
      if (caller === 'anyone' && code === 'FORBIDDEN') continue;
      const response = operationOf(name)?.operation.responses[errorTable[code].httpStatus];
      const { examples = {} } = response?.content?.['application/json'] ?? {};
      assert.ok(code in examples, `${name} ${code}`);
    }
  }
});

test('commands that need a session say so, and the others do not', () => {
  for (const name of commands) {
    const expected = commandTable[name].caller === 'anyone' ? [] : [{ accessToken: [] }];
    assert.deepEqual(operationOf(name)?.operation.security, expected, name);
  }
  assert.ok('accessToken' in document.components.securitySchemes);
});

test('every reference leads somewhere', () => {
  const references = [...JSON.stringify(document).matchAll(/"\$ref":"([^"]+)"/g)];
  assert.ok(references.length > 20);
  for (const [, reference = ''] of references) {
    const name = reference.replace('#/components/schemas/', '');
    assert.ok(Object.hasOwn(document.components.schemas, name), reference);
  }
});

test('the examples fit their schemas', () => {
  for (const name of commands) {
    const { args, result } = commandTable[name];
    for (const schema of [args, result]) {
      const example = exampleOf(schema);
      const [problem] = Value.Errors(schema, example);
      assert.equal(problem, undefined, `${name}: ${JSON.stringify(problem)}`);
    }
  }
});
