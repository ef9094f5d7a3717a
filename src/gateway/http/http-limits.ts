// What the HTTP server grants a connection before it knows who is there. The limits of commands and
// bodies are in `contract/limits.ts`. docs/http.md lists these; a test compares the two.

export const httpLimits = {
  /** Open TCP connections, WebSockets among them; more are closed at once. */
  connectionsMax: 10_000,
  /** All headers of a request together, with its first line. */
  headerBytesMax: 16 * 1024,
  /** From the first byte to the last header; slower is answered 408 and closed. */
  headersTimeoutMs: 5_000,
  /** From the first byte to the last of the body. */
  requestTimeoutMs: 15_000,
  /** How often the two time-outs above are looked at, so how late they may be. */
  timeoutCheckMs: 1_000,
  /** Between two requests on one connection. */
  keepAliveTimeoutMs: 30_000,
  /** For answers under way when the server closes; then connections are cut. */
  closeGraceMs: 5_000,
} as const;
