// What an established connection looks like to code that is not a protocol: the host that runs
// matches, the client SDK, a test. Paperclip 1 over UDP gives it today; other wires that carry the
// same message model (the host's WebSocket, the in-memory pair) give the same.
//
// It is NOT the sans-I/O core: `Endpoint` and `Connection` are, and a driver puts this in front.

import type { TicketClaims } from '../codec/paperclip/ticket.ts';

export type { TicketClaims };

/** What a channel promises about its messages. Fixed when the link is made; equal on both ends. */
export type ChannelMode =
  | 'unreliable'
  | 'unreliable-sequenced'
  | 'reliable-unordered'
  | 'reliable-ordered'
  | 'reliable-latest';

export interface ChannelOptions {
  readonly mode: ChannelMode;
  /**
   * Largest message that `send` takes, in bytes; equal on both ends. Default and cap:
   * reliable-ordered and reliable-unordered 262,144 and 16,777,216; reliable-latest 8,958 and the
   * unreliable modes 8,960.
   */
  readonly messageBytesMax?: number;
  /**
   * How urgent this side's messages are. Default: `reliable` for reliable-ordered and
   * reliable-unordered, `state` for the others. Each side decides for itself.
   */
  readonly lane?: Lane;
  /** Share of the bytes beside other channels of the lane, 1 to 100. Default: 1. */
  readonly weight?: number;
  /**
   * Send each small message again with what leaves next, twice, so that one lost packet costs a
   * tick and not a round trip. For reliable-ordered and reliable-unordered; costs bytes, within a
   * budget. Each side decides for itself. Default: false.
   */
  readonly redundancy?: boolean;
  /**
   * Deflate each message of 64 bytes and more, and send it so where that is shorter. Equal on both
   * ends. Not for secrets beside text that a stranger chooses: the length tells how alike they are.
   * Default false.
   */
  readonly compress?: boolean;
}

/** From the most urgent on. A lower lane gets what the higher leave, and a little at all times. */
export type Lane = 'control' | 'state' | 'reliable' | 'bulk';

/** Channels by name. Wire ids are given in the order of the sorted names. */
export type ChannelPlan = Readonly<Record<string, ChannelMode | ChannelOptions>>;

/** A place in a match, or a stranger's proof, as the host verified it in the handshake. */
export interface LinkPeer {
  /** The verified ticket's fields; undefined on the dialling side. */
  readonly ticket?: TicketClaims;
  /** Static public key, 32 bytes. */
  readonly publicKey: Uint8Array;
  /** For people and logs, such as `127.0.0.1:40112`: where it was when the link was made. */
  readonly address: string;
}

/** Everything that ends a link. The same words stand in logs, events, metrics and documents. */
export type LinkEnd =
  /** This side called `close`. */
  | { readonly kind: 'closed-here'; readonly code: number; readonly reason: string }
  /** The other side closed, politely or for a protocol error it names. */
  | { readonly kind: 'closed-by-peer'; readonly code: number; readonly reason: string }
  /** Nothing authentic arrived for the idle time-out. */
  | { readonly kind: 'timed-out' }
  /** The same player connected again with a newer ticket. */
  | { readonly kind: 'replaced' }
  /** The handshake did not finish in its time. */
  | { readonly kind: 'handshake-timed-out' }
  /** The host refused the handshake, or this side refused the host's answer. */
  | { readonly kind: 'refused'; readonly code: number; readonly reason: string }
  /** The peer broke the protocol; it was told `code`. */
  | { readonly kind: 'protocol-error'; readonly code: number; readonly reason: string };

export interface SendOptions {
  /**
   * On a reliable-latest channel: whose value this is, a whole number from 0 to 4095. A newer value
   * of the same key supersedes this one. Default 0.
   */
  readonly key?: number;
  /** False: send these bytes as they are, on a channel that compresses; they are packed already. */
  readonly compress?: boolean;
  /**
   * Give the message up when it could not leave within this time. Reliable messages are given up
   * only while no byte of them was sent. Default: no limit for reliable, 1,000 ms otherwise.
   */
  readonly ttlMs?: number;
  /** The lane of this message. Throws on modes that keep an order. Default: the channel's. */
  readonly priority?: Lane;
  /** The peer acknowledged every packet that carried the message. */
  readonly onDelivered?: () => void;
  /**
   * Nothing more is done for the message. With `lost` and `ended` it may have arrived all the same:
   * nobody was told in time.
   */
  readonly onLost?: (reason: LostReason) => void;
}

