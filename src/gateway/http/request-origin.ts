// Where an HTTP request comes from, as the dispatcher wants to know it.

import type { FastifyRequest } from 'fastify';
import type { CallOrigin } from '../../domain/platform.ts';
import { bearerToken } from '../bearer-token.ts';
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

const headerText = (header: string | readonly string[] | undefined): string | undefined =>
  typeof header === 'string' || header === undefined ? header : header.join(',');
