// What a stranger calls a file, made harmless: it will become a name in somebody's folder. Nothing
// is left that leads elsewhere, hides it, or says one thing to a terminal and another to a person.

import { contractLimits as limits } from '../../contract/limits.ts';

/** Control and formatting characters (they can turn a name around), and halves of characters. */
const unseen = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/gu;
/** What Windows does not allow, or takes for something else: `a.txt:stream`. */
const special = /[<>:"|?*]/g;

/** Undefined: nothing is left of it. */
export function safeFileName(given: string): string | undefined {
  const last = given.split(/[/\\]/).findLast((part) => part.trim() !== '') ?? '';
  const clean = last
    .normalize('NFC')
    .replace(unseen, '')
    .replace(special, '_')
    .replace(/^[.\s]+/, '')
    .replace(/[.\s]+$/, '');
  if (clean === '') return undefined;
  return shortened([...clean], limits.fileNameCharactersMax);
}

/** The ending says what it is, so it is the middle that goes. */
function shortened(characters: readonly string[], max: number): string {
  if (characters.length <= max) return characters.join('');
  const dot = characters.lastIndexOf('.');
  const ending = dot > 0 && characters.length - dot <= 16 ? characters.slice(dot) : [];
  return [...characters.slice(0, max - ending.length), ...ending].join('');
}
