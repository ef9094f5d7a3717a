// The Authorization header as the classic clients send it (RFC 7617): a name and a password, or a
// token in the place of the name and anything in that of the password.

import { utf8Text } from '../../base/bytes.ts';
import { base64Bytes } from '../../codec/classic/base64.ts';

export type Credentials =
  | { readonly kind: 'password'; readonly name: string; readonly password: string }
  | { readonly kind: 'token'; readonly token: string };

/** A JSON Web Token is longer than any name, and made of three parts. */
const token = /^[\w-]{10,}\.[\w-]{10,}\.[\w-]{10,}$/;

/** Undefined for what is no such header. */
export function basicCredentials(header: string | undefined): Credentials | undefined {
  const encoded = /^Basic +([A-Za-z0-9+/=]+) *$/i.exec(header ?? '')?.[1];
  const bytes = encoded === undefined ? undefined : base64Bytes(encoded);
  if (bytes === undefined) return undefined;
  // Most send UTF-8, the older client Latin-1 where that is enough.
  const text = utf8Text(bytes) ?? Array.from(bytes, (byte) => String.fromCharCode(byte)).join('');
  const colon = text.indexOf(':');
  if (colon < 0) return undefined;
  const name = text.slice(0, colon);
  if (token.test(name)) return { kind: 'token', token: name };
  return { kind: 'password', name, password: text.slice(colon + 1) };
}
