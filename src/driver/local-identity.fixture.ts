// A server on loopback over TLS, and what its client believes, made anew for each test.

import { makeAuthority, makeServerCertificate } from './certificates.ts';

export function localIdentity() {
  const validity = { notBeforeMs: Date.UTC(2025, 0), notAfterMs: Date.UTC(2055, 0) };
  const authority = makeAuthority({ name: 'Paperclip (test)', ...validity });
  const server = makeServerCertificate(authority, ['localhost', '127.0.0.1'], validity);
  return { server, client: { ca: authority.cert, servername: 'localhost' } };
}
