// Which addresses are proxies of ours, from a list of addresses and networks.

import { BlockList, isIP } from 'node:net';
import { ConfigError } from './config-error.ts';

export type TrustedProxies = (address: string) => boolean;

/** Throws a `ConfigError` for what is neither an address nor `address/bits`. */
export function trustedProxies(entries: readonly string[]): TrustedProxies {
  const list = new BlockList();
  for (const entry of entries) {
    const [address = '', bits, ...more] = entry.split('/');
    const family = isIP(address) === 6 ? 'ipv6' : 'ipv4';
    const bitsMax = family === 'ipv6' ? 128 : 32;
    const isWhole = bits === undefined || (/^\d{1,3}$/.test(bits) && Number(bits) <= bitsMax);
    if (isIP(address) === 0 || !isWhole || more.length > 0) {
      throw new ConfigError(
        `--trust-proxy ${entry} is not an address such as 10.0.0.1 or a network such as 10.0.0.0/8.`,
      );
    }
    list.addSubnet(address, bits === undefined ? bitsMax : Number(bits), family);
  }
  return (address) => {
    const family = isIP(address);
    return family !== 0 && list.check(address, family === 6 ? 'ipv6' : 'ipv4');
  };
}
