// Turns a value that someone else made (a player's input, a game's view) into plain JSON that is
// ours: a copy without prototypes, getters, cycles, NaN or `__proto__`, of bounded depth and size.
// It is NOT a schema check: that is check-input.ts.

import type { Json } from '../base/json.ts';
import { err, ok, type Result } from '../base/result.ts';

export interface JsonBounds {
  readonly bytesMax: number;
  /** Arrays and objects inside each other. */
  readonly depthMax: number;
}

export interface JsonProblem {
  /** Where, such as `moves[2].x`; empty for the value itself. */
  readonly field: string;
  /** What is wrong there, to stand behind the field's name: `is a Map, which JSON has not`. */
  readonly message: string;
}

export interface PlainJson {
  readonly value: Json;
  /** Length of its JSON text in UTF-8. */
  readonly bytes: number;
}

export function plainJson(value: unknown, bounds: JsonBounds): Result<PlainJson, JsonProblem> {
  const copy = new Copy(bounds);
  try {
    return ok({ value: copy.value(value, 0), bytes: copy.bytes });
  } catch (cause) {
    if (cause instanceof NotPlain) return err({ field: copy.field, message: cause.message });
    // A getter or a proxy of a foreign object threw.
    return err({ field: copy.field, message: 'cannot be read' });
  }
}

/** UTF-8 length of the value's JSON text; the value must be plain JSON already. */
export function jsonBytes(value: Json): number {
  if (value === null || value === true) return 4;
  if (value === false) return 5;
  if (typeof value === 'number') return String(value).length;
  if (typeof value === 'string') return jsonTextBytes(value);
  let bytes = 2;
  if (Array.isArray(value)) {
    for (const element of value as readonly Json[]) bytes += jsonBytes(element) + 1;
    return Math.max(2, bytes - 1);
  }
  const members = value as { readonly [key: string]: Json };
  for (const key of Object.keys(members)) {
    bytes += jsonTextBytes(key) + jsonBytes(members[key]!) + 2;
  }
  return Math.max(2, bytes - 1);
}

class NotPlain extends Error {
  override readonly name = 'NotPlain';
}

class Copy {
  readonly #bounds: JsonBounds;
  readonly #path: (string | number)[] = [];
  bytes = 0;

  constructor(bounds: JsonBounds) {
    this.#bounds = bounds;
  }

  /** Where the walk stands: after a failure, the place of the fault. */
  get field(): string {
    return fieldName(this.#path);
  }

  value(value: unknown, depth: number): Json {
    switch (typeof value) {
      case 'boolean':
        this.#count(value ? 4 : 5);
        return value;
      case 'string':
        this.#count(jsonTextBytes(value));
        return value;
      case 'number': {
        if (!Number.isFinite(value)) throw new NotPlain(`is ${value}, which JSON has not`);
        // JSON text has no -0, and a replay reads JSON text.
        const number = value === 0 ? 0 : value;
        this.#count(String(number).length);
        return number;
      }
      case 'object':
        if (value === null) {
          this.#count(4);
          return null;
        }
        if (depth >= this.#bounds.depthMax) {
          throw new NotPlain(`is nested deeper than ${this.#bounds.depthMax}`);
        }
        return Array.isArray(value) ? this.#array(value, depth) : this.#object(value, depth);
      default:
        throw new NotPlain(`is ${nameOf(value)}, which JSON has not`);
    }
  }

  #array(value: readonly unknown[], depth: number): Json {
    const copy: Json[] = [];
    this.#count(2 + Math.max(0, value.length - 1));
    for (let i = 0; i < value.length; i++) {
      this.#path.push(i);
      copy.push(this.value(value[i], depth + 1));
      this.#path.pop();
    }
    return copy;
  }

  #object(value: object, depth: number): Json {
    const prototype: unknown = Object.getPrototypeOf(value);
    // Another realm's Object.prototype (a frame) is plain as well: nothing stands above it.
    if (prototype !== null && Object.getPrototypeOf(prototype) !== null) {
      throw new NotPlain(`is ${nameOf(value)}, which JSON has not`);
    }
    const copy: Record<string, Json> = {};
    let members = 0;
    this.#count(2);
    for (const key of Object.keys(value)) {
      this.#path.push(key);
      const member = (value as Readonly<Record<string, unknown>>)[key];
      if (member === undefined) {
        this.#path.pop();
        continue;
      }
      if (key === '__proto__') throw new NotPlain('is not allowed as a name');
      this.#count(jsonTextBytes(key) + (members++ === 0 ? 1 : 2));
      copy[key] = this.value(member, depth + 1);
      this.#path.pop();
    }
    return copy;
  }

  #count(bytes: number): void {
    this.bytes += bytes;
    if (this.bytes > this.#bounds.bytesMax) {
      // The size is a fault of the whole, not of the place where the count ran over.
      this.#path.length = 0;
      throw new NotPlain(`is larger than ${this.#bounds.bytesMax} bytes of JSON`);
    }
  }
}

/** `['moves', 2, 'x']` as `moves[2].x`; each name cut, so that a stranger's stays short. */
export function fieldName(path: readonly (string | number)[]): string {
  let text = '';
  for (const part of path) {
    if (typeof part === 'number') text += `[${part}]`;
    else {
      const name = part.length > 40 ? `${part.slice(0, 40)}...` : part;
      const plain = /^[\p{L}\p{N}_$-]+(\.\.\.)?$/u.test(name) ? name : JSON.stringify(name);
      text += text === '' ? plain : `.${plain}`;
    }
    if (text.length > 160) return `${text.slice(0, 160)}...`;
  }
  return text;
}

function nameOf(value: unknown): string {
  if (typeof value === 'object' && value !== null) {
    const maker: unknown = value.constructor;
    return typeof maker === 'function' && maker.name !== '' ? `a ${maker.name}` : 'an object';
  }
  return value === undefined ? 'undefined' : `a ${typeof value}`;
}

/** UTF-8 length of the string as JSON text, quotes and escapes counted. */
function jsonTextBytes(text: string): number {
  let bytes = text.length + 2;
  for (let i = 0; i < text.length; i++) {
    const unit = text.charCodeAt(i);
    if (unit < 0x20) bytes += isShortEscape(unit) ? 1 : 5;
    else if (unit === 0x22 || unit === 0x5c) bytes += 1;
    else if (unit < 0x80) continue;
    else if (unit < 0x800) bytes += 1;
    else if (unit < 0xd800 || unit > 0xdfff) bytes += 2;
    else if (unit < 0xdc00 && isLowSurrogate(text.charCodeAt(i + 1))) {
      bytes += 2;
      i++;
    } else bytes += 5;
  }
  return bytes;
}

/** \b \t \n \f \r have two characters; other control characters six. */
const isShortEscape = (unit: number): boolean => unit >= 8 && unit <= 13 && unit !== 11;
const isLowSurrogate = (unit: number): boolean => unit >= 0xdc00 && unit <= 0xdfff;
