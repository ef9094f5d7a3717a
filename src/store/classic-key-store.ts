// RSA keys of accounts in SQL, as text: bytes have no one type in all databases.

import { fromBase64Url, toBase64Url } from '../base/bytes.ts';
import type { ClassicKeyStore } from '../domain/account/account-store.ts';
import type { Database } from './database.ts';

export function classicKeyStore({ db }: Database): ClassicKeyStore {
  return {
    async add({ playerId, publicKey, privateKey, madeAtMs }) {
      const { numInsertedOrUpdatedRows } = await db
        .insertInto('classic_keys')
        .values({
          player_id: playerId,
          public_key: toBase64Url(publicKey),
          private_key: toBase64Url(privateKey),
          made_at_ms: madeAtMs,
        })
        .onConflict((conflict) => conflict.column('player_id').doNothing())
        .executeTakeFirst();
      return numInsertedOrUpdatedRows === 1n;
    },
    async ofPlayer(playerId) {
      const query = db.selectFrom('classic_keys').selectAll().where('player_id', '=', playerId);
      const row = await query.executeTakeFirst();
      return (
        row && {
          playerId,
          publicKey: bytesOf(row.public_key),
          privateKey: bytesOf(row.private_key),
          madeAtMs: row.made_at_ms,
        }
      );
    },
  };
}

function bytesOf(text: string): Uint8Array {
  const bytes = fromBase64Url(text);
  if (bytes === undefined) throw new Error('a classic key in the store is damaged');
  return bytes;
}
