// The dialling side without its socket: one handshake, then one connection. The bytes and checks of
// the handshake are in `handshake-client.ts`, everything after it in `connection.ts`.
//
// Order of calls: `handleDatagram`, `handleTimeout` and commands as they come, and after each of
// them (and once after construction) `poll` until it returns undefined.

import { datagramKind, decodeError } from '../../codec/paperclip/auth.ts';
import { dataPacketDestination } from '../../codec/paperclip/packet.ts';
import type { Crypto, KeyPair } from '../crypto.ts';
import type { Deflate } from '../deflate.ts';
import type { HostTime, LinkEnd, LinkStats } from '../link.ts';
import type { CongestionFactory } from './congestion.ts';
import { Connection } from './connection.ts';
import type { ConnectionMemory } from './connection-stats.ts';
import {
  drawConnectionId,
  type EndpointOutput,
  localParameters,
  type ParameterOptions,
  type PeerAddress,
} from './endpoint-output.ts';
import { errorSentence } from './error-codes.ts';
import type { Gate } from './gate.ts';
import { ClientHandshake, type HostAnswer } from './handshake-client.ts';
import { handshakeLimits } from './handshake-limits.ts';
import type { MessageOptions } from './outbox.ts';
import type { EventOutput } from './output.ts';
import type {
  ConnectionSetup,
  KeyLimits,
  PlannedChannel,
  TransportParameters,
} from './parameters.ts';
import { RefusalCounts, type RefusalReason } from './refusals.ts';
import { type ConnectionObserver, withTrace } from './trace.ts';

export interface ClientEndpointOptions<Address extends PeerAddress> {
  readonly host: Address;
  readonly hostPublicKey: Uint8Array;
  readonly keyPair: KeyPair;
  readonly protocolId: Uint8Array;
  readonly gate: Gate;
  readonly ticket?: Uint8Array | undefined;
  readonly channels: readonly PlannedChannel[];
  readonly deflate: Deflate;
  readonly parameters?: ParameterOptions | undefined;
  readonly congestion?: CongestionFactory | undefined;
  /** Datagrams leave unfragmented or not at all: longer ones may be tried. */
  readonly probesMtu?: boolean | undefined;
  /** Default: those of `protocolLimits`. */
  readonly keyLimits?: KeyLimits | undefined;
  /** Asked once, when the host has answered. */
  readonly observe?: ConnectionObserver | undefined;
}

interface Handshaking {
  readonly name: 'handshaking';
  readonly handshake: ClientHandshake;
  readonly startedMs: number;
  sendAtMs: number;
  intervalMs: number;
  /** Sendings that the answer may be an answer to, and when the last of them was. */
  sentCount: number;
  sentAtMs: number;
  /** Each AUTH 1 that its timer sent may be answered with one RETRY, and goes out again at once. */
  isRetryAwaited: boolean;
  /** From a stateless ERROR, which anyone can forge: used for words only, at the very end. */
  hintCode: number | undefined;
}

type State =
  | Handshaking
  | { readonly name: 'connected'; readonly connection: Connection<PeerAddress> }
  | { readonly name: 'ended' };

export class ClientEndpoint<Address extends PeerAddress> {
  readonly #crypto: Crypto;
  readonly #options: ClientEndpointOptions<Address>;
  readonly #parameters: TransportParameters;
  readonly #refusals = new RefusalCounts();
  readonly #outbox: EndpointOutput<Address>[] = [];
  readonly connectionId: number;
  #state: State;
  #timeoutDue = true;
  #connectionTimeoutMs = Infinity;

