// Every queue, buffer, list and rate of a Paperclip 1 connection that could grow, with its limit.
// The unit ends the name; the paper lists the same table. What the two ends tell each other is in
// `parameters.ts`; its defaults are here.

export const protocolLimits = {
  /** UDP payload that every path is taken to carry without being probed. */
  datagramBytesBase: 1200,
  /** Longest UDP payload that is read; also the receive scratch buffer. */
  datagramBytesMax: 9000,

  /** A path is probed for these: the third is what IPv6 and UDP leave of Ethernet's 1,500. */
  mtuProbeBytesLow: 1350,
  mtuProbeBytesMiddle: 1400,
  mtuProbeBytesHigh: 1452,
  /** The same of 8,896: the smaller of the jumbo frames that clouds offer (the other is 9,001). */
  mtuProbeBytesJumbo: 8848,
  /** One is probed and sent only where it takes the path no longer, at the pacer's rate. */
  jumboPathMsMax: 1,
  /** A size that so many probes did not get through is too long (RFC 8899 section 5.1.2). */
  mtuProbes: 3,
  /** A probe that is not acknowledged within this, and so many PTOs, is lost. */
  mtuProbeTimeoutMs: 1000,
  mtuProbePtos: 3,
  /** The search ended, or fell back: longer datagrams are tried again after this. */
  mtuSearchMs: 600_000,
  /**
   * So many lost packets above the base size, none that came, and meanwhile so many shorter ones
   * that did: the path has become narrower (RFC 8899 section 4.3).
   */
  blackHoleLost: 6,
  blackHoleArrived: 4,

  /** Bytes sent per byte received, to an address that is not proven (RFC 9000 section 8.1). */
  amplificationMax: 3,
  /** A packet with one PATH frame: header 9, frame 9, tag 16. */
  pathPacketBytesMax: 34,
  /** Less room than this is not used: any acknowledgement of one range fits into it. */
  packetBytesMin: 64,
  /** A new address answers a challenge within so many PTOs, or it is given up. */
  pathProofPtos: 3,
  /** But it has this long at least: a player's process may stand still for a moment. */
  pathProofMsMin: 1000,
  /** Challenges in that time, evenly: at 20% loss each way, one in 500 proofs fails. */
  pathChallenges: 6,
  /** PATH_RESPONSE frames, and our own challenges after a move, that wait to be sent. */
  pathFramesMax: 4,
  /** Changes of address at once, and how long each takes to be allowed again. */
  addressChangesMax: 10,
  addressChangeMs: 100,
  /** After an address that was not proven: who only copies packets gets no second turn soon. */
  addressChangeAfterFailureMs: 5000,

  /** Wire ids of channels are one byte long up to here. */
  channelsMax: 64,
  /** A reliable channel's message limit when its plan names none. */
  messageBytesDefault: 256 * 1024,
  /** No channel plan may ask for more: one message is held whole on both ends. */
  messageBytesMax: 16 * 1024 * 1024,
  /** A piece leaves room in a base datagram for headers and a usual ACK. */
  fragmentBytes: 1144,
  /** Longest message, with its key, of the modes without credit: it fits into so many pieces. */
  uncreditedMessageBytesMax: 8960,
  /** An unreliable message of more pieces would seldom arrive whole. */
  unreliableFragmentsMax: 8,

  /** Largest key of a reliable-latest channel: both ends remember something of each in use. */
  latestKeyMax: 4095,
  /** Values in pieces of one reliable-latest channel, oldest unacknowledged to newest begun. */
  latestReassembliesMax: 16,

  /** Shorter messages are not compressed: a deflate stream would seldom be shorter. */
  compressBytesMin: 64,

  /**
   * `send` says false from here, or from `sendQueueWindows` congestion windows where that is more
   * (and the peer's window where that is less than those), plus one largest message; `writable`
   * follows when half of the first part is free. Counts `messageChargeBytes` too.
   */
  sendQueueMarkBytes: 1024 * 1024,
  sendQueueWindows: 2,
  /** Past the mark by this and one largest message, `send` throws. */
  sendQueueOverrunBytesMax: 3 * 1024 * 1024,
  /** Added to each message's length in queue and credit, so that empty ones are bounded too. */
  messageChargeBytes: 32,
  /** Unreliable messages waiting on one channel: past either, the oldest is lost. */
  unreliableQueueMessagesMax: 1024,
  unreliableQueueBytesMax: 256 * 1024,
  /** Life of a queued unreliable message that names no `ttlMs`. */
  unreliableTtlMs: 1000,
  /** Packets that higher lanes may fill while lower ones wait; the next begins with a lower. */
  packetsPassedOverMax: 3,
  /**
   * Packets of the base size, of the lanes control and state, that may be in flight though the
   * congestion window is full or the pacer holds back: a game beside a download keeps breathing.
   */
  urgentReservePackets: 4,
  /** What a channel of weight 1 may send before the next of its lane: more than one packet. */
  laneTurnBytes: 1500,
  /** Largest weight of a channel in its lane. */
  channelWeightMax: 100,
  /** Longer messages are not copied, on channels with redundancy or when sent again. */
  redundantMessageBytesMax: 256,
  /** Copies of a message at most, each in a packet of its own. */
  redundantCopies: 2,
  /** Messages that wait for their copy; past it, the oldest goes without. */
  redundantMessagesMax: 128,
  /** A copy that no packet took along leaves in one of its own after this: about a tick. */
  redundantWaitMs: 20,
  /** Beside bulk data, which leaves all the time, copies are so far apart: losses are bursts. */
  redundantSpacingMs: 5,
  /** Copies may take the larger of this part of the bytes sent and of this rate. */
  redundancyShare: 0.15,
  redundancyBytesPerSecond: 8 * 1024,
  /** What copies may take at once after a pause. */
  redundancyBurstBytes: 4 * 1024,
  /** No copies while more than this part of the congestion window is in flight. */
  redundancyWindowShare: 0.75,

  /** A reliable channel's ids in flight: oldest unacknowledged to newest. Bounds id bitmaps. */
  messageSpanMax: 65_536,

  /** Reliable bytes that may be on their way or wait for order: default of `parameters.ts`. */
  connectionWindowBytes: 2 * 1024 * 1024,
  /** The same for one channel. */
  channelWindowBytes: 2 * 1024 * 1024,
  /** Half-received unreliable messages per channel; past it, the oldest is given up. */
  unreliableReassembliesMax: 16,
  /** A half-received unreliable message older than this is given up. */
  unreliableReassemblyMs: 2000,

  /** Packets behind the newest whose duplicate can be told from a late first arrival. */
  replayWindowPackets: 1024,
  /** Ranges of received packets remembered for ACK; past it, the oldest is forgotten. */
  ackRangesMax: 64,
  /**
   * Numbers from the oldest sent packet that waits for its fate to the newest; past it, the oldest
   * is taken for lost.
   */
  trackedPacketsMax: 16_384,
  /** Ack-only packets in a row, with several ranges, before a PING asks for an ack of acks. */
  ackOnlyPacketsMax: 16,
  /**
   * The first ack-eliciting packets are acknowledged at once. A game that sends one message at a
   * time never gives an RTT sample without the peer's delay in it, and RFC 9002 takes the delay
   * off only above the smallest sample: that one must be honest.
   */
  ackAtOncePackets: 2,
  /** So many packets after the first one behind a gap are acknowledged at once, as it is. */
  ackAtOnceBehindGap: 2,
  /** A host adds the receive time to an ACK no more often than this: 80 bytes per second. */
  ackTimeIntervalMs: 100,
  /** A client that only acknowledges asks for an ACK when its clock estimate is this old. */
  clockSampleMs: 5000,
  /** How far a computer's clock may run off, in parts per million: quartz stays below. */
  clockDriftPpm: 100,
  /** A host looks this often whether its wall clock was set, and tells steps above this. */
  clockCheckMs: 1000,
  clockStepMs: 50,
  /** An ack-eliciting packet is acknowledged after this, or at the second. */
  ackDelayUsualMs: 20,
  /**
   * Or with the next message, where this end sends regularly and that is to be expected within
   * this: default of `parameters.ts`. A game's slowest beat is about 10 Hz.
   */
  ackDelayMaxMs: 110,
  /** But no more packets wait for that, and no more bytes: bulk is answered as ever. */
  ackRidePacketsMax: 8,
  ackRideBytesMax: 1000,
  /** A probe waits for the longest delay seen of late, times this: ACKs at a beat jitter. */
  ackDelayMargin: 1.25,
  /** Packets that leave within this are of one tick, and after this the beat begins anew. */
  cadenceTickMs: 4,
  cadencePauseMs: 250,
  /** Intervals in a row before an end counts as a regular sender. */
  cadenceTicksMin: 4,

  /** RFC 9002 section 6.1.1, packets. */
  lossPacketThreshold: 3,
  /** RFC 9002 section 6.1.2, times the RTT. */
  lossTimeThreshold: 9 / 8,
  /** As far as the two rise after spurious losses: Linux's `tcp_max_reordering`, and RFC 8985. */
  lossPacketThresholdMax: 300,
  lossTimeThresholdMax: 2,
  /** Episodes of loss without a spurious one before they fall back (RFC 8985 section 6.2). */
  reorderingEpisodes: 16,
  /** A number is left out after so many packets and up to as many more, then after twice that. */
  skipIntervalPackets: 256,
  skipIntervalPacketsMax: 8_192,
  /** Lost packets remembered, to know them when they arrive after all. */
  lostPacketsMax: 1024,
  /** They are remembered for this many PTOs. */
  lostPacketPtos: 3,
  /** RFC 9002 section 6.2.2: RTT taken before the first sample. */
  initialRttMs: 333,
  /** RFC 9002 section 6.1.2: no timer is finer. */
  timerGranularityMs: 1,
  /** Probes back off to this, or to one PTO where that is longer: 2 s of light are seen. */
  ptoBackoffMaxMs: 1000,
  /** Datagrams per probe time-out (RFC 9002 section 6.2.4). */
  ptoProbePackets: 2,

  /** RFC 9002 section 7.2, packets. */
  initialWindowPackets: 10,
  /** Above the RFC's 2: a 30 Hz game keeps breathing after heavy loss. */
  minimumWindowPackets: 4,
  /** The congestion window stops growing here: about 1 Gbit/s at 100 ms. */
  congestionWindowBytesMax: 16 * 1024 * 1024,
  /** The default controller lets this much queue stand, ms: a quarter of the RTT within the two. */
  queueDelayMsMin: 25,
  queueDelayMsMax: 60,
  /** A rate that a program sets, bytes per second: a packet a second to 80 Gbit/s. */
  fixedRateBytesMin: 1200,
  fixedRateBytesMax: 10_000_000_000,
  /** RFC 9002 section 7.6.1, PTOs. */
  persistentCongestionPtos: 3,
  /** RFC 9002 section 7.7. */
  pacingGain: 1.25,
  /** What the pacer lets pass at once: so many packets of Ethernet's, or so many ms at its rate. */
  pacingBurstPackets: 10,
  pacingBurstMs: 2,
  pacingBurstPacketsMax: 256,
  /** A sender that wakes late, with packets waiting, makes up for so many ms at most. */
  pacingCatchUpMs: 20,

  /** What `send` queued leaves at the latest this long after, without a `flush`. */
  autoFlushMs: 1,
  /** A PING goes out when nothing was heard for this long. */
  keepAliveMs: 10_000,
  /** Silence is told as `interrupted` after this and so many PTOs, while an answer is due. */
  interruptAfterMs: 1000,
  interruptAfterPtos: 3,
  /** The connection ends when nothing authentic was heard: default of `parameters.ts`. */
  idleTimeoutMs: 30_000,
  /** An ended connection answers strays for this many PTOs (RFC 9000 section 10.2). */
  drainingPtos: 3,
  /** But no longer than this, or a peer with a made-up RTT would be remembered for minutes. */
  drainingMsMax: 10_000,
  /** CLOSE is said this often, one PTO apart, because nothing acknowledges it. */
  closeRepeats: 3,

  /** A key changes after so many packets, long before ChaCha20-Poly1305 asks for it. */
  keyPacketsMax: 2 ** 22,
  /** Or after this long. */
  keyAgeMsMax: 3_600_000,
  /** The key before it opens late packets for this many PTOs (RFC 9001 section 6.5). */
  oldKeyPtos: 3,
  /** Forged packets per connection (RFC 9001 section 6.6, ChaCha20-Poly1305). */
  aeadFailuresMax: 2 ** 36,
  /** The connection closes here, far before a Number stops counting by ones. */
  packetNumberMax: 2 ** 50,
} as const;
