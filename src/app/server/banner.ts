// What a server says when it has started: where it listens, what it has, and what to type next; for
// people as a short list, for programs as one line of JSON.

import type { RunningServer } from './serve.ts';
import type { ServerConfig } from './server-config.ts';

export interface BannerFacts {
  readonly server: RunningServer;
  readonly config: ServerConfig;
  readonly version: string;
  /** How this program is started, such as `npx paperclip`. */
  readonly program: string;
  /** Of games that do not come with Paperclip. */
  readonly ownGameFolders: readonly string[];
  readonly bold: (text: string) => string;
}

export function banner(facts: BannerFacts): string {
  const { server, config, version, program, ownGameFolders, bold } = facts;
  const { url, addresses, games } = server;
  const udp = addresses.udp.map(({ address, port }) => `${address}:${port}`);
  const isDefault = url === 'http://127.0.0.1:5000';
  const rows = [
    ['HTTP, WebSocket', url],
    ['docs', `${url}/docs`],
    ['matches (UDP)', udp.join(', ')],
    ...lineRows(server),
    ...classicRows(server),
    ['database', config.data],
    ['games', games.join(', ')],
    ...(config.metrics.access === 'off' ? [['metrics', 'off; --metrics-token turns them on']] : []),
  ] as const;
  const width = Math.max(...rows.map(([name = '']) => name.length)) + 2;
  // The command line needs the rules of a game that does not come with Paperclip.
  const folders = ownGameFolders.map((folder) => ` --games ${folder}`);
  const where = isDefault ? '' : ` --server ${url}`;
  const play = `${program} play ${games[0]}${where}${folders.join('')}`;
  return [
    '',
    `  ${bold(`Paperclip ${version}`)}`,
    '',
    ...rows.map(([name = '', value = '']) => `  ${name.padEnd(width)}${value}`),
    '',
    `  ${bold('Next')}, in another terminal:`,
    `    ${play}`,
    `    ${program} chat${where}`,
    '',
    '  Ctrl-C ends the server.',
    '',
  ].join('\n');
}

/** One line. */
export function bannerJson({ server, config, version }: BannerFacts): string {
  const { url, addresses, games } = server;
  return JSON.stringify({
    event: 'listening',
    version,
    pid: process.pid,
    url,
    webSocketUrl: `${url.replace(/^http/, 'ws')}/v1/ws`,
    docsUrl: `${url}/docs`,
    hosts: addresses.udp,
    lines: addresses.lines,
    ...(addresses.classic && { classic: addresses.classic }),
    data: config.data,
    games,
  });
}

const classicRows = ({ addresses: { classic } }: RunningServer): readonly string[][] =>
  classic === undefined ? [] : [['Paperclip 0 (UDP)', `${classic.host}:${classic.port}`]];

/** One row per wire: `text  127.0.0.1:1337, TLS 1338`. */
function lineRows({ addresses }: RunningServer): readonly (readonly [string, string])[] {
  const { host, ports } = addresses.lines;
  const names = ['text', 'messenger', 'files', 'guess', 'lobby', 'lobby-json'];
  return names.flatMap((name) => {
    const plain = ports[name];
    const tls = ports[`${name}-tls`];
    const where = [
      ...(plain === undefined ? [] : [`${host}:${plain}`]),
      ...(tls === undefined ? [] : [`${host}:${tls} (TLS)`]),
    ];
    return where.length === 0 ? [] : [[name, where.join(', ')] as const];
  });
}