/** Why a message was lost. The same words stand in `LinkStats.messagesLost` and the documents. */
export type LostReason =
  /** Unreliable: a packet with a piece of it was declared lost. */
  | 'lost'
  /** It waited longer than its `ttlMs` and was not sent, or not all of it. */
  | 'expired'
  /** Unreliable: it was the oldest of a queue that had reached its bound. */
  | 'dropped'
  /** A newer value of the same key took its place. */
  | 'superseded'
  /** The link ended first; what was on its way may have arrived. */
  | 'ended';

/** Of the messages of one lane that left, or began to. */
export interface LaneStats {
  readonly messages: number;
  /** Between `send` and the first byte on the wire. */
  readonly queueMeanMs: number;
  readonly queueMaxMs: number;
}

/**
 * Of one end. Milliseconds and bytes; every counter counts from the start of the link, and what was
 * lost, resent or delayed is of what this end sent, unless a line says more.
 */
export interface LinkStats {
  /** Round trip: smoothed, the smallest on this path, the smoothed deviation, the newest. */
  readonly srttMs: number;
  readonly rttMinMs: number;
  readonly rttVarMs: number;
  readonly latestRttMs: number;
  /** How much the round trip changes from sample to sample, smoothed. */
  readonly jitterMs: number;
  /** May be on its way at once; and what is, of packets that are neither acknowledged nor lost. */
  readonly congestionWindowBytes: number;
  readonly bytesInFlight: number;
  readonly packetsSent: number;
  readonly packetsReceived: number;
  readonly packetsAcked: number;
  /** Declared lost; `packetsMissing` are those of the other direction. */
  readonly packetsLost: number;
  /** Lost / (acked + lost), 0 before the first of either. */
  readonly lossRate: number;
  /** Of the lost ones: acknowledged after all, so late that they were taken for lost. */
  readonly spuriousLosses: number;
  /**
   * Bytes per second, as the newest acknowledgement told: what the path delivered; of a quiet link,
   * what it sent.
   */
  readonly deliveryRate: number;
  /** How much longer packets take than at the best of times: the queue on the path, mostly. */
  readonly queueDelayMs: number;
  /** What congestion control is doing, in a word or two for people. */
  readonly congestionState: string;
  /** UDP payload that datagrams may fill on this path, as far as it was probed. */
  readonly datagramBytes: number;
  /** Times that datagrams had to become shorter again, because long ones vanished. */
  readonly mtuBlackHoles: number;
  /** Host side: addresses that the player left for others, which were proven to be the player's. */
  readonly addressChanges: number;
  /** UDP payload, headers and tags of packets included. */
  readonly bytesSent: number;
  readonly bytesReceived: number;
  /** Of `bytesSent`: what redundant copies took. */
  readonly redundantBytes: number;
  readonly messagesSent: number;
  readonly messagesReceived: number;
  /** Small messages and fragments of large ones that left again because a packet was lost. */
  readonly messagesResent: number;
  /** By reason; every lost message counts, whether or not it had an `onLost`. */
  readonly messagesLost: Readonly<Record<LostReason, number>>;
  /** Bytes of the messages that left compressed: as `send` got them, and as they left. */
  readonly bytesBeforeCompression: number;
  readonly bytesAfterCompression: number;
  /** Probe time-outs (RFC 9002): nothing was acknowledged for so long that a probe was sent. */
  readonly ptoCount: number;
  readonly lanes: Readonly<Record<Lane, LaneStats>>;
  /** Of messages whose fate is open: each counts whole until all of it is acknowledged. */
  readonly queuedBytes: number;
  /** Datagrams of this connection that were dropped, by reason. */
  readonly drops: Readonly<Record<string, number>>;
  /** Of those, the ones that did not prove to be the peer's: noise, damage or forgery. */
  readonly invalidPackets: number;
  /** Losses on the way here: numbers with which nothing came (yet), and the few left out. */
  readonly packetsMissing: number;
  /** How often this end has changed its key. */
  readonly keyUpdates: number;
}

