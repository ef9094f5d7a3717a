// What the thread that owns the platform and a host's thread say to each other beside the bus.

export type ToHost = { readonly type: 'drain'; readonly graceMs: number };

export type FromHost =
  | { readonly type: 'ready'; readonly port: number; readonly publicKey: Uint8Array }
  | { readonly type: 'failed'; readonly problem: string }
  | { readonly type: 'drained' }
  | {
      readonly type: 'log';
      readonly level: 'debug' | 'info' | 'warn' | 'error';
      readonly event: string;
      readonly fields: Readonly<Record<string, unknown>> | undefined;
    };
