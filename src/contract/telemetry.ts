// What the rest of the code knows of logs and metrics. `app` wires pino and prom-client behind it;
// tests give arrays.

export type LogFields = Readonly<Record<string, unknown>>;

/** One line per event; `event` is a fixed lower-case phrase, what varies goes into the fields. */
export interface Log {
  debug(event: string, fields?: LogFields): void;
  info(event: string, fields?: LogFields): void;
  warn(event: string, fields?: LogFields): void;
  error(event: string, fields?: LogFields): void;
}

export const silentLog: Log = { debug() {}, info() {}, warn() {}, error() {} };

type Labels = Readonly<Record<string, string>>;

export interface Metrics {
  /** Add to a counter of `metricTable`. */
  count(name: CounterName, labels?: Labels, by?: number): void;
  gauge(name: GaugeName, value: number, labels?: Labels): void;
  /** Seconds. */
  observe(name: HistogramName, seconds: number, labels?: Labels): void;
}

export const silentMetrics: Metrics = { count() {}, gauge() {}, observe() {} };

export interface MetricRow {
  readonly kind: 'counter' | 'gauge' | 'histogram';
  readonly help: string;
  readonly labels: readonly string[];
}

/** Every metric of ours at `/metrics`; `docs/operations.md` lists them. */
export const metricTable = {
  paperclip_commands_total: {
    kind: 'counter',
    help: 'Commands by wire, name and outcome (ok or an error code).',
    labels: ['wire', 'command', 'outcome'],
  },
  paperclip_command_seconds: {
    kind: 'histogram',
    help: 'Time from a command’s arrival to its answer.',
    labels: ['command'],
  },
  paperclip_websockets: {
    kind: 'gauge',
    help: 'Open WebSocket connections.',
    labels: [],
  },
  paperclip_websockets_closed_total: {
    kind: 'counter',
    help: 'Closed WebSocket connections by reason.',
    labels: ['reason'],
  },
  paperclip_files_total: {
    kind: 'counter',
    help: 'Offers and transfers of files that are over, by outcome (done, refused or a reason).',
    labels: ['outcome'],
  },
  paperclip_file_bytes_total: {
    kind: 'counter',
    help: 'Bytes of files taken from senders, counted when a transfer is over.',
    labels: [],
  },
  paperclip_line_connections: {
    kind: 'gauge',
    help: 'Open connections of the wires over TCP (text, messenger, guess, lobby by codec).',
    labels: ['wire'],
  },
  paperclip_line_connections_closed_total: {
    kind: 'counter',
    help: 'Closed connections of the wires over TCP by wire and reason.',
    labels: ['wire', 'reason'],
  },
  paperclip_lobby_messages_sent_total: {
    kind: 'counter',
    help: 'Messages to clients of the lobby protocol, by codec (json, qdatastream).',
    labels: ['codec'],
  },
  paperclip_lobby_messages_received_total: {
    kind: 'counter',
    help: 'Messages of such clients, by command; those that it does not have count as other.',
    labels: ['command'],
  },
  paperclip_lobby_refusals_total: {
    kind: 'counter',
    help: 'What ended such a connection, by reason: malformed, invalid, unauthenticated.',
    labels: ['reason'],
  },
  paperclip_lobby_broadcasts_total: {
    kind: 'counter',
    help: 'Broadcasts of the lobby protocol, each counted once however many get it, by kind.',
    labels: ['kind'],
  },
  paperclip_lobby_broadcast_entities_total: {
    kind: 'counter',
    help: 'Players and games in those broadcasts, by kind.',
    labels: ['kind'],
  },
  paperclip_classic_connections: {
    kind: 'gauge',
    help: 'Players of the classic wire that are connected over UDP.',
    labels: [],
  },
  paperclip_classic_connections_ended_total: {
    kind: 'counter',
    help: 'Ended connections of the classic wire by how they ended.',
    labels: ['end'],
  },
  paperclip_classic_handshakes: {
    kind: 'gauge',
    help: 'Newcomers of the classic wire whose handshake is not over.',
    labels: [],
  },
  paperclip_classic_datagrams_refused_total: {
    kind: 'counter',
    help: 'Datagrams that the classic wire dropped, by reason.',
    labels: ['reason'],
  },
  paperclip_lobbies: { kind: 'gauge', help: 'Lobbies by state.', labels: ['state'] },
  paperclip_external_games: {
    kind: 'gauge',
    help: 'Games that the platform does not run, by state.',
    labels: ['state'],
  },
  paperclip_external_reports_total: {
    kind: 'counter',
    help: 'What players’ programs said about such games, by outcome (taken, ignored, unknown).',
    labels: ['outcome'],
  },
  paperclip_matches_running: { kind: 'gauge', help: 'Running matches by host.', labels: ['host'] },
  paperclip_handshakes_half_open: {
    kind: 'gauge',
    help: 'Handshakes that a host answered and that no first packet has proven.',
    labels: ['host'],
  },
  paperclip_host_under_load: {
    kind: 'gauge',
    help: '1 while a host has so many handshakes that it asks newcomers for a cookie first.',
    labels: ['host'],
  },
  paperclip_matches_ended_total: {
    kind: 'counter',
    help: 'Ended matches by game and reason.',
    labels: ['game', 'reason'],
  },
  paperclip_links: { kind: 'gauge', help: 'Established connections by host.', labels: ['host'] },
  paperclip_datagrams_refused_total: {
    kind: 'counter',
    help: 'Datagrams that a host dropped, by reason.',
    labels: ['host', 'reason'],
  },
  paperclip_datagram_bytes_total: {
    kind: 'counter',
    help: 'UDP payload bytes of a host by direction (in, out).',
    labels: ['host', 'direction'],
  },
  paperclip_datagrams_total: {
    kind: 'counter',
    help: 'Datagrams of a host by direction (in, out).',
    labels: ['host', 'direction'],
  },
  paperclip_links_ended_total: {
    kind: 'counter',
    help: 'Ended connections of a host by how they ended.',
    labels: ['host', 'end'],
  },
} as const satisfies Record<string, MetricRow>;

type NameOf<Kind extends MetricRow['kind']> = {
  [Name in keyof typeof metricTable]: (typeof metricTable)[Name]['kind'] extends Kind
    ? Name
    : never;
}[keyof typeof metricTable];

export type CounterName = NameOf<'counter'>;
export type GaugeName = NameOf<'gauge'>;
export type HistogramName = NameOf<'histogram'>;
