// Base64 (RFC 4648 section 4) as the classic wire writes it: in lines of 76 characters, each ended,
// and read with or without them.

const lineCharacters = 76;

export function base64Lines(bytes: Uint8Array): string {
  const text = btoa(Array.from(bytes, (byte) => String.fromCharCode(byte)).join(''));
  let lines = '';
  for (let at = 0; at < text.length; at += lineCharacters) {
    lines += `${text.slice(at, at + lineCharacters)}\n`;
  }
  return lines;
}

/** Undefined for what is no base64. */
export function base64Bytes(text: string): Uint8Array | undefined {
  try {
    return Uint8Array.from(atob(text), (character) => character.charCodeAt(0));
  } catch {
    // Boundary: `atob` throws on what it cannot read; line ends are white space to it.
    return undefined;
  }
}
