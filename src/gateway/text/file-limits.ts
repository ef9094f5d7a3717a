// What the files port grants a connection before it is known whether it has a transfer. What the
// port grants before that is `driver/stream-limits.ts`; what a transfer may cost,
// `contract/limits.ts`. docs/limits.md lists these; a test compares.

export const fileConnectionLimits = {
  /** From the connection to a transfer's id with `S` or `R`; then it is closed. */
  helloWithinMs: 10_000,
  /** How long a receiver who comes back may take to say `@` and an offset after its `R`. */
  offsetWithinMs: 500,
} as const;

export type FileConnectionLimits = { readonly [name in keyof typeof fileConnectionLimits]: number };
