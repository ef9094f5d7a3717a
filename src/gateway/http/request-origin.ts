// Where an HTTP request comes from, as the dispatcher wants to know it.

import type { FastifyRequest } from 'fastify';
import type { CallOrigin } from '../../domain/platform.ts';
import { badRequest } from '../failure.ts';
import { type IsTrustedProxy, peerAddress } from '../peer-address.ts';

/** Throws BAD_REQUEST when the Authorization header is not a bearer token. */
export function originOf(request: FastifyRequest, isTrustedProxy: IsTrustedProxy): CallOrigin {
  const accessToken = bearerToken(request.headers.authorization);
  return {
    wire: 'http',
    address: peerAddress(
      {
        socketAddress: request.socket.remoteAddress,
        forwardedFor: headerText(request.headers['x-forwarded-for']),
      },
      isTrustedProxy,
    ),
    ...(accessToken !== undefined && { accessToken }),
  };
}

/** RFC 6750 section 2.1. Undefined when there is no header. */
export function bearerToken(header: string | undefined): string | undefined {
  if (header === undefined) return undefined;
  const token = /^Bearer +([A-Za-z0-9\-._~+/]+=*) *$/i.exec(header)?.[1];
  if (token === undefined) throw badRequest('authorization', 'must be `Bearer <access token>`');
  return token;
}

const headerText = (header: string | readonly string[] | undefined): string | undefined =>
  typeof header === 'string' || header === undefined ? header : header.join(',');
