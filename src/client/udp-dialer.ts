// Reaches a match's host with Paperclip 1 over UDP. The only file of the client that needs sockets
// and native cryptography; it is loaded when a match is joined without another dialer.

import { fromBase64Url, toBase64Url } from '../base/bytes.ts';
import type { HostTicket } from '../contract/schema.ts';
import {
  DialError,
  type DialOptions,
  dial,
  generateKeyPair,
  type KeyPair,
} from '../driver/index.ts';
import { matchChannels } from '../game/messages.ts';
import type { Link } from '../protocol/link.ts';
import { ClientError } from './client-error.ts';
import type { MatchDialer } from './match-connection.ts';

/** For demonstrations, debugging and tests: trouble on the way out, and looks at the wire. */
export type UdpDialerOptions = Pick<
  DialOptions,
  'impair' | 'datagramTap' | 'network' | 'trace' | 'keyLogFile'
>;

export function udpDialer(options: UdpDialerOptions = {}): MatchDialer {
  return async () => {
    const keyPair = generateKeyPair();
    return {
      clientPublicKey: toBase64Url(keyPair.publicKey),
      dial: (ticket) => dialHost(ticket, { ...options, keyPair }),
    };
  };
}

type Dialling = Omit<DialOptions, 'channels' | 'gate' | 'ticket'> & { readonly keyPair: KeyPair };

async function dialHost({ host, ticket }: HostTicket, options: Dialling): Promise<Link> {
  const at = { host: host.address, port: host.port };
  const address = `${host.address}:${host.port}`;
  const publicKey = fromBase64Url(host.publicKey);
  const gateKey = fromBase64Url(host.gateKey);
  const signed = fromBase64Url(ticket);
  if (publicKey?.length !== 32 || gateKey?.length !== 32 || signed === undefined) {
    const problem = 'the server gave a key or a ticket that cannot be read';
    throw new ClientError('HOST_UNREACHABLE', { address, problem });
  }
  try {
    return await dial(at, publicKey, {
      ...options,
      channels: matchChannels,
      gate: { id: host.gateId, key: gateKey },
      ticket: signed,
    });
  } catch (cause) {
    throw new ClientError('HOST_UNREACHABLE', { address, problem: problemOf(cause) }, cause);
  }
}

function problemOf(cause: unknown): string {
  if (!(cause instanceof DialError)) return cause instanceof Error ? cause.message : String(cause);
  switch (cause.end.kind) {
    case 'handshake-timed-out':
      return 'no answer';
    case 'refused':
      return `refused: ${cause.end.reason}`;
    default:
      return cause.end.kind;
  }
}
