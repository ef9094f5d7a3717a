// A connection's events as qlog 0.3 in JSON text sequences (RFC 7464): what qvis and most tools
// read today. Events that mean what QUIC's mean have QUIC's names and fields
// (draft-ietf-quic-qlog-quic-events), what is ours alone is in `paperclip:`. Only text is made
// here: files, bounds and the disk are `driver/trace-file.ts`'s.
//
// Message bytes and keys are NOT in it: a trace can be shown to others, sizes and times of all that
// was said included.

import { frameTypes } from '../../codec/paperclip/frame-table.ts';
import { FrameReader, framesEnd } from '../../codec/paperclip/frames.ts';
import type { TransportParameters } from '../../codec/paperclip/parameters.ts';
import type { LinkEnd } from '../link.ts';
import type { DropReason } from './drops.ts';
import type { ConnectionSetup } from './parameters.ts';
import type { ConnectionTrace, TracedMetrics, TracedPacket } from './trace.ts';

type Fields = Readonly<Record<string, unknown>>;

export interface QlogOutput {
  /** One record: it is taken, or lost when the disk does not keep up. */
  write(record: string): void;
  end(): unknown;
}

const packetType = '1RTT';
const hexId = (id: number): string => id.toString(16).padStart(8, '0');

/** The two connection ids, host's first: the same at both ends. */
export const connectionName = ({
  role,
  localConnectionId,
  remoteConnectionId,
}: ConnectionSetup): string => {
  const [host, client] =
    role === 'host'
      ? [localConnectionId, remoteConnectionId]
      : [remoteConnectionId, localConnectionId];
  return `${hexId(host)}-${hexId(client)}`;
};

export class QlogTrace implements ConnectionTrace {
  readonly #output: QlogOutput;
  readonly #setup: ConnectionSetup;
  readonly #startMs: number;
  readonly #frames = new FrameReader();
  /** What `metrics_updated` said last, by field. */
  readonly #told = new Map<string, number>();

  /** `unixMs` is the wall clock at `nowMs`. */
  constructor(setup: ConnectionSetup, nowMs: number, unixMs: number, output: QlogOutput) {
    this.#output = output;
    this.#setup = setup;
    this.#startMs = nowMs;
    const { role } = setup;
    const name = connectionName(setup);
    const title = `paperclip ${role} ${name}`;
    this.#record({
      qlog_version: '0.3',
      qlog_format: 'JSON-SEQ',
      title,
      trace: {
        title,
        vantage_point: { name: 'paperclip', type: role === 'host' ? 'server' : 'client' },
        common_fields: {
          group_id: name,
          ODCID: name.slice(0, 8),
          protocol_type: ['PAPERCLIP1'],
          time_format: 'relative',
          reference_time: unixMs,
        },
      },
    });
    this.#started(nowMs);
  }

  packetSent(nowMs: number, packet: TracedPacket): void {
    this.#event(nowMs, 'transport:packet_sent', this.#packet(packet));
  }

  packetReceived(nowMs: number, packet: TracedPacket): void {
    this.#event(nowMs, 'transport:packet_received', this.#packet(packet));
  }

  packetDropped(nowMs: number, datagramBytes: number, reason: DropReason): void {
    this.#event(nowMs, 'transport:packet_dropped', {
      raw: { length: datagramBytes },
      trigger: dropTriggers[reason],
      details: { reason },
    });
  }

  packetLost(nowMs: number, packetNumber: number): void {
    const header = { packet_type: packetType, packet_number: packetNumber };
    this.#event(nowMs, 'recovery:packet_lost', { header });
  }

  metricsUpdated(nowMs: number, { rtt, congestion, sent, loss }: TracedMetrics): void {
    const changed: Record<string, number> = {};
    const tell = (name: string, value: number) => {
      const rounded = Math.round(value * 1000) / 1000;
      if (this.#told.get(name) === rounded) return;
      this.#told.set(name, rounded);
      changed[name] = rounded;
    };
    if (rtt.hasSample) {
      tell('min_rtt', rtt.minMs);
      tell('smoothed_rtt', rtt.smoothedMs);
      tell('latest_rtt', rtt.latestMs);
      tell('rtt_variance', rtt.varianceMs);
    }
    tell('pto_count', loss.ptoTotal);
    tell('congestion_window', Math.round(congestion.windowBytes));
    tell('bytes_in_flight', sent.bytesInFlight);
    for (const _ in changed) {
      this.#event(nowMs, 'recovery:metrics_updated', changed);
      return;
    }
  }

  keyUpdated(nowMs: number, direction: 'read' | 'write', updates: number): void {
    const isClients = (direction === 'write') === (this.#setup.role === 'client');
    this.#event(nowMs, 'security:key_updated', {
      key_type: isClients ? 'client_1rtt_secret' : 'server_1rtt_secret',
      generation: updates,
      trigger: direction === 'read' ? 'remote_update' : 'local_update',
    });
  }

  ended(nowMs: number, end: LinkEnd): void {
    this.#event(nowMs, 'connectivity:connection_closed', closedData(end));
  }

  forgotten(): void {
    this.#output.end();
  }

  #started(nowMs: number): void {
    const { channels, local, remote, localConnectionId, remoteConnectionId } = this.#setup;
    this.#event(nowMs, 'paperclip:connection_established', {
      local_connection_id: hexId(localConnectionId),
      remote_connection_id: hexId(remoteConnectionId),
      channels: channels.map(({ name, mode, messageBytesMax }, id) => ({
        id,
        name,
        mode,
        message_bytes_max: messageBytesMax,
      })),
    });
    this.#event(nowMs, 'transport:parameters_set', parametersData('local', local));
    this.#event(nowMs, 'transport:parameters_set', parametersData('remote', remote));
  }

  #packet({ number, keyPhase, datagramBytes, bytes, start, end }: TracedPacket): Fields {
    const frames: Fields[] = [];
    const reader = this.#frames;
    reader.reset(bytes, start, end);
    let before = -1;
    for (let type = reader.next(); type !== framesEnd; type = reader.next()) {
      // Malformed ones end the connection, and that is told.
      if (type < 0) break;
      // Each byte of padding is a frame: a peer could have 35 kB written for each of its packets.
      if (type !== frameTypes.padding || before !== type) frames.push(frameData(type, reader));
      before = type;
    }
    return {
      header: { packet_type: packetType, packet_number: number, key_phase: keyPhase },
      raw: { length: datagramBytes, payload_length: end - start },
      frames,
    };
  }

  #event(nowMs: number, name: string, data: Fields): void {
    const time = Math.round((nowMs - this.#startMs) * 1000) / 1000;
    this.#record({ time, name, data });
  }

  #record(record: Fields): void {
    this.#output.write(`\u001e${JSON.stringify(record)}\n`);
  }
}

