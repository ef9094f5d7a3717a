// What a qlog 0.3 file in JSON text sequences may say, written from the drafts
// (draft-ietf-quic-qlog-main-schema and -quic-events, where our events have QUIC's names), and a
// reader of such files. Fields that the drafts do not know are allowed by them and listed here.

import assert from 'node:assert/strict';
import { type TSchema, Type } from 'typebox';
import Value from 'typebox/value';
import { utf8Text } from '../../base/bytes.ts';

const exact = <P extends Record<string, TSchema>>(properties: P) =>
  Type.Object(properties, { additionalProperties: false });
const whole = Type.Integer({ minimum: 0 });
const ms = Type.Number();
const oneOf = (...names: string[]) => Type.Enum(names);

const headerRecord = exact({
  qlog_version: Type.Literal('0.3'),
  qlog_format: Type.Literal('JSON-SEQ'),
  title: Type.String({ minLength: 1 }),
  trace: exact({
    title: Type.String({ minLength: 1 }),
    vantage_point: exact({ name: Type.String(), type: oneOf('client', 'server') }),
    common_fields: exact({
      group_id: Type.String(),
      ODCID: Type.String({ pattern: '^([0-9a-f]{2})+$' }),
      protocol_type: Type.Array(Type.String(), { minItems: 1 }),
      time_format: Type.Literal('relative'),
      reference_time: Type.Number(),
    }),
  }),
});

const raw = exact({ length: whole, payload_length: Type.Optional(whole) });
const packetType = Type.Literal('1RTT');
const frame = Type.Union([
  exact({ frame_type: oneOf('padding', 'ping', 'path_challenge', 'path_response') }),
  exact({
    frame_type: Type.Literal('ack'),
    ack_delay: ms,
    acked_ranges: Type.Array(Type.Array(whole, { minItems: 2, maxItems: 2 }), { minItems: 1 }),
    receive_time: Type.Optional(ms),
  }),
  exact({ frame_type: Type.Literal('max_data'), maximum: whole }),
  exact({ frame_type: Type.Literal('max_stream_data'), stream_id: whole, maximum: whole }),
  exact({ frame_type: Type.Literal('time'), epoch: ms }),
  exact({
    frame_type: Type.Literal('connection_close'),
    error_space: oneOf('application', 'transport'),
    error_code: whole,
    reason: Type.String(),
  }),
  exact({
    frame_type: Type.Literal('message'),
    channel: whole,
    message_id: whole,
    raw,
    total_length: Type.Optional(whole),
    fragment_index: Type.Optional(whole),
    fragment_count: Type.Optional(whole),
    compressed: Type.Optional(Type.Literal(true)),
  }),
]);
const packet = exact({
  header: exact({ packet_type: packetType, packet_number: whole, key_phase: oneOfBits() }),
  raw,
  frames: Type.Array(frame),
});

function oneOfBits() {
  return Type.Union([Type.Literal(0), Type.Literal(1)]);
}

const eventData: Readonly<Record<string, TSchema>> = {
  'transport:packet_sent': packet,
  'transport:packet_received': packet,
  'transport:packet_dropped': exact({
    raw,
    trigger: oneOf(
      'invalid',
      'duplicate',
      'connection_unknown',
      'decryption_failure',
      'key_unavailable',
      'general',
    ),
    details: Type.Object({ reason: Type.String() }),
  }),
  'transport:parameters_set': exact({
    owner: oneOf('local', 'remote'),
    max_idle_timeout: whole,
    max_udp_payload_size: whole,
    max_ack_delay: whole,
    initial_max_data: whole,
  }),
  'recovery:packet_lost': exact({
    header: exact({ packet_type: packetType, packet_number: whole }),
  }),
  'recovery:metrics_updated': Type.Object(
    {
      min_rtt: Type.Optional(ms),
      smoothed_rtt: Type.Optional(ms),
      latest_rtt: Type.Optional(ms),
      rtt_variance: Type.Optional(ms),
      pto_count: Type.Optional(whole),
      congestion_window: Type.Optional(whole),
      bytes_in_flight: Type.Optional(whole),
    },
    { additionalProperties: false, minProperties: 1 },
  ),
  'security:key_updated': exact({
    key_type: oneOf('client_1rtt_secret', 'server_1rtt_secret'),
    generation: whole,
    trigger: oneOf('remote_update', 'local_update'),
  }),
  'connectivity:connection_closed': exact({
    owner: oneOf('local', 'remote'),
    application_code: Type.Optional(whole),
    connection_code: Type.Optional(whole),
    reason: Type.Optional(Type.String()),
    trigger: oneOf('idle_timeout', 'application', 'error', 'handshake_timeout'),
    details: Type.Object({ kind: Type.String() }),
  }),
  'paperclip:connection_established': exact({
    local_connection_id: Type.String({ pattern: '^[0-9a-f]{8}$' }),
    remote_connection_id: Type.String({ pattern: '^[0-9a-f]{8}$' }),
    channels: Type.Array(
      exact({
        id: whole,
        name: Type.String(),
        mode: Type.String(),
        message_bytes_max: whole,
      }),
    ),
  }),
  'loglevel:warning': exact({ message: Type.String(), records_lost: whole }),
};

export interface QlogEvent {
  readonly time: number;
  readonly name: string;
  readonly data: Readonly<Record<string, unknown>>;
}

/** Throws an assertion error that names the first record that is not as it should be. */
export function readQlog(bytes: Uint8Array): readonly QlogEvent[] {
  const text = utf8Text(bytes);
  assert.ok(text !== undefined, 'a trace is UTF-8');
  const records = text.split('\u001e');
  assert.equal(records.shift(), '', 'each record begins with a record separator');
  const values: unknown[] = records.map((record) => {
    assert.ok(record.endsWith('\n'), `a record ends its line: ${record}`);
    return JSON.parse(record);
  });
  check(headerRecord, values.shift(), 'the header');
  let lastTime = 0;
  return values.map((value, i) => {
    const place = `record ${i + 1}`;
    const event = Type.Object({ time: ms, name: Type.String(), data: Type.Object({}) });
    check(exact(event.properties), value, place);
    // Boundary: `check` has just seen that it is so.
    const { time, name, data } = value as unknown as QlogEvent;
    const schema = eventData[name];
    assert.ok(schema !== undefined, `${place} is a ${name}, which is not known`);
    check(schema, data, `${place}, a ${name}`);
    if (name !== 'loglevel:warning') assert.ok(time >= lastTime, `${place} goes back in time`);
    lastTime = Math.max(lastTime, time);
    return { time, name, data };
  });
}

function check(schema: TSchema, value: unknown, place: string): void {
  if (Value.Check(schema, value)) return;
  const [error] = Value.Errors(schema, value);
  assert.fail(`${place}: ${error?.instancePath} ${error?.message}\n${JSON.stringify(value)}`);
}
