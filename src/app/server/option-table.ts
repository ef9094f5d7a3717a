// Every setting of a server, as data: from this one table come the flags, the environment
// variables, the keys of the configuration file, `--help`, the checks and the table in
// docs/operations.md.
//
// A setting `udpPort` is the flag `--udp-port`, the variable `PAPERCLIP_UDP_PORT` and the file's
// key `udpPort`. A flag beats the environment, that beats the file, that beats the default.

import { err, ok, type Result } from '../../base/result.ts';
import { contractLimits } from '../../contract/limits.ts';

/** How a setting's text and JSON become its value. The error is the rest of a sentence. */
export interface OptionType<T> {
  /** What stands for the value in the help; absent for a switch. */
  readonly placeholder?: string;
  /** May be given several times, or separated by commas in the environment. */
  readonly isList: boolean;
  readonly parse: (texts: readonly string[]) => Result<T, string>;
  readonly fromJson: (value: unknown) => Result<T, string>;
}

const single = <T>(
  placeholder: string,
  parse: (text: string) => Result<T, string>,
  fromJson: (value: unknown) => Result<T, string>,
): OptionType<T> => ({
  placeholder,
  isList: false,
  parse: (texts) => parse(texts.at(-1) ?? ''),
  fromJson,
});

function text(placeholder: string): OptionType<string> {
  const parse = (given: string) => (given === '' ? err('must not be empty') : ok(given));
  return single(placeholder, parse, (value) =>
    typeof value === 'string' ? parse(value) : err('must be a text'),
  );
}

function whole(placeholder: string, min: number, max: number): OptionType<number> {
  const problem = `must be a whole number from ${min} to ${max}`;
  const check = (value: unknown): Result<number, string> =>
    typeof value === 'number' && Number.isInteger(value) && value >= min && value <= max
      ? ok(value)
      : err(problem);
  return single(
    placeholder,
    (given) => (/^\d{1,15}$/.test(given) ? check(Number(given)) : err(problem)),
    check,
  );
}

function choice<const Name extends string>(
  placeholder: string,
  ...names: readonly Name[]
): OptionType<Name> {
  const problem = `must be ${names.slice(0, -1).join(', ')} or ${names.at(-1)}`;
  const check = (value: unknown): Result<Name, string> => {
    const found = names.find((name) => name === value);
    return found === undefined ? err(problem) : ok(found);
  };
  return single(placeholder, check, check);
}

function list(placeholder: string): OptionType<readonly string[]> {
  const check = (values: readonly unknown[]): Result<readonly string[], string> =>
    values.every((value) => typeof value === 'string' && value !== '')
      ? ok(values as readonly string[])
      : err('must be texts that are not empty');
  return {
    placeholder,
    isList: true,
    parse: check,
    fromJson: (value) => (Array.isArray(value) ? check(value) : err('must be a list of texts')),
  };
}

/** A port, or `off`. */
const portOrOff: OptionType<number | 'off'> = (() => {
  const problem = 'must be a whole number from 0 to 65535, or off';
  const check = (value: unknown): Result<number | 'off', string> => {
    const isPort = typeof value === 'number' && Number.isInteger(value);
    if (value === 'off' || (isPort && value >= 0 && value <= 65_535)) return ok(value);
    return err(problem);
  };
  return single('PORT', (given) => check(/^\d{1,5}$/.test(given) ? Number(given) : given), check);
})();

const onOff: OptionType<boolean> = {
  isList: false,
  parse: (texts) => {
    const given = texts.at(-1) ?? 'true';
    return ['true', '1'].includes(given)
      ? ok(true)
      : ['false', '0', ''].includes(given)
        ? ok(false)
        : err('must be true or false');
  },
  fromJson: (value) => (typeof value === 'boolean' ? ok(value) : err('must be true or false')),
};

export const optionGroups = [
  'Network',
  'Line wires',
  'Games and hosts',
  'Data',
  'Operation',
] as const;

export interface OptionRow<T = unknown> {
  readonly group: (typeof optionGroups)[number];
  readonly type: OptionType<T>;
  /** What holds when it is not given; in words when that is found out at start. */
  readonly fallback: { readonly value: T } | { readonly computed: string };
  readonly help: string;
}

type Group = OptionRow['group'];

const fixed = <T>(group: Group, type: OptionType<T>, value: T, help: string) => ({
  group,
  type,
  fallback: { value },
  help,
});

const computed = <T>(group: Group, type: OptionType<T>, words: string, help: string) => ({
  group,
  type,
  fallback: { computed: words },
  help,
});

const port = whole('PORT', 0, 65_535);

const linePort = (usual: number, help: string) =>
  computed('Line wires', portOrOff, String(usual), help);

