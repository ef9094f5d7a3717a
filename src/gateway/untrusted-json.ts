// JSON text from a stranger to a value, for the wires that speak JSON. Beyond the syntax it refuses
// what no command takes and what code behind it could trip over: deep nesting, and member names
// that reach for a prototype. It does NOT know any schema; the dispatcher validates.

import { parseJson } from '../base/json.ts';
import { err, ok, type Result } from '../base/result.ts';

/** Arrays and objects inside each other. Recursive code behind a gateway may rely on it. */
export const jsonDepthMax = 32;

/** The error is the rest of a sentence that begins with the field: `is not valid JSON`. */
export function parseUntrustedJson(text: string): Result<unknown, string> {
  if (isDeeperThan(text, jsonDepthMax)) return err(`is nested deeper than ${jsonDepthMax} levels`);
  const parsed = parseJson(text);
  if (!parsed.ok) return err('is not valid JSON');
  // The names could be spelled with \u escapes, so any escape is reason enough to look.
  if (/__proto__|constructor|\\u/.test(text) && reachesPrototype(parsed.value)) {
    return err('has a member named __proto__ or constructor.prototype');
  }
  return ok(parsed.value);
}

/** Counts brackets outside strings; on text that is not JSON the parser has the last word. */
function isDeeperThan(text: string, depthMax: number): boolean {
  let depth = 0;
  let isInString = false;
  for (let at = 0; at < text.length; at++) {
    const character = text[at];
    if (isInString) {
      if (character === '\\') at++;
      else if (character === '"') isInString = false;
    } else if (character === '"') {
      isInString = true;
    } else if (character === '{' || character === '[') {
      if (++depth > depthMax) return true;
    } else if (character === '}' || character === ']') {
      depth--;
    }
  }
  return false;
}

function reachesPrototype(value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return false;
  if (Object.hasOwn(value, '__proto__')) return true;
  if (Object.hasOwn(value, 'constructor')) {
    const { constructor: inner } = value as { readonly constructor: unknown };
    if (typeof inner === 'object' && inner !== null && Object.hasOwn(inner, 'prototype')) {
      return true;
    }
  }
  return Object.values(value).some(reachesPrototype);
}