  constructor(crypto: Crypto, options: ClientEndpointOptions<Address>, nowMs: number) {
    this.#crypto = crypto;
    this.#options = options;
    this.#parameters = localParameters(crypto, options.channels, options.parameters ?? {});
    this.connectionId = drawConnectionId(crypto, () => false);
    this.#state = {
      name: 'handshaking',
      handshake: new ClientHandshake(crypto, {
        keyPair: options.keyPair,
        hostPublicKey: options.hostPublicKey,
        protocolId: options.protocolId,
        gate: options.gate,
        ticket: options.ticket ?? new Uint8Array(0),
        parameters: this.#parameters,
        connectionId: this.connectionId,
      }),
      startedMs: nowMs,
      sendAtMs: nowMs,
      intervalMs: handshakeLimits.resendMs,
      sentCount: 0,
      sentAtMs: nowMs,
      isRetryAwaited: false,
      hintCode: undefined,
    };
    this.#sendAuth1IfDue(nowMs, this.#state);
  }

  get isConnected(): boolean {
    return this.#state.name === 'connected' && this.#state.connection.isOpen;
  }

  /** Nothing will be sent or accepted any more: the socket may go. */
  get isDrained(): boolean {
    if (this.#state.name === 'connected') return this.#state.connection.isDrained;
    return this.#state.name === 'ended';
  }

  /** Undefined before the host has answered. */
  get stats(): LinkStats | undefined {
    return this.#state.name === 'connected' ? this.#state.connection.stats() : undefined;
  }

  /** Undefined before the host has answered. */
  get memory(): ConnectionMemory | undefined {
    return this.#state.name === 'connected' ? this.#state.connection.memory : undefined;
  }

  /** Undefined before it is known and after the end. */
  hostTime(nowMs: number): HostTime | undefined {
    if (this.#state.name !== 'connected') return undefined;
    return this.#state.connection.hostTime(nowMs);
  }

  get refusals(): Readonly<Record<RefusalReason, number>> {
    return this.#refusals.all;
  }

  handleDatagram(
    nowMs: number,
    from: Address,
    bytes: Uint8Array,
    start = 0,
    end = bytes.length,
  ): void {
    this.#timeoutDue = true;
    const refusal = this.#route(nowMs, from, bytes, start, end);
    if (refusal !== undefined) this.#refusals.add(refusal);
  }

  handleTimeout(nowMs: number): void {
    this.#timeoutDue = true;
    const state = this.#state;
    if (state.name === 'connected') state.connection.handleTimeout(nowMs);
    if (state.name !== 'handshaking') return;
    if (nowMs < state.startedMs + handshakeLimits.giveUpMs) this.#sendAuth1IfDue(nowMs, state);
    else this.#end(giveUpEnd(state.hintCode));
  }

  /** Throws before the connection is made and after it has ended. */
  send(nowMs: number, channel: number, message: Uint8Array, options?: MessageOptions): boolean {
    if (this.#state.name !== 'connected') throw new Error('the link is not open');
    this.#timeoutDue = true;
    return this.#state.connection.send(nowMs, channel, message, options);
  }

  flush(nowMs: number): void {
    this.#timeoutDue = true;
    if (this.#state.name === 'connected') this.#state.connection.flush(nowMs);
  }

  /**
   * Datagrams leave from another address of ours now, and the host should hear of it at once.
   * `isOtherHost`: what was learned of the path does not hold for the new one.
   */
  rebind(nowMs: number, isOtherHost: boolean): void {
    this.#timeoutDue = true;
    if (this.#state.name === 'connected') this.#state.connection.rebind(nowMs, isOtherHost);
  }

  close(nowMs: number, code: number, reason: string): void {
    this.#timeoutDue = true;
    if (this.#state.name === 'connected') this.#state.connection.close(nowMs, code, reason);
    if (this.#state.name === 'handshaking') this.#end({ kind: 'closed-here', code, reason });
  }

  /** `poll` for the connection's events alone; undefined as well while something comes first. */
  pollEvent(nowMs: number): Readonly<EventOutput> | undefined {
    if (this.#state.name !== 'connected' || this.#outbox.length > 0) return undefined;
    return this.#state.connection.pollEvent(nowMs);
  }

  poll(nowMs: number): EndpointOutput<Address> | undefined {
    if (this.#outbox.length > 0) return this.#outbox.shift();
    if (this.#state.name === 'connected') {
      for (;;) {
        const output = this.#state.connection.poll(nowMs);
        if (output === undefined) break;
        if (output.kind === 'timeout') {
          this.#connectionTimeoutMs = output.atMs;
          continue;
        }
        if (output.kind === 'event') return output;
        const { bytes, length } = output;
        return { kind: 'transmit', to: this.#options.host, bytes, length };
      }
    }
    if (!this.#timeoutDue) return undefined;
    this.#timeoutDue = false;
    return { kind: 'timeout', atMs: this.#nextTimeoutMs() };
  }

  #nextTimeoutMs(): number {
    const state = this.#state;
    if (state.name === 'connected') {
      return state.connection.isDrained ? Infinity : this.#connectionTimeoutMs;
    }
    if (state.name === 'ended') return Infinity;
    return Math.min(state.sendAtMs, state.startedMs + handshakeLimits.giveUpMs);
  }

  #sendAuth1IfDue(nowMs: number, state: Handshaking): void {
    if (nowMs < state.sendAtMs) return;
    state.sendAtMs = nowMs + state.intervalMs;
    state.intervalMs = Math.min(2 * state.intervalMs, handshakeLimits.resendMsMax);
    state.isRetryAwaited = true;
    this.#sendAuth1(nowMs, state);
  }

  #sendAuth1(nowMs: number, state: Handshaking): void {
    const bytes = state.handshake.auth1;
    this.#outbox.push({ kind: 'transmit', to: this.#options.host, bytes, length: bytes.length });
    state.sentCount++;
    state.sentAtMs = nowMs;
  }

  #route(
    nowMs: number,
    from: Address,
    bytes: Uint8Array,
    start: number,
    end: number,
  ): RefusalReason | undefined {
    if (from !== this.#options.host && from.key !== this.#options.host.key) return 'wrong-address';
    if (end - start < 1) return 'too-short';
    const kind = datagramKind(bytes[start]!);
    switch (kind) {
      case 'data':
        return this.#handleData(nowMs, bytes, start, end);
      case 'auth':
        return this.#handleAuth2(nowMs, bytes.subarray(start, end));
      case 'error':
        return this.#handleError(bytes.subarray(start, end));
      case 'retry':
        return this.#handleRetry(nowMs, bytes.subarray(start, end));
      case 'unknown-version':
      case 'unknown-type':
        return kind;
      default:
        return kind satisfies never;
    }
  }

  #handleData(
    nowMs: number,
    bytes: Uint8Array,
    start: number,
    end: number,
  ): RefusalReason | undefined {
    const state = this.#state;
    const isOurs = dataPacketDestination(bytes, start, end) === this.connectionId;
    if (state.name !== 'connected' || !isOurs) return 'unknown-connection';
    state.connection.handleDatagram(nowMs, bytes, start, end);
    return undefined;
  }

  #handleAuth2(nowMs: number, datagram: Uint8Array): RefusalReason | undefined {
    const state = this.#state;
    if (state.name !== 'handshaking') return 'unexpected-answer';
    const answer = state.handshake.readAuth2(datagram);
    if (!answer.ok) return answer.error;
    if (answer.value.kind === 'refused') {
      const { code } = answer.value;
      this.#end({ kind: 'refused', code, reason: errorSentence(code) });
    } else {
      this.#connect(nowMs, state, answer.value);
    }
    return undefined;
  }

  #connect(
    nowMs: number,
    state: Handshaking,
    answer: Extract<HostAnswer, { kind: 'accepted' }>,
  ): void {
    const { hostConnectionId, remote, sealKey, openKey } = answer;
    const setup: ConnectionSetup = {
      role: 'client',
      channels: this.#options.channels,
      local: this.#parameters,
      remote,
      localConnectionId: this.connectionId,
      remoteConnectionId: hostConnectionId,
      crypto: this.#crypto,
      deflate: this.#options.deflate,
      probesMtu: this.#options.probesMtu ?? false,
      ...(this.#options.keyLimits && { keyLimits: this.#options.keyLimits }),
      sealKey,
      openKey,
      // Karn: after a resend nobody knows which sending was answered.
      ...(this.#options.congestion && { congestion: this.#options.congestion }),
      ...(state.sentCount === 1 && { handshakeRttMs: nowMs - state.sentAtMs }),
    };
    const connection = new Connection(withTrace(setup, this.#options.observe, nowMs), nowMs);
    this.#state = { name: 'connected', connection };
    this.#outbox.push({
      kind: 'event',
      connection: this.connectionId,
      event: {
        type: 'established',
        address: this.#options.host,
        publicKey: this.#options.hostPublicKey,
        ticket: undefined,
      },
    });
  }

  #handleRetry(nowMs: number, datagram: Uint8Array): RefusalReason | undefined {
    const state = this.#state;
    if (state.name !== 'handshaking' || !state.isRetryAwaited) return 'unexpected-answer';
    const refusal = state.handshake.readRetry(datagram);
    if (refusal !== undefined) return refusal;
    state.isRetryAwaited = false;
    // A lone first sending has had its answer; what comes now answers the next.
    if (state.sentCount === 1) state.sentCount = 0;
    state.sendAtMs = nowMs + handshakeLimits.resendMs;
    this.#sendAuth1(nowMs, state);
    return undefined;
  }

  #handleError(datagram: Uint8Array): RefusalReason | undefined {
    const error = decodeError(datagram);
    if (!error.ok) return error.error;
    const { connectionId, code } = error.value;
    const isOurs = connectionId === 0 || connectionId === this.connectionId;
    if (this.#state.name !== 'handshaking' || !isOurs) {
      return 'unexpected-answer';
    }
    this.#state.hintCode = code;
    return undefined;
  }

  #end(end: LinkEnd): void {
    this.#state = { name: 'ended' };
    const event = { type: 'ended', end } as const;
    this.#outbox.push({ kind: 'event', connection: this.connectionId, event });
  }
}

function giveUpEnd(hintCode: number | undefined): LinkEnd {
  if (hintCode === undefined) return { kind: 'handshake-timed-out' };
  const reason = `${errorSentence(hintCode)} (The answer was not authenticated.)`;
  return { kind: 'refused', code: hintCode, reason };
}
