// Messages in a byte stream, for plain TCP: a length of 4 bytes, little-endian, and the message.

export const frameHeaderBytes = 4;

export function writeFrameHeader(into: Uint8Array, messageBytes: number): void {
  new DataView(into.buffer, into.byteOffset).setUint32(0, messageBytes, true);
}

/** Gives each whole message out as a view, which lives for the time of the call. */
export class FrameReader {
  readonly #onMessage: (message: Uint8Array) => void;
  #rest: Buffer = Buffer.alloc(0);

  constructor(onMessage: (message: Uint8Array) => void) {
    this.#onMessage = onMessage;
  }

  read(bytes: Buffer): void {
    const all = this.#rest.length === 0 ? bytes : Buffer.concat([this.#rest, bytes]);
    let at = 0;
    while (all.length - at >= frameHeaderBytes) {
      const end = at + frameHeaderBytes + all.readUInt32LE(at);
      if (end > all.length) break;
      this.#onMessage(all.subarray(at + frameHeaderBytes, end));
      at = end;
    }
    this.#rest = all.subarray(at);
  }
}
