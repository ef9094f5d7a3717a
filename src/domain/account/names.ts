// Player names: which form is shown, which form makes a name unique, and which are not given away.
//
// Shown is Unicode NFKC with single spaces. Unique is that form folded for case, so that "Straße"
// and "STRASSE", "Ｍario" and "mario" are one name. It does NOT catch look-alikes of different
// scripts (Latin a, Cyrillic а): no table of those is small and right.

import { Compile } from 'typebox/compile';
import { PlayerName } from '../../contract/schema.ts';

/** The form that is shown; undefined when the name does not fit the schema in that form. */
export type NormalName = (name: string) => string | undefined;

export function normalNames(): NormalName {
  const schema = Compile(PlayerName);
  return (name) => {
    const normal = name.normalize('NFKC').replace(/ +/g, ' ');
    // Letters and marks that show nothing (fillers, variation selectors) would make two names that
    // look the same, or one that cannot be seen.
    if (/\p{Default_Ignorable_Code_Point}/u.test(normal)) return undefined;
    // Scripts stack two marks on a letter; towers of them are for breaking other people's screens.
    return schema.Check(normal) && !/\p{M}{3}/u.test(normal) ? normal : undefined;
  };
}

/**
 * The form that makes a name unique. Upper case first: it takes apart what has no single lower-case
 * partner (ß, ŉ, dotless ı), which is what full case folding does.
 */
export const nameKey = (name: string): string =>
  name.normalize('NFKC').replace(/ +/g, ' ').toUpperCase().toLowerCase().normalize('NFKC');

const reserved: ReadonlySet<string> = new Set([
  'admin',
  'administrator',
  'host',
  'mod',
  'moderator',
  'operator',
  'paperclip',
  'platform',
  'root',
  'server',
  'staff',
  'support',
  'system',
]);

/** Names that could pass for the server's own, a guest's or a bot's. */
export function isReserved(key: string): boolean {
  return reserved.has(key.replace(/[ _.-]/g, '')) || /^(guest|bot)(\P{L}|$)/u.test(key);
}
