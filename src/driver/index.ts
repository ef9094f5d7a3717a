// `paperclip/protocol`: the transport without the platform.

export type { AeadKey, Crypto, KeyPair } from '../protocol/crypto.ts';
export type {
  ChannelMode,
  ChannelOptions,
  ChannelPlan,
  HandshakeLoad,
  HostTime,
  Lane,
  LaneStats,
  Link,
  LinkEnd,
  LinkPeer,
  LinkStats,
  Listener,
  LostReason,
  SendOptions,
  TicketClaims,
  TrafficCounts,
} from '../protocol/link.ts';
export type { CongestionChoice } from '../protocol/paperclip/congestion-choice.ts';
export type { ParameterOptions } from '../protocol/paperclip/endpoint-output.ts';
export { errorCodeName, errorCodes } from '../protocol/paperclip/error-codes.ts';
export { derivedGate, type Gate } from '../protocol/paperclip/gate.ts';
export { type RefusalReason, refusalReasons } from '../protocol/paperclip/refusals.ts';
export { signTicket } from '../protocol/paperclip/tickets.ts';
export { type Closable, closeOnExit } from './close-on-exit.ts';
export type {
  BindOptions,
  DatagramAddress,
  DatagramHandler,
  DatagramNetwork,
  DatagramPort,
  HostAndPort,
  ReceiveOptions,
} from './datagram-network.ts';
export {
  type CryptoInUse,
  type CryptoLibrary,
  type CryptoOptions,
  createCrypto,
  cryptoInUse,
  defaultCrypto,
  generateKeyPair,
} from './default-crypto.ts';
export { DialError, type DialledLink, type DialOptions, dial } from './dial.ts';
export type { DatagramTap, TappedDatagram } from './drain-loop.ts';
export type { ImpairDatagram, Impairment } from './impairment.ts';
export { type ListenOptions, listen } from './listen.ts';
export { memoryNetwork } from './memory.ts';
export type { ProtocolOptions } from './protocol-options.ts';
