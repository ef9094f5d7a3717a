// Byte credit for reliable messages, per channel and for the whole connection (paper: flow
// control). Unreliable messages are handed over at once or dropped, and need none.
//
// - A message is charged whole, before its first byte is sent, for its length and a fixed part. So
//   what was begun can always be finished, and half-sent messages cannot block each other.
// - Credits are totals since the start, never differences: a lost, late or repeated WINDOW is
//   harmless, and the newest total is sent again when the packet that carried it was lost.
// - The window is the peer's parameter and one largest message on top, and a new total is told when
//   half the parameter is free. So an idle channel always has credit for one largest message, and
//   no WINDOW that was held back as too small can stop it.

import { protocolLimits } from './limits.ts';

export const messageCharge = (lengthBytes: number): number =>
  lengthBytes + protocolLimits.messageChargeBytes;

/** The same on both ends: from the receiver's parameter and the shared plan. */
export const creditWindow = (parameterBytes: number, messageBytesMax: number): number =>
  parameterBytes + messageCharge(messageBytesMax);

/** What may wait to be sent beside one largest message, which counts until it is delivered. */
export function sendQueueMark(congestionWindowBytes: number, creditBytes: number): number {
  const { sendQueueMarkBytes, sendQueueWindows } = protocolLimits;
  // What has no credit does not leave whatever the path takes, and is colder for each byte more.
  const pathBytes = Math.min(sendQueueWindows * congestionWindowBytes, creditBytes);
  return Math.max(sendQueueMarkBytes, pathBytes);
}

export class SendCredit {
  /**
   * A large message waits for more than is left. Until the next packet nobody begins another, or
   * small ones would eat for ever what it waits for.
   */
  isHeld = false;
  #limitBytes: number;
  #spentBytes = 0;

  constructor(windowBytes: number) {
    this.#limitBytes = windowBytes;
  }

  allows(bytes: number): boolean {
    return !this.isHeld && this.#spentBytes + bytes <= this.#limitBytes;
  }
  spend(bytes: number): void {
    this.#spentBytes += bytes;
  }
  onWindow(limitBytes: number): void {
    this.#limitBytes = Math.max(this.#limitBytes, limitBytes);
  }
}

export class ReceiveCredit {
  readonly #windowBytes: number;
  readonly #stepBytes: number;
  #receivedBytes = 0;
  #consumedBytes = 0;
  #advertisedBytes: number;
  #isOwed = false;

  constructor(parameterBytes: number, messageBytesMax: number) {
    this.#windowBytes = creditWindow(parameterBytes, messageBytesMax);
    this.#stepBytes = Math.max(1, Math.floor(parameterBytes / 2));
    this.#advertisedBytes = this.#windowBytes;
  }

  /** Received and not yet consumed: what this end holds in memory for the peer. */
  get heldBytes(): number {
    return this.#receivedBytes - this.#consumedBytes;
  }
  /** A WINDOW with `limitBytes` should be sent. */
  get isOwed(): boolean {
    return this.#isOwed;
  }
  get limitBytes(): number {
    return this.#consumedBytes + this.#windowBytes;
  }

  allows(bytes: number): boolean {
    return this.#receivedBytes + bytes <= this.#advertisedBytes;
  }
  onReceived(bytes: number): void {
    this.#receivedBytes += bytes;
  }
  /** True when a WINDOW has just become owed. */
  onConsumed(bytes: number): boolean {
    this.#consumedBytes += bytes;
    if (this.#isOwed || this.limitBytes - this.#advertisedBytes < this.#stepBytes) return false;
    this.#isOwed = true;
    return true;
  }
  onWindowSent(): void {
    this.#advertisedBytes = this.limitBytes;
    this.#isOwed = false;
  }
  /** The packet with a WINDOW was lost; a newer one may be under way, which costs one more. */
  onWindowLost(): boolean {
    const becameOwed = !this.#isOwed;
    this.#isOwed = true;
    return becameOwed;
  }
}
