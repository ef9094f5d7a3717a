// What a server is on the classic wire (Paperclip 0): its RSA key, kept beside its other secrets, a
// certificate that is made anew before its day ends, and the ports that the platform needs for
// accounts there.

import { createPrivateKey, createPublicKey, type KeyObject } from 'node:crypto';
import { contractLimits as limits } from '../../contract/limits.ts';
import type { ClassicPorts } from '../../domain/account/classic-keys.ts';
import type { Clock } from '../../domain/ports.ts';
import {
  makeClassicCertificate,
  readClassicCertificate,
} from '../../driver/classic-certificates.ts';
import { createClassicKeyMaker, makeClassicServerKey } from '../../driver/classic-keys.ts';
import { ConfigError } from './config-error.ts';
import { openSecretKey } from './secrets.ts';

export interface ClassicIdentity {
  readonly ports: ClassicPorts;
  /** DER; good for half a day at least. */
  readonly certificate: () => Uint8Array;
}

const dayMs = 24 * 3600 * 1000;
const renewAfterMs = dayMs / 2;

/** Rejects with a `ConfigError` when the key's file cannot be used or made. */
export async function openClassicIdentity(
  keyFile: string | undefined,
  clock: Clock,
): Promise<ClassicIdentity> {
  const key = keyOf(await openSecretKey(keyFile, makeKey), keyFile);
  const publicKey = createPublicKey(key).export({ type: 'spki', format: 'der' });
  let made: { readonly atMs: number; readonly certificate: Uint8Array } | undefined;
  return {
    ports: {
      keyMaker: createClassicKeyMaker({
        atOnce: limits.classicKeysAtOnce,
        queuedMax: limits.classicKeysQueuedMax,
        rounds: limits.classicKeyRounds,
      }),
      readCertificate: readClassicCertificate,
      serverPublicKey: new Uint8Array(publicKey),
    },
    certificate: () => {
      const atMs = clock.now();
      // A clock that was set back has made it a thing of the future.
      if (made === undefined || atMs < made.atMs || atMs >= made.atMs + renewAfterMs) {
        const validity = { notBeforeMs: atMs, notAfterMs: atMs + dayMs };
        made = { atMs, certificate: makeClassicCertificate({ key, ...validity }) };
      }
      return made.certificate;
    },
  };
}

const makeKey = async (): Promise<string> => {
  const key = await makeClassicServerKey();
  return key.export({ type: 'pkcs8', format: 'pem' }).toString();
};

function keyOf(pem: string, keyFile: string | undefined): KeyObject {
  try {
    const key = createPrivateKey(pem);
    if (key.asymmetricKeyDetails?.modulusLength === 2048) return key;
  } catch {
    // Said below, the same as for a key of another kind.
  }
  throw new ConfigError(
    `${keyFile} does not hold an RSA key with 2048 bits. ` +
      'Restore it, or move it away to have a new one made.',
  );
}
