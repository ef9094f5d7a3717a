// What a file that a stranger sends is called in a folder here. The server has made the name
// harmless, but a server need not be ours; and this knows what file systems refuse.

import { safeFileName } from '../../../domain/file/file-name.ts';

/** File systems hold 255 bytes; ` (9999).part` comes behind it. */
export const localNameBytesMax = 200;
const endingBytesMax = 32;

/** Devices on Windows, with any ending: https://learn.microsoft.com/windows/win32/fileio/naming-a-file */
const reserved = /^(?:con|prn|aux|nul|conin\$|conout\$|com[0-9¹²³]|lpt[0-9¹²³])\s*(?:\.|$)/i;

/** Always a name: `file` where nothing is left of it. */
export function localFileName(given: string): string {
  const safe = safeFileName(given) ?? 'file';
  // A leading hyphen would be an option to whoever types `rm *`.
  const tame = reserved.test(safe) || safe.startsWith('-') ? `_${safe}` : safe;
  const { stem, ending } = parts(tame);
  const room = localNameBytesMax - Buffer.byteLength(ending);
  return `${cutToBytes(stem, room)}${ending}`.replace(/[.\s]+$/, '');
}

/** `name.ext`, `name (2).ext`, `name (3).ext` and so on. */
export function numberedName(name: string, number: number): string {
  if (number <= 1) return name;
  const { stem, ending } = parts(name);
  return `${stem} (${number})${ending}`;
}

function parts(name: string): { readonly stem: string; readonly ending: string } {
  const [, ending = ''] = /^.+?((?:\.tar)?\.[^.\s]+)$/u.exec(name) ?? [];
  if (Buffer.byteLength(ending) > endingBytesMax) return { stem: name, ending: '' };
  return { stem: name.slice(0, name.length - ending.length), ending };
}

function cutToBytes(text: string, bytesMax: number): string {
  let bytes = 0;
  let cut = '';
  for (const character of text) {
    bytes += Buffer.byteLength(character);
    if (bytes > bytesMax) break;
    cut += character;
  }
  return cut;
}