/** The time by the host's clock: the same for all who play there. */
export interface HostTime {
  /** Unix milliseconds with fractions. It runs evenly, but is set when the host's clock is. */
  readonly unixMs: number;
  /** The truth is no further away than this. 0 on the host itself. */
  readonly errorMs: number;
}

export interface Link {
  readonly peer: LinkPeer;
  readonly isOpen: boolean;
  /**
   * Queue a message. True: go on. False: it was taken, but the queue is now past its mark; wait
   * for `onWritable`. Throws on an unknown channel, a closed link, a message over the channel's
   * limit, and when the caller ignored `false` until the hard limit was reached (back-pressure is
   * a promise of bounded memory). The bytes are copied: the caller may use the buffer again.
   */
  send(channel: string, message: Uint8Array, options?: SendOptions): boolean;
  /** Put what is queued on the wire now. Without it, the link flushes within 1 ms. */
  flush(): void;
  /**
   * Ask for a polite end. Codes: 0 means done, 1 to 255 are the application's own, the rest are the
   * protocol's. The reason is cut to 200 bytes of UTF-8.
   */
  close(code?: number, reason?: string): void;
  stats(): LinkStats;
  /** Undefined before the first answer that tells it (about one round trip), and after the end. */
  hostTime(): HostTime | undefined;

  /** The bytes are the receiver's to keep. `key` is there on reliable-latest channels. */
  onMessage: ((channel: string, message: Uint8Array, key?: number) => void) | undefined;
  /** The queue is at half its mark after a `send` that gave false. */
  onWritable: (() => void) | undefined;
  /**
   * The other end does not answer: nothing came for 1 s, or for 3 probe time-outs where that is
   * longer, while something waits for its answer. `onResumed` follows with the next packet from
   * there, or `onEnd` when none comes within the idle time-out.
   */
  onInterrupted: (() => void) | undefined;
  onResumed: (() => void) | undefined;
  /** Called once, after which the link is silent. */
  onEnd: ((end: LinkEnd) => void) | undefined;
}

export interface TrafficCounts {
  readonly datagramsIn: number;
  readonly datagramsOut: number;
  readonly bytesIn: number;
  readonly bytesOut: number;
}

/** What newcomers are to a host at a moment. */
export interface HandshakeLoad {
  /** Handshakes answered and not proven. */
  readonly halfOpen: number;
  /** Newcomers are asked for a cookie now, and handshakes are rationed. */
  readonly isUnderLoad: boolean;
  /** How often that began. */
  readonly engagedCount: number;
  /** Whose share of handshakes is being counted: at most `addressSharesMax`. */
  readonly addressesRemembered: number;
}

/** The accepting side: one UDP port, many links. */
export interface Listener {
  readonly address: { readonly host: string; readonly port: number };
  /** Static public key that a client must know beforehand, 32 bytes. */
  readonly publicKey: Uint8Array;
  /** The gate that clients must show in AUTH 1 just now: id 0 to 255, key 32 bytes. */
  gate(): { readonly id: number; readonly key: Uint8Array };
  /** An established link: the client's first valid data packet arrived. Set the handlers here. */
  onLink: ((link: Link) => void) | undefined;
  /** Datagrams that were dropped, by reason, since the start: the port's and all connections'. */
  refusals(): Readonly<Record<string, number>>;
  handshakeLoad(): HandshakeLoad;
  /** Datagrams and UDP payload bytes through the port since the start. */
  traffic(): TrafficCounts;
  /** Close every link with code 0 and `reason`, let the closes leave, then free the port. */
  close(reason?: string): Promise<void>;
}
