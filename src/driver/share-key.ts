// Whose share of handshakes an address takes while a host is under load: an IPv4 address is one
// somebody, and of IPv6 a /64, because whoever has one address there has all of them. Loopback has
// no share to keep to: what comes from there is this machine's own (a proxy, bots, a bench).

import { isIPv4, isIPv6 } from 'node:net';

/** `host` is a numeric address as the socket names it; other text is its own key. */
export function shareKeyOf(host: string): string | undefined {
  if (isIPv4(host)) return host.startsWith('127.') ? undefined : host;
  if (!isIPv6(host)) return host;
  const bare = host.replace(/%.*/, '');
  // A socket for both families names IPv4 so.
  const mapped = /^::ffff:(?=\d+\.)/i;
  if (mapped.test(bare)) return shareKeyOf(bare.replace(mapped, ''));
  const groups = groupsOf(bare);
  if (groups.join(':') === '0:0:0:0:0:0:0:1') return undefined;
  // Neighbours on one line share fe80::/64 and little else.
  const isLinkLocal = (Number.parseInt(groups[0]!, 16) & 0xffc0) === 0xfe80;
  return isLinkLocal ? host : groups.slice(0, 4).join(':');
}

/** Eight, in hex without leading zeros. An IPv4 tail counts for two. */
function groupsOf(address: string): readonly string[] {
  const [front = [], back] = address
    .split('::')
    .map((part) => part.split(':').filter((group) => group !== ''));
  const width = (groups: readonly string[]) =>
    groups.length + (groups.at(-1)?.includes('.') ? 1 : 0);
  const zeros = back === undefined ? 0 : 8 - width(front) - width(back);
  const groups = [...front, ...Array<string>(zeros).fill('0'), ...(back ?? [])];
  return groups.map((group) => group.toLowerCase().replace(/^0+(?=.)/, ''));
}
