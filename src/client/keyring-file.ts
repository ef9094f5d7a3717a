// The text in which a keyring is stored: JSON with a version and a checksum. It reads strictly: a
// text that is not whole is an error that says what is wrong, and never an empty keyring, since
// new keys made without a word would look to every contact like somebody else's.

import { Type as t } from 'typebox';
import { Compile } from 'typebox/compile';
import { utf8 } from '../base/bytes.ts';
import { canonicalJson, parseJson } from '../base/json.ts';
import type { Crypto } from '../protocol/crypto.ts';
import { keyText } from '../protocol/sealed/key-text.ts';
import { sealedLimits } from '../protocol/sealed/limits.ts';
import type { OwnDevice } from '../protocol/sealed/own-device.ts';
import type { PeerDevice } from '../protocol/sealed/sessions.ts';
import { ClientError } from './client-error.ts';
import { keyringLimits } from './keyring-limits.ts';

const strict = { additionalProperties: false } as const;
const version = 1;

/** 32 bytes as canonical base64url. */
const Key = t.String({ pattern: '^[A-Za-z0-9_-]{42}[AEIMQUYcgkosw048]$' });
const WireNumber = t.Integer({ minimum: 0, maximum: 2 ** 32 - 1 });
const TimeMs = t.Integer({ minimum: 0 });
const ChainForm = t.Object({ key: Key, next: WireNumber }, strict);

const RatchetForm = t.Object(
  {
    rootKey: Key,
    ownSecret: Key,
    remoteKey: t.Union([Key, t.Null()]),
    sending: t.Union([ChainForm, t.Null()]),
    receiving: t.Union([ChainForm, t.Null()]),
    previousLength: WireNumber,
    skipped: t.Array(t.Object({ ratchetKey: Key, number: WireNumber, key: Key }, strict), {
      maxItems: sealedLimits.skippedKeysMax,
    }),
  },
  strict,
);

const SessionForm = t.Object(
  {
    baseKey: Key,
    isOurs: t.Boolean(),
    prekeyId: WireNumber,
    isConfirmed: t.Boolean(),
    ratchet: RatchetForm,
  },
  strict,
);

const PeerForm = t.Object(
  {
    identity: Key,
    exchangeKey: Key,
    sessions: t.Array(SessionForm, { maxItems: sealedLimits.sessionsPerDeviceMax }),
    starts: t.Array(t.Object({ prekeyId: WireNumber, baseKey: Key }, strict), {
      maxItems: sealedLimits.startsPerDeviceMax,
    }),
  },
  strict,
);

const DeviceForm = t.Object(
  {
    deviceId: t.String({ pattern: '^[A-Za-z0-9_-]{22}$' }),
    firstSeenMs: TimeMs,
    trust: t.Union([t.Literal('unverified'), t.Literal('changed'), t.Literal('verified')]),
    peer: PeerForm,
  },
  strict,
);

const PlayerId = t.String({ minLength: 1, maxLength: sealedLimits.playerIdBytesMax });

const ContactForm = t.Object(
  {
    playerId: PlayerId,
    lastUsedMs: TimeMs,
    isChosen: t.Boolean(),
    devices: t.Array(DeviceForm, { maxItems: keyringLimits.devicesPerContactMax }),
  },
  strict,
);

const KeysForm = t.Object(
  {
    playerId: PlayerId,
    device: t.Object(
      {
        identitySeed: Key,
        exchangeSecret: Key,
        prekeys: t.Array(
          t.Object({ id: t.Integer({ minimum: 1, maximum: 2 ** 32 - 1 }), secret: Key }, strict),
          { minItems: 1, maxItems: sealedLimits.signedPrekeysMax },
        ),
      },
      strict,
    ),
    prekeyMadeMs: TimeMs,
    contacts: t.Array(ContactForm, { maxItems: keyringLimits.contactsMax }),
  },
  strict,
);

const FileForm = t.Object({ version: t.Literal(version), checksum: Key, keys: KeysForm }, strict);
const keysCheck = Compile(KeysForm);
const fileCheck = Compile(FileForm);

/** `changed`: it came when the contact was known already, and nobody has looked at it. */
export type DeviceTrust = 'unverified' | 'changed' | 'verified';

export interface ContactDevice {
  readonly deviceId: string;
  readonly firstSeenMs: number;
  readonly trust: DeviceTrust;
  readonly peer: PeerDevice;
}

export interface Contact {
  readonly playerId: string;
  readonly lastUsedMs: number;
  /** We wrote to them, so that a flood of strangers does not push them out. */
  readonly isChosen: boolean;
  readonly devices: readonly ContactDevice[];
}

/** All that a keyring knows. */
export interface KeyringKeys {
  readonly playerId: string;
  readonly device: OwnDevice;
  readonly prekeyMadeMs: number;
  readonly contacts: readonly Contact[];
}

export function keyringText(crypto: Crypto, keys: KeyringKeys): string {
  // What could not be read back must not take the place of what can.
  if (!keysCheck.Check(keys)) throw new TypeError('keys have another form than they should');
  const text = canonicalJson(keys);
  return `{"version":${version},"checksum":"${checksumOf(crypto, text)}","keys":${text}}\n`;
}

/** Throws KEYRING_DAMAGED with what is wrong; no key stands in the message. */
export function readKeyringText(crypto: Crypto, text: string): KeyringKeys {
  const parsed = parseJson(text);
  if (!parsed.ok) throw damaged('it is not JSON');
  const file = parsed.value;
  if (hasOtherVersion(file)) throw damaged('a newer version of Paperclip wrote it');
  if (!fileCheck.Check(file)) throw damaged('a part is missing or has another form');
  if (file.checksum !== checksumOf(crypto, canonicalJson(file.keys))) {
    throw damaged('its checksum is wrong');
  }
  return file.keys;
}

const checksumOf = (crypto: Crypto, text: string): string => keyText(crypto.sha256(utf8(text)));

const hasOtherVersion = (file: unknown): boolean =>
  typeof file === 'object' &&
  file !== null &&
  'version' in file &&
  typeof file.version === 'number' &&
  file.version > version;

const damaged = (problem: string): ClientError => new ClientError('KEYRING_DAMAGED', { problem });
