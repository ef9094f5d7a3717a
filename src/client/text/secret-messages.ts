// Section 11 as clients play it: who wants to send asks for the receiver's public key, seals the
// text with it, and sends; who is asked gives the key. Keys last as long as this object: they are
// made for one connection, and a contact's that changes meanwhile is warned of.
//
// The server passes on what it cannot read, but a server that lies could give its own key: only
// people who compare fingerprints know better.

import {
  type RsaKeys,
  type RsaSealRefusal,
  rsaFingerprint,
  rsaOpen,
  rsaSeal,
} from '../../driver/rsa-oaep.ts';
import { type TextMessage, textOf } from './text-client.ts';
import { textClientLimits as limits } from './text-limits.ts';

export type SecretEvent =
  /** Its text is on its way. `isNew`: the first time that this contact's key was seen. */
  | {
      readonly kind: 'sent';
      readonly to: string;
      readonly fingerprint: string;
      readonly isNew: boolean;
    }
  /** The contact has another key than before: nothing was sent. Sending again accepts it. */
  | { readonly kind: 'key-changed'; readonly name: string; readonly fingerprint: string }
  | { readonly kind: 'asked'; readonly by: string }
  | { readonly kind: 'received'; readonly from: string; readonly text: string }
  | { readonly kind: 'unreadable'; readonly from: string }
  | { readonly kind: 'not-sent'; readonly to: string; readonly why: RsaSealRefusal | 'refused' };

export interface SecretMessagesOptions {
  readonly keys: RsaKeys;
  /** As the server has it. */
  readonly ownName: () => string;
  readonly send: (header: string, body: object) => void;
  readonly onEvent: (event: SecretEvent) => void;
}

interface Waiting {
  readonly to: string;
  readonly text: string;
}

const keyOf = (name: string): string => name.toLowerCase();

export class SecretMessages {
  readonly #o: SecretMessagesOptions;
  readonly #waiting: Waiting[] = [];
  /** Public keys by name, the longest known first. */
  readonly #contacts = new Map<string, string>();

  constructor(options: SecretMessagesOptions) {
    this.#o = options;
  }

  /** Texts whose receiver's key has not come. */
  get waiting(): number {
    return this.#waiting.length;
  }

  /** False: too many wait already. */
  send(to: string, text: string): boolean {
    if (this.#waiting.length >= limits.secretsWaitingMax) return false;
    this.#waiting.push({ to, text });
    this.#o.send('SECURE_MESSAGE_REQ', { receiver: to });
    return true;
  }

  /** Whether the message was of this section. */
  handle({ header, body }: TextMessage): boolean {
    if (header === 'SECURE_MESSAGE_REQ') this.#giveKey(textOf(body, 'sender'));
    else if (header === 'SECURE_MESSAGE') this.#open(body);
    else if (header !== 'SECURE_MESSAGE_RES') return false;
    else if (textOf(body, 'status') === 'ERROR') this.#refused(textOf(body, 'receiver'));
    else this.#seal(textOf(body, 'receiver'), textOf(body, 'publicKey'));
    return true;
  }

  #giveKey(by: string): void {
    this.#o.send('SECURE_MESSAGE_RES', { sender: by, publicKey: this.#o.keys.publicKey });
    this.#o.onEvent({ kind: 'asked', by });
  }

  #seal(name: string, publicKey: string): void {
    const at = this.#waiting.findIndex(({ to }) => keyOf(to) === keyOf(name));
    // A key that nobody asked for.
    if (at < 0) return;
    const fingerprint = rsaFingerprint(publicKey);
    const known = this.#contacts.get(keyOf(name));
    const isChanged = known !== undefined && known !== publicKey;
    if (fingerprint !== undefined && isChanged) {
      this.#remember(name, publicKey);
      // Whatever else waits for this contact was written with the old key in mind.
      for (let i = this.#waiting.length - 1; i >= 0; i--) {
        if (keyOf(this.#waiting[i]!.to) === keyOf(name)) this.#waiting.splice(i, 1);
      }
      this.#o.onEvent({ kind: 'key-changed', name, fingerprint });
      return;
    }
    const [{ text }] = this.#waiting.splice(at, 1) as [Waiting];
    const sealed = rsaSeal(publicKey, { sender: this.#o.ownName(), receiver: name }, text);
    if (!sealed.ok || fingerprint === undefined) {
      const why = sealed.ok ? 'public-key' : sealed.error;
      this.#o.onEvent({ kind: 'not-sent', to: name, why });
      return;
    }
    this.#remember(name, publicKey);
    this.#o.send('SECURE_MESSAGE', { receiver: name, ...sealed.value });
    this.#o.onEvent({ kind: 'sent', to: name, fingerprint, isNew: known === undefined });
  }

  #open(body: TextMessage['body']): void {
    const from = textOf(body, 'sender');
    const sealed = { sessionKey: textOf(body, 'sessionKey'), message: textOf(body, 'message') };
    const parties = { sender: from, receiver: this.#o.ownName() };
    const opened = rsaOpen(this.#o.keys.privateKey, parties, sealed);
    if (opened.ok) this.#o.onEvent({ kind: 'received', from, text: opened.value });
    else this.#o.onEvent({ kind: 'unreadable', from });
  }

  /** Of a key asked for, or of a message; what was refused to give a key is of no concern. */
  #refused(to: string): void {
    if (to === '') return;
    const at = this.#waiting.findIndex((one) => keyOf(one.to) === keyOf(to));
    if (at >= 0) this.#waiting.splice(at, 1);
    this.#o.onEvent({ kind: 'not-sent', to, why: 'refused' });
  }

  #remember(name: string, publicKey: string): void {
    this.#contacts.set(keyOf(name), publicKey);
    const [oldest] = this.#contacts.keys();
    if (this.#contacts.size > limits.contactsMax && oldest !== undefined) {
      this.#contacts.delete(oldest);
    }
  }
}