function frameData(type: number, f: FrameReader): Fields {
  switch (type) {
    case frameTypes.padding:
      return { frame_type: 'padding' };
    case frameTypes.ping:
      return { frame_type: 'ping' };
    case frameTypes.ack:
    case frameTypes.ackWithTime:
      return {
        frame_type: 'ack',
        ack_delay: Math.round(f.ackDelayMs * 1000) / 1000,
        acked_ranges: Array.from({ length: f.rangeCount }, (_, i) => [
          f.rangeLow[i],
          f.rangeHigh[i],
        ]),
        ...(f.receiveTimeUs >= 0 && { receive_time: f.receiveTimeUs / 1000 }),
      };
    case frameTypes.connectionWindow:
      return { frame_type: 'max_data', maximum: f.creditBytes };
    case frameTypes.channelWindow:
      return { frame_type: 'max_stream_data', stream_id: f.channel, maximum: f.creditBytes };
    case frameTypes.pathChallenge:
      return { frame_type: 'path_challenge' };
    case frameTypes.pathResponse:
      return { frame_type: 'path_response' };
    case frameTypes.time:
      return { frame_type: 'time', epoch: f.epochUnixUs / 1000 };
    case frameTypes.close:
      return {
        frame_type: 'connection_close',
        error_space: f.closeCode < 256 ? 'application' : 'transport',
        error_code: f.closeCode,
        reason: f.closeReason,
      };
    default:
      return messageData(type, f);
  }
}

function messageData(type: number, f: FrameReader): Fields {
  const isFragment =
    type === frameTypes.messageFragment || type === frameTypes.messageFragmentCompressed;
  const isCompressed =
    type === frameTypes.messageCompressed || type === frameTypes.messageFragmentCompressed;
  return {
    frame_type: 'message',
    channel: f.channel,
    message_id: f.messageId,
    raw: { length: f.dataEnd - f.dataStart },
    ...(isFragment && {
      total_length: f.totalBytes,
      fragment_index: f.fragmentIndex,
      fragment_count: f.fragmentCount,
    }),
    ...(isCompressed && { compressed: true }),
  };
}

const parametersData = (owner: 'local' | 'remote', p: TransportParameters): Fields => ({
  owner,
  max_idle_timeout: p.idleTimeoutMs,
  max_udp_payload_size: p.datagramBytesMax,
  max_ack_delay: p.ackDelayMaxMs,
  initial_max_data: p.connectionWindowBytes,
});

const dropTriggers: Readonly<Record<DropReason, string>> = {
  'malformed-length': 'invalid',
  'malformed-header': 'invalid',
  'wrong-connection': 'connection_unknown',
  replayed: 'duplicate',
  'key-not-in-use': 'key_unavailable',
  'aead-failed': 'decryption_failure',
  'after-close': 'general',
};

function closedData(end: LinkEnd): Fields {
  const details = { kind: end.kind };
  switch (end.kind) {
    case 'closed-here':
    case 'closed-by-peer': {
      const owner = end.kind === 'closed-here' ? 'local' : 'remote';
      const code = end.code < 256 ? 'application_code' : 'connection_code';
      const trigger = end.code < 256 ? 'application' : 'error';
      return { owner, [code]: end.code, reason: end.reason, trigger, details };
    }
    case 'timed-out':
      return { owner: 'local', trigger: 'idle_timeout', details };
    case 'replaced':
      return { owner: 'local', trigger: 'application', details };
    case 'handshake-timed-out':
      return { owner: 'local', trigger: 'handshake_timeout', details };
    case 'refused':
    case 'protocol-error': {
      const { code, reason } = end;
      return { owner: 'local', connection_code: code, reason, trigger: 'error', details };
    }
    default:
      return end satisfies never;
  }
}
