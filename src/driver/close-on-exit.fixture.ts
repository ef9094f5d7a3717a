// A program with one end of a link, that is ended from outside: `listen`, or `dial PORT KEY`. It
// tells its parent where it listens, or that it is there.

import { fromHex, toHex } from '../base/bytes.ts';
import { closeOnExit } from './close-on-exit.ts';
import { dial } from './dial.ts';
import { listen } from './listen.ts';

export const channels = { moves: 'reliable-ordered' } as const;

if (import.meta.main) {
  const [what, port, key] = process.argv.slice(2);
  if (what === 'listen') {
    const listener = await listen({ port: 0, channels });
    closeOnExit(listener);
    process.send?.(`${listener.address.port} ${toHex(listener.publicKey)}`);
  } else {
    closeOnExit(await dial(`127.0.0.1:${port}`, fromHex(key!)!, { channels }));
    process.send?.('there');
  }
}
