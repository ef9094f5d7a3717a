// The few globals that every JavaScript host has and that the ES library types leave out. Only the
// pure layers' tsconfig reads this file: there, Buffer, process, timers and node:* stay unknown.

declare class TextEncoder {
  encode(input?: string): Uint8Array<ArrayBuffer>;
  encodeInto(source: string, destination: Uint8Array): { read: number; written: number };
}

declare class TextDecoder {
  constructor(label?: string, options?: { fatal?: boolean; ignoreBOM?: boolean });
  decode(input?: Uint8Array): string;
}

declare function atob(base64: string): string;
declare function btoa(latin1: string): string;
declare function structuredClone<T>(value: T): T;
