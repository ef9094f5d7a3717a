// Every queue, table, wait and rate of Paperclip 0 that could grow, with its limit. The unit ends
// the name. Those of the wire itself are in `codec/classic/packet.ts`.

export const classicLimits = {
  /** Data of one piece of a fragmented message. */
  fragmentBytes: 988,
  /** The count of pieces is one byte. */
  fragmentsMax: 255,
  /** A message as the application sees it, inflated. Longer ones are refused with 3.8. */
  messageBytesMax: 256 * 1024,
  /** Data of one datagram that is read without FRAG: whatever UDP can carry. */
  datagramReadBytesMax: 65_507,

  /** Messages of one connection that wait for pieces, and what came of them. */
  reassembliesMax: 8,
  reassemblyBytesMax: 512 * 1024,
  /** The old peer sends a piece in 0.1 s, so 255 take half a minute: so long without a new one. */
  reassemblyIdleMs: 30_000,
  /** And so long in all. */
  reassemblyMs: 120_000,

  /** How long a RELIABLE message waits for ids before it that have not come. */
  holdMs: 500,
  /** It waits longer for a RELIABLE message of which pieces have come. */
  holdForPiecesMs: 30_000,
  /** Messages and bytes that wait so; past it, the gap is given up. */
  heldMessagesMax: 64,
  heldBytesMax: 512 * 1024,
  /** Gaps whose age is known; past it, the oldest is given up. */
  gapsMax: 64,

  /** RELIABLE messages, and their bytes, that wait for those before; past it, none is taken. */
  sendQueueMessagesMax: 256,
  sendQueueBytesMax: 2 * 1024 * 1024,
  /** Unreliable datagrams that wait for the pacer; past it, the message is dropped. */
  datagramQueueMax: 512,
  /** Ids that may be given out while one waits for its acknowledgement: a quarter of the circle. */
  idsInFlightMax: 16_384,

  /** Datagrams that leave at once, and so many a second after. */
  sendBurst: 16,
  sendPerSecond: 500,

  /** The old peer answers once in 0.1 s: nothing is sent again faster than twice that. */
  resendMsMin: 200,
  resendMsMax: 3_000,
  /** A RELIABLE message without an acknowledgement for so long ends the connection. */
  giveUpMs: 30_000,

  /** Handshakes under way at a host: in all, of one IP address, of one address and port. */
  handshakesMax: 256,
  handshakesPerShareMax: 32,
  handshakesPerAddressMax: 4,
  /** New handshakes, from all: each may cost two operations on P-384, 1 to 2 ms. */
  authPerSecond: 50,
  authBurst: 100,
  /** A handshake that is not done by then is forgotten by a host, given up by a client. */
  handshakeMs: 10_000,
  /** An unanswered AUTH goes out again after this long, then after twice that, and so on. */
  handshakeResendMs: 250,
  handshakeResendMsMax: 2_000,
  /** A host repeats its answer so often by itself; it may be going to a forged address. */
  answerResendsMax: 5,
  /** And to an AUTH that comes again, not faster than this. */
  answerAgainMs: 100,
  /** A client repeats its Finished so often to a server from which nothing more came. */
  finishedResendsMax: 3,
  /** Those that linger after their end among them. */
  connectionsMax: 1_024,

  /** Silent for so long: PING, repeated so often; and so long: gone. */
  silentMs: 30_000,
  pingMs: 10_000,
  goneMs: 120_000,

  /** A disconnect is repeated until it is acknowledged, for so long at most. */
  disconnectMs: 3_000,
  /** So long an end that has been told of the disconnect acknowledges it again. */
  lingerMs: 5_000,

  /** ERROR 3.x to one connection, and to all strangers together. */
  errorsPerSecond: 2,
  errorsBurst: 5,
  strangerErrorsPerSecond: 10,
  strangerErrorsBurst: 10,
  /** Text of an ERROR that is passed on. */
  errorTextCharactersMax: 200,
  /** The same id is not acknowledged again sooner: each piece of a repeated message asks. */
  ackAgainMs: 20,
} as const;
