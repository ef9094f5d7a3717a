// Packet numbers on the wire: only the low 8 to 32 bits travel (RFC 9000 section 17.1, appendix
// A.2 and A.3). Numbers are plain Numbers below 2^53; nothing here wraps.

/**
 * How many bytes (1 to 4) of `full` to send so that a receiver that has seen `largestAcked` at
 * least (-1: nothing yet) expands them to the same number.
 */
export function packetNumberLength(full: number, largestAcked: number): number {
  const unacked = full - largestAcked;
  if (unacked <= 0x80) return 1;
  if (unacked <= 0x8000) return 2;
  return unacked <= 0x80_0000 ? 3 : 4;
}

/** RFC 9000 appendix A.3: the number nearest to the one expected next that ends in these bits. */
export function expandPacketNumber(
  largestReceived: number,
  truncated: number,
  byteLength: number,
): number {
  const expected = largestReceived + 1;
  const window = 2 ** (8 * byteLength);
  const half = window / 2;
  const candidate = expected - (expected % window) + truncated;
  if (candidate <= expected - half && candidate + window <= Number.MAX_SAFE_INTEGER) {
    return candidate + window;
  }
  if (candidate > expected + half && candidate >= window) return candidate - window;
  return candidate;
}
