// The Authorization header, as every wire that begins with HTTP reads it.

import { badRequest } from './failure.ts';

/** RFC 6750 section 2.1. Undefined without a header; throws BAD_REQUEST for another scheme. */
export function bearerToken(header: string | undefined): string | undefined {
  if (header === undefined) return undefined;
  const token = /^Bearer +([A-Za-z0-9\-._~+/]+=*) *$/i.exec(header)?.[1];
  if (token === undefined) throw badRequest('authorization', 'must be `Bearer <access token>`');
  return token;
}
