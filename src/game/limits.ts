// Every limit of a running match, with its unit in the name. `docs/limits.md` lists them; a test
// compares the two. A game's own limits (players, tick rate) stand in its definition.

export const gameLimits = {
  /** Seats of a match. */
  playersMax: 64,
  /** Steps a second of a real-time game. */
  tickHzMax: 128,

  /** One input, as JSON text. */
  inputBytesMax: 4 * 1024,
  /** Arrays and objects inside each other, in an input and in settings. */
  inputDepthMax: 16,
  /** What a lobby chose, as JSON text. */
  settingsBytesMax: 4 * 1024,
  /** One seat's view, as JSON text. */
  viewBytesMax: 128 * 1024,
  /** Arrays and objects inside each other, in a state, a view and a change to a view. */
  viewDepthMax: 64,
  /** One message from a client: an input and what is around it. */
  clientMessageBytesMax: 4 * 1024 + 256,
  /** One message from a host: a full view, or a welcome, and what is around it. */
  hostMessageBytesMax: 192 * 1024,
  /** A view message above this leaves on the reliable channel, in real-time games too. */
  stateMessageBytesMax: 8 * 1024,

  /** Views kept per seat as bases for changes; an older acknowledgement gets a full view. */
  viewHistoryMax: 64,
  /** Bytes of JSON text of those views, per seat. */
  viewHistoryBytesMax: 1024 * 1024,
  /** A view that was sent and not acknowledged is sent again after this long (real-time games). */
  viewResendMs: 100,

  /**
   * Inputs a second of one seat in a turn game; real-time games: twice the tick rate, if more. A
   * seat that was quiet may send two seconds of it at once.
   */
  inputsPerSecond: 20,
  /** Inputs of one seat that one tick takes (real-time games); what is beyond waits. */
  inputsPerTickMax: 8,
  /** Inputs of one seat that wait for their ticks. */
  inputsWaitingMax: 256,
  /** Acknowledgements and requests for a full view, per seat and second, above the tick rate. */
  viewAcksPerSecond: 20,
  /** A seat that sends too fast is told so once in this time. */
  tooFastNoticeMs: 1000,
  /** Characters of a rule's sentence in a refusal. */
  refusalCharactersMax: 200,
  /** Characters of the reason in a record. */
  detailCharactersMax: 500,

  /** The input log of a match, as JSON text. Each seat has an equal share of half of it. */
  logBytesMax: 4 * 1024 * 1024,
  /** Steps of a match. */
  ticksMax: 16_777_216,
  /** Ticks run at once after a stall; the rest of the lost time is skipped. */
  ticksCatchUpMax: 5,

  /** A turn's time is at least this, whatever the game says. */
  turnTimeMsMin: 50,
  /** Default time for all seats to join. */
  joinTimeoutMs: 30_000,
  /** Default time that a lost connection has to come back before its seat is forfeit. */
  reconnectGraceMs: 30_000,
  /** Default time from the first step to the end by time limit. */
  matchTimeLimitMs: 60 * 60 * 1000,
  /** Largest of the three times above. */
  matchTimeMsMax: 24 * 60 * 60 * 1000,

  /** How long an in-process bot waits before it answers a view in a turn game. */
  botThinkMsMin: 300,
  botThinkMsMax: 900,
} as const;