export const optionTable = {
  host: fixed('Network', text('ADDRESS'), '127.0.0.1', 'Address for HTTP and WebSocket.'),
  port: fixed('Network', port, 5000, 'TCP port for both; 0 takes any free one.'),
  udpHost: computed('Network', text('ADDRESS'), 'as --host', 'Address for matches.'),
  udpPort: fixed(
    'Network',
    port,
    5001,
    'UDP port of the first host; the next hosts take the next ones. 0: any free.',
  ),
  classic: fixed(
    'Network',
    onOff,
    false,
    'Let clients of Paperclip 0 play too. Its protection is weak by today’s measure.',
  ),
  classicPort: computed('Network', port, 'as --port', 'UDP port of Paperclip 0; 0: any free.'),
  fileBytesMax: fixed(
    'Line wires',
    whole('BYTES', 1, 2 ** 49),
    contractLimits.fileBytesMaxDefault,
    'The largest file that a player may send.',
  ),
  publicAddress: computed(
    'Network',
    text('NAME'),
    'as --udp-host',
    'Name or address that players are told to send their UDP to.',
  ),
  corsOrigin: fixed(
    'Network',
    list('ORIGIN'),
    [],
    'Web page origin that may call, such as https://game.example; * for any. Repeatable.',
  ),
  trustProxy: fixed(
    'Network',
    list('ADDRESS'),
    [],
    'Proxy (address or address/bits) whose X-Forwarded-For is believed. Repeatable.',
  ),
  lineHost: fixed(
    'Line wires',
    text('ADDRESS'),
    '127.0.0.1',
    'Address of these TCP ports, each a number or off. With --port 0: any free.',
  ),
  text: linePort(1337, 'Text protocol, as nc speaks it.'),
  textTls: linePort(1338, 'The same over TLS.'),
  messenger: linePort(4000, 'Messenger.'),
  messengerTls: linePort(4001, 'The same over TLS.'),
  guess: linePort(12_345, 'Guessing service, over TLS.'),
  files: linePort(1339, 'Bytes of files.'),
  lobby: linePort(8001, 'Lobby protocol in QDataStream.'),
  lobbyTls: linePort(8003, 'The same over TLS.'),
  lobbyJson: linePort(8002, 'Lobby protocol in JSON, and /lobby on HTTP.'),
  lobbyJsonTls: linePort(8004, 'The same over TLS.'),
  blockDuration: fixed(
    'Line wires',
    whole('S', 1, 86_400),
    60,
    'Messenger: lock after three wrong passwords.',
  ),
  idleTimeout: fixed(
    'Line wires',
    whole('S', 1, 86_400),
    60,
    'Messenger: log-out without a command.',
  ),
  tlsCert: computed('Line wires', text('FILE'), 'made here', 'Certificate (PEM) of the TLS ports.'),
  tlsKey: computed('Line wires', text('FILE'), 'made here', 'Its key (PEM).'),
  games: computed(
    'Games and hosts',
    list('FOLDER'),
    'the games that come with it',
    'Folder of games; the same as naming it after `serve`. Repeatable.',
  ),
  hosts: computed(
    'Games and hosts',
    whole('COUNT', 1, 64),
    'spare cores',
    'Threads that run matches, each with its UDP port.',
  ),
  matchesMax: fixed(
    'Games and hosts',
    whole('COUNT', 1, 100_000),
    1000,
    'Matches at a time on one host.',
  ),
  data: fixed(
    'Data',
    text('FILE'),
    './paperclip-data/paperclip.sqlite',
    'SQLite file; :memory: forgets everything at the end.',
  ),
  secretsFile: computed(
    'Data',
    text('FILE'),
    'secrets.json beside the data',
    'Keys for tokens and tickets; made at the first start, readable by you alone.',
  ),
  admin: fixed('Operation', list('NAME'), [], 'Account that may ban and announce. Repeatable.'),
  metricsToken: computed(
    'Operation',
    text('TOKEN'),
    'open on loopback, else off',
    'What a scraper of /metrics must send. Better in the environment than as a flag.',
  ),
  shutdownGraceMs: fixed(
    'Operation',
    whole('MS', 0, 3_600_000),
    10_000,
    'How long running matches may go on after Ctrl-C; then they are recorded as abandoned.',
  ),
  logLevel: fixed(
    'Operation',
    choice('LEVEL', 'debug', 'info', 'warn', 'error', 'silent'),
    'info',
    'How much to log: debug, info, warn, error or silent.',
  ),
  logFormat: computed(
    'Operation',
    choice('FORMAT', 'pretty', 'json'),
    'pretty on a terminal, else json',
    'pretty or json; the log goes to stderr.',
  ),
  qlogdir: computed(
    'Operation',
    text('FOLDER'),
    'off',
    'Where each connection leaves a qlog trace. QLOGDIR is read too.',
  ),
  keylogfile: computed(
    'Operation',
    text('FILE'),
    'off',
    'Appends the keys of all connections: who has it reads all that is said. For debugging alone.',
  ),
  json: fixed('Operation', onOff, false, 'Print what listens where as one line of JSON.'),
} as const satisfies Record<string, OptionRow>;

export type OptionName = keyof typeof optionTable;

type ValueOf<Row> = Row extends { readonly type: OptionType<infer T> } ? T : never;

/** A value for every setting, save those that are computed at start and were not given. */
export type GivenOptions = {
  readonly [Name in OptionName]:
    | ValueOf<(typeof optionTable)[Name]>
    | ((typeof optionTable)[Name]['fallback'] extends { readonly computed: string }
        ? undefined
        : never);
};

/** Variables that other tools have made a custom; ours beats them. */
export const standardVariables: { readonly [Name in OptionName]?: string } = {
  qlogdir: 'QLOGDIR',
};

export const optionNames = Object.keys(optionTable) as readonly OptionName[];

export const flagOf = (name: string): string =>
  `--${name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;

export const variableOf = (name: string): string =>
  `PAPERCLIP_${name.replace(/[A-Z]/g, (letter) => `_${letter}`).toUpperCase()}`;

/** For people; empty for a switch that is off and a list that is empty. */
export function defaultText({ fallback }: OptionRow): string {
  if ('computed' in fallback) return fallback.computed;
  const { value } = fallback;
  return value === false || (Array.isArray(value) && value.length === 0) ? '' : String(value);
}
