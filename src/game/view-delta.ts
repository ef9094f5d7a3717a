// The change from one JSON value to another, as JSON: a format of our own, because RFC 7396 cannot
// say null and RFC 6902 spells out each path. A delta is one of
//
//   [value]                            take this value instead
//   { "o": {key: delta}, "x": [keys] }  an object: members changed or added, members removed
//   { "a": [[index, delta], ...] }      a list of the same length: elements changed, ascending
//   { "s": [start, remove, ...values] } a list: cut `remove` elements out at start, put values in
//
// `{}` is no change; `diff` says undefined for it. `apply` takes a stranger's delta: it answers
// with a reason instead of throwing, works in proportion to base and delta, and sets every member
// as an own property, so that a member called __proto__ is data and nothing else.

import type { Json } from '../base/json.ts';
import { err, ok, type Result } from '../base/result.ts';
import { gameLimits } from './limits.ts';

export type Delta = Json;

type JsonObject = { readonly [key: string]: Json };

/** Undefined when both are equal. The values must be plain JSON of bounded depth. */
export function diff(base: Json, next: Json): Delta | undefined {
  if (base === next) return undefined;
  if (isList(base) && isList(next)) return diffLists(base, next);
  if (isObject(base) && isObject(next)) return diffObjects(base, next);
  return [next];
}

/** The value that `diff` saw as `next`, sharing with `base` what did not change. */
export function apply(base: Json, delta: unknown): Result<Json, string> {
  try {
    return ok(applied(base, delta, 0));
  } catch (cause) {
    if (cause instanceof BadDelta) return err(cause.message);
    throw cause;
  }
}

export function jsonEqual(a: Json, b: Json): boolean {
  return diff(a, b) === undefined;
}

function diffObjects(base: JsonObject, next: JsonObject): Delta | undefined {
  const changed: [string, Delta][] = [];
  for (const key of Object.keys(next)) {
    const delta = Object.hasOwn(base, key) ? diff(base[key]!, next[key]!) : [next[key]!];
    if (delta !== undefined) changed.push([key, delta]);
  }
  const removed = Object.keys(base).filter((key) => !Object.hasOwn(next, key));
  if (changed.length === 0 && removed.length === 0) return undefined;
  return {
    ...(changed.length > 0 && { o: Object.fromEntries(changed) }),
    ...(removed.length > 0 && { x: removed }),
  };
}

function diffLists(base: readonly Json[], next: readonly Json[]): Delta | undefined {
  if (base.length === next.length) {
    const changed: [number, Delta][] = [];
    for (let i = 0; i < next.length; i++) {
      const delta = diff(base[i]!, next[i]!);
      if (delta !== undefined) changed.push([i, delta]);
    }
    return changed.length === 0 ? undefined : { a: changed };
  }
  // Lists grow and shrink at an end or in one place: what both have there stays.
  const shorter = Math.min(base.length, next.length);
  let start = 0;
  while (start < shorter && jsonEqual(base[start]!, next[start]!)) start++;
  let end = 0;
  while (end < shorter - start && jsonEqual(base.at(-1 - end)!, next.at(-1 - end)!)) end++;
  const removed = base.length - end - start;
  return { s: [start, removed, ...next.slice(start, next.length - end)] };
}

class BadDelta extends Error {
  override readonly name = 'BadDelta';
}

function applied(base: Json | undefined, delta: unknown, depth: number): Json {
  if (depth > gameLimits.viewDepthMax) throw new BadDelta('delta: nested too deep');
  if (Array.isArray(delta)) {
    if (delta.length !== 1) throw new BadDelta('delta: a new value is a list of one');
    return delta[0] as Json;
  }
  if (!isObject(delta)) throw new BadDelta('delta: neither a list nor an object');
  if (base === undefined) throw new BadDelta('delta: changes a member that is not there');
  if (Object.keys(delta).length === 0) return base;
  if (Object.hasOwn(delta, 's')) return splice(base, delta['s']);
  if (Object.hasOwn(delta, 'a')) return changeElements(base, delta['a'], depth);
  return changeMembers(base, delta, depth);
}

function changeMembers(base: Json, delta: JsonObject, depth: number): Json {
  if (!isObject(base)) throw new BadDelta('delta: members of what is no object');
  const changed: unknown = Object.hasOwn(delta, 'o') ? delta['o'] : {};
  const removed: unknown = Object.hasOwn(delta, 'x') ? delta['x'] : [];
  if (!isObject(changed) || !isList(removed)) throw new BadDelta('delta: o or x of a wrong type');
  const members = new Map(Object.entries(base));
  for (const key of removed) {
    if (typeof key !== 'string' || !members.delete(key)) {
      throw new BadDelta('delta: removes a member that is not there');
    }
  }
  for (const key of Object.keys(changed)) {
    members.set(key, applied(members.get(key), changed[key], depth + 1));
  }
  return Object.fromEntries(members);
}

function changeElements(base: Json, changes: unknown, depth: number): Json {
  if (!isList(base) || !isList(changes)) throw new BadDelta('delta: elements of what is no list');
  const next = [...base];
  let last = -1;
  for (const change of changes) {
    if (!isList(change) || change.length !== 2) throw new BadDelta('delta: an element has a pair');
    const [index, delta] = change;
    if (!isIndex(index, next.length - 1) || index <= last) {
      throw new BadDelta('delta: an index outside the list, or out of order');
    }
    next[index] = applied(next[index], delta, depth + 1);
    last = index;
  }
  return next;
}

function splice(base: Json, change: unknown): Json {
  if (!isList(base) || !isList(change)) throw new BadDelta('delta: cuts what is no list');
  const [start, removed] = change;
  if (!isIndex(start, base.length) || !isIndex(removed, base.length - start)) {
    throw new BadDelta('delta: cuts outside the list');
  }
  return [...base.slice(0, start), ...change.slice(2), ...base.slice(start + removed)];
}

const isList = (value: unknown): value is readonly Json[] => Array.isArray(value);

const isObject = (value: unknown): value is JsonObject =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const isIndex = (value: unknown, most: number): value is number =>
  typeof value === 'number' && Number.isInteger(value) && value >= 0 && value <= most;
