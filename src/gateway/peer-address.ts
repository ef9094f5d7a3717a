// Who is at the other end of a connection, as rate limits count it: behind trusted proxies the
// address that they saw, and of IPv6 the network, since one subscriber has a whole /64 to call
// from.

/** Says whether the address belongs to a proxy whose `X-Forwarded-For` is believed. */
export type IsTrustedProxy = (address: string) => boolean;

export interface PeerHints {
  /** The socket's remote address; absent when the peer is gone already. */
  readonly socketAddress: string | undefined;
  /** The header as it came, all its lines joined by commas. */
  readonly forwardedFor: string | undefined;
}

/** An IPv4 address, an IPv6 /64 such as `2001:db8:0:1::/64`, or `unknown`. */
export function peerAddress(hints: PeerHints, isTrustedProxy: IsTrustedProxy): string {
  let address = plainAddress(hints.socketAddress ?? '');
  const forwarded = hints.forwardedFor?.split(',') ?? [];
  // From the right: each entry was written by the proxy whose address was just believed.
  while (forwarded.length > 0 && isTrustedProxy(address)) {
    const claimed = plainAddress(forwarded.pop()!.trim());
    if (networkOf(claimed) === undefined) break;
    address = claimed;
  }
  return networkOf(address) ?? 'unknown';
}

/** Without a zone or a /64, and IPv4 that came over an IPv6 socket as IPv4. */
function plainAddress(address: string): string {
  const withoutZone = address.replace(/%.*$|\/64$/, '').toLowerCase();
  return withoutZone.startsWith('::ffff:') && withoutZone.includes('.')
    ? withoutZone.slice('::ffff:'.length)
    : withoutZone;
}

/** Undefined when the text is no IP address. */
function networkOf(address: string): string | undefined {
  if (/^(\d{1,3}\.){3}\d{1,3}$/.test(address)) {
    return address.split('.').every((part) => Number(part) <= 255) ? address : undefined;
  }
  const [head = '', tail, ...more] = address.split('::');
  if (!address.includes(':') || more.length > 0) return undefined;
  const first = head === '' ? [] : head.split(':');
  const last = tail === undefined || tail === '' ? [] : tail.split(':');
  const missing = 8 - first.length - last.length;
  if (tail === undefined ? missing !== 0 : missing < 1) return undefined;
  const groups = [...first, ...Array<string>(missing).fill('0'), ...last];
  if (!groups.every((group) => /^[0-9a-f]{1,4}$/.test(group))) return undefined;
  const network = groups.slice(0, 4).map((group) => Number.parseInt(group, 16).toString(16));
  return `${network.join(':')}::/64`;
}
