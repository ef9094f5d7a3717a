// The gate between a stranger's JSON and a game: a value is copied, bounded, then held against the
// game's schema, and a refusal names the field and says in one sentence what is wrong with it.
// Objects are closed: a member that the schema does not name is refused, so that nobody smuggles
// data into a state or a log. Whether the rules allow the input now is the game's `refuse`.

import type { TSchema } from 'typebox';
import { Compile } from 'typebox/compile';
import type { TLocalizedValidationError } from 'typebox/error';
import type { Json } from '../base/json.ts';
import { err, ok, type Result } from '../base/result.ts';
import { fieldName, type JsonBounds, plainJson } from './plain-json.ts';

export interface InputProblem {
  /** Such as `moves[2].x`; absent when the value as a whole is wrong. */
  readonly field?: string;
  /** One sentence for a person. */
  readonly message: string;
}

export interface CheckedJson {
  readonly value: Json;
  /** Length of its JSON text in UTF-8. */
  readonly bytes: number;
}

export type JsonCheck = (value: unknown) => Result<CheckedJson, InputProblem>;

/**
 * Compiles the schema once; throws a TypeError when it is none. `what` names the value in
 * sentences: `input`, `settings`.
 */
export function jsonCheck(schema: TSchema, what: string, bounds: JsonBounds): JsonCheck {
  const closed = closeObjects(schema);
  const validator = Compile(closed);
  return (value) => {
    const plain = plainJson(value, bounds);
    if (!plain.ok) {
      const { field, message } = plain.error;
      return err(problem(field, `${field === '' ? what : field} ${message}`));
    }
    try {
      if (validator.Check(plain.value.value)) return ok(plain.value);
      return err(describe(validator.Errors(plain.value.value), closed, what));
    } catch {
      // A refinement of the game's own threw on it.
      return err({ message: `${what} cannot be checked` });
    }
  };
}

/** The value with the schema's defaults where it has nothing. Mutates and returns `value`. */
export function fillDefaults(schema: TSchema, value: unknown): unknown {
  return Compile(schema).Default(value);
}

/**
 * The same schema with `additionalProperties: false` on every object that says nothing about it.
 * The parts of an intersection stay open, as each sees the other's members; the whole is closed.
 */
export function closeObjects(schema: TSchema): TSchema {
  return close(schema, false) as TSchema;
}

function close(node: unknown, isPartOfWhole: boolean): unknown {
  if (Array.isArray(node)) return node.map((part) => close(part, isPartOfWhole));
  if (typeof node !== 'object' || node === null) return node;
  // TypeBox keeps its kind and refinements in members that are not enumerable.
  const copy: Record<string, unknown> = Object.defineProperties(
    {},
    Object.getOwnPropertyDescriptors(node),
  );
  for (const key of ['items', 'prefixItems', 'anyOf', 'oneOf', 'additionalProperties']) {
    if (key in copy) copy[key] = close(copy[key], isPartOfWhole && key.endsWith('Of'));
  }
  if ('allOf' in copy) {
    copy['allOf'] = close(copy['allOf'], true);
    if (!isPartOfWhole && !('unevaluatedProperties' in copy)) copy['unevaluatedProperties'] = false;
  }
  for (const key of ['properties', 'patternProperties', '$defs']) {
    const table = copy[key];
    if (typeof table !== 'object' || table === null) continue;
    const closed = Object.entries(table).map(([name, part]) => [name, close(part, false)]);
    copy[key] = Object.fromEntries(closed);
  }
  const isObject = copy['type'] === 'object' && 'properties' in copy;
  if (isObject && !isPartOfWhole && !('additionalProperties' in copy)) {
    copy['additionalProperties'] = false;
  }
  return copy;
}

function describe(
  errors: readonly TLocalizedValidationError[],
  schema: TSchema,
  what: string,
): InputProblem {
  // A closed object says first that `false` allows nothing, and then which member that was.
  const first = errors.find(({ keyword }) => keyword !== 'boolean');
  if (first === undefined) return { message: `${what} does not fit its schema` };
  const path = pointerParts(first.instancePath);
  const at = (...more: string[]): string => fieldName([...path, ...more]);
  const here = at() === '' ? what : at();
  const union = enclosingUnion(first.schemaPath, schema);
  if (union !== undefined) {
    const allowed = union.map((part) => (part as { const?: Json }).const);
    if (allowed.every((value) => value !== undefined)) {
      return problem(at(), `${here} must be one of ${allowed.map(quote).join(', ')}`);
    }
    return problem(at(), `${here} fits none of the ${union.length} forms that it may have`);
  }
  if (first.keyword === 'additionalProperties') {
    const field = at(first.params.additionalProperties[0] ?? '');
    return problem(field, `${field} is not a member that ${here} has`);
  }
  if (first.keyword === 'unevaluatedProperties') {
    const field = at(String(first.params.unevaluatedProperties[0] ?? ''));
    return problem(field, `${field} is not a member that ${here} has`);
  }
  if (first.keyword === 'required') {
    const field = at(first.params.requiredProperties[0] ?? '');
    return problem(field, `${field} is missing`);
  }
  if (first.keyword === 'const') {
    return problem(at(), `${here} must be ${quote(first.params.allowedValue)}`);
  }
  if (first.keyword === 'enum') {
    return problem(
      at(),
      `${here} must be one of ${first.params.allowedValues.map(quote).join(', ')}`,
    );
  }
  return problem(at(), `${here} ${first.message.slice(0, 200)}`);
}

const quote = (value: unknown): string => JSON.stringify(value);

/** A schema with many constants makes a long sentence: cut, as it travels in a message. */
const problem = (field: string, sentence: string): InputProblem => {
  const message = sentence.length > 400 ? `${sentence.slice(0, 397)}...` : sentence;
  return field === '' ? { message } : { field, message };
};

/** `/moves/2/x` (RFC 6901) as its parts; numbers where they look like an index. */
function pointerParts(pointer: string): (string | number)[] {
  return pointer
    .split('/')
    .slice(1)
    .map((part) => {
      const name = part.replaceAll('~1', '/').replaceAll('~0', '~');
      return /^(0|[1-9]\d{0,8})$/.test(name) ? Number(name) : name;
    });
}

/** The outermost `anyOf` on the way to a failed rule: `#/properties/choice/anyOf/0`. */
function enclosingUnion(schemaPath: string, schema: TSchema): readonly unknown[] | undefined {
  let node: unknown = schema;
  for (const part of schemaPath.split('/').slice(1)) {
    if (typeof node !== 'object' || node === null) return undefined;
    node = (node as Readonly<Record<string, unknown>>)[part];
    if (part === 'anyOf' && Array.isArray(node)) return node;
  }
  return undefined;
}
