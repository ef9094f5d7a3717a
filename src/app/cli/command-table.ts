// Every command of `paperclip`, as data. `paperclip --help`, `paperclip help NAME` and the tables
// of `docs/cli.md` are made from it. `serve` alone reads its own flags, as it also reads them from
// the environment and a file. Long because it is one table.

import type { CliCommand } from './command.ts';
import type { Flags } from './usage.ts';

export const commonFlags = {
  help: { type: 'boolean', short: 'h', summary: 'Show this help.' },
  json: { type: 'boolean', summary: 'One JSON object per line, for programs.' },
  'no-color': { type: 'boolean', summary: 'No colours. NO_COLOR=1 does the same.' },
} as const satisfies Flags;

const server = {
  server: {
    type: 'string',
    value: 'URL',
    summary: 'The server. Default PAPERCLIP_SERVER, or http://localhost:5000.',
  },
} as const satisfies Flags;

const page = {
  limit: { type: 'string', value: 'N', summary: 'Rows to show, 1 to 100. Default 20.' },
} as const satisfies Flags;

const games = {
  games: {
    type: 'string',
    value: 'FOLDER',
    multiple: true,
    summary: 'More games, beside those that come with Paperclip. Can be repeated.',
  },
} as const satisfies Flags;

const signIn = {
  guest: {
    type: 'boolean',
    value: '[NAME]',
    wordFor: 'name',
    summary: 'Without an account, under this name.',
  },
  name: { type: 'string', value: 'NAME', summary: 'Log in as NAME, or the guest’s name.' },
  password: {
    type: 'string',
    value: 'TEXT',
    summary: 'Better: PAPERCLIP_PASSWORD. Others can read a command line.',
  },
  register: { type: 'boolean', summary: 'Make the account NAME first.' },
} as const satisfies Flags;

const chatFlags = {
  ...server,
  ...signIn,
  guest: { ...signIn.guest, wordFirst: true },
  to: { type: 'string', value: 'NAME', summary: 'Write to this player, not to the room.' },
  secret: { type: 'boolean', summary: 'With --to: sealed, so that the server cannot read it.' },
  'download-dir': {
    type: 'string',
    value: 'FOLDER',
    summary: 'Where /take saves files. Default: the current folder.',
  },
} as const satisfies Flags;

const playFlags = {
  ...server,
  ...signIn,
  anyone: { type: 'boolean', summary: 'Play the next player who comes.' },
  bot: { type: 'boolean', summary: 'Play the game’s own bot.' },
  create: { type: 'boolean', summary: 'Open a public lobby and wait in it.' },
  private: { type: 'boolean', summary: 'Open a private lobby and show its code.' },
  join: { type: 'string', value: 'CODE', summary: 'Enter the private lobby with this code.' },
  lobby: { type: 'string', value: 'ID', summary: 'Enter this public lobby.' },
  settings: {
    type: 'string',
    value: 'KEY=VALUE',
    multiple: true,
    summary: 'A setting of the game, for a lobby that you open. Can be repeated.',
  },
  inputs: {
    type: 'string',
    value: 'A,B,...',
    summary: 'Play these keys in turn, then leave. Without a terminal: lines of stdin.',
  },
  auto: { type: 'boolean', summary: 'Let the game’s bot play this seat.' },
  classic: {
    type: 'string',
    value: 'URL',
    summary: 'Play rps over Paperclip 0 on this server: its HTTP companion. It needs an account.',
  },
  ...games,
} as const satisfies Flags;

const lobbyFlags = {
  user: { type: 'string', value: 'NAME', summary: 'The account’s name.' },
  token: { type: 'boolean', summary: 'Log in with the access token in PAPERCLIP_TOKEN instead.' },
  register: { type: 'boolean', summary: 'Make the account first, for log-ins of this kind, too.' },
  enable: { type: 'boolean', summary: 'Allow log-ins of this kind for the account first.' },
  host: { type: 'string', value: 'HOST', summary: 'Default: the host of the server.' },
  port: {
    type: 'string',
    value: 'PORT',
    summary: 'Default 8002; qdatastream: 8001. With --tls 8004; 8003.',
  },
  format: {
    type: 'string',
    value: 'json|qdatastream',
    summary: 'How the port frames messages. Default json.',
  },
  tls: { type: 'boolean', summary: 'Encrypt the connection.' },
  ca: {
    type: 'string',
    value: 'FILE',
    summary: 'With --tls: PEM of the authority to believe. Default: this machine’s own, or Node’s.',
  },
  ws: { type: 'boolean', summary: 'Over the server’s WebSocket, at /lobby of its URL.' },
  ...server,
} as const satisfies Flags;

export const cliCommands: readonly CliCommand[] = [
  {
    name: 'play',
    group: 'Play',
    operands: '[GAME]',
    operandsMax: 1,
    summary: 'Play a match: find somebody, a friend or a bot, and go.',
    details: [
      'Asks for what no flag says. Without a terminal it asks nothing: it plays as a guest against ' +
        'the next player who comes, unless flags say otherwise.',
      'Ctrl-C once leaves the lobby or gives the match up; twice quits at once.',
      'With --classic it plays rock, paper, scissors as an older client does: in a lobby with room, ' +
        'or a new one, or the one that --create or --lobby says, round after round until you leave.',
    ],
    flags: playFlags,
    examples: [
      'paperclip play rps',
      'paperclip play rps --guest --bot',
      'paperclip play rps --guest mario --private --settings firstTo=5',
      'paperclip play rps --guest --join K7Q2',
      'paperclip play rps --guest --bot --auto --json',
      'paperclip play rps --classic http://localhost:5000 --name mario --register',
    ],
    load: async () => (await import('./play-command.ts')).playCommand,
  },
  {
    name: 'chat',
    group: 'Play',
    operands: '[MESSAGE ...]',
    operandsMax: Number.POSITIVE_INFINITY,
    summary: 'Talk: the room, messages to a player, friends, sealed messages, files.',
    details: [
      'With a MESSAGE it sends that and ends. Without one it stays: at a terminal there is a line ' +
        'to type in, and /help lists what it can do; on a pipe, each line of input is taken as if ' +
        'typed, and each event is a line of output.',
      'The word behind --guest is the name; put -- before a message that follows it.',
    ],
    flags: chatFlags,
    examples: [
      'paperclip chat',
      'paperclip chat --guest mario',
      'paperclip chat --to ada hello there',
      'paperclip chat --to ada --secret',
      "printf '/who\\n' | paperclip chat --json",
    ],
    load: async () => (await import('./chat-command.ts')).chatCommand,
  },
  {
    name: 'text',
    group: 'Play',
    operands: '',
    operandsMax: 0,
    summary:
      'Talk and guess over the text protocol: a chat room with a game, on a port of its own.',
    details: [
      'Says to everybody what you type; lines that begin with a slash do more, and /help lists them. ' +
        'A name alone is a guest’s; an account needs its password in PAPERCLIP_PASSWORD.',
      '/secret NAME TEXT sends what the server cannot read. Compare the fingerprints that are shown: ' +
        'keys are made anew each time, and one that changes meanwhile is warned of.',
      'In a pipe it reads lines of stdin, and leaves when they end.',
    ],
    flags: {
      host: { type: 'string', value: 'HOST', summary: 'The server. Default localhost.' },
      port: { type: 'string', value: 'PORT', summary: 'Default 1337, with --tls 1338.' },
      'files-port': {
        type: 'string',
        value: 'PORT',
        summary: 'Of the bytes of files. Default 1339.',
      },
      tls: { type: 'boolean', summary: 'Encrypt the connection; not the bytes of files.' },
      ca: {
        type: 'string',
        value: 'FILE',
        summary: 'The authority to believe, as PEM. Default: those that Node brings.',
      },
      username: { type: 'string', value: 'NAME', summary: '3 to 14 letters, digits, underscores.' },
    },
    examples: [
      'paperclip text --username mario',
      'paperclip text --host game.example --tls --username mario',
      'echo "/users" | paperclip text --username mario',
    ],
    load: async () => (await import('./text-command.ts')).textCommand,
  },
  {
    name: 'demo',
    group: 'Play',
    operands: '',
    operandsMax: 0,
    summary: 'Two bots play rps over encrypted UDP that loses datagrams, on a server of their own.',
    flags: {
      loss: {
        type: 'string',
        value: 'SHARE',
        summary: 'Datagrams to lose, 0 to 0.5. Default 0.05.',
      },
      seed: { type: 'string', value: 'N', summary: 'Which datagrams get lost. Default 1.' },
    },
    examples: ['paperclip demo', 'paperclip demo --loss 0.3', 'paperclip demo --json'],
    load: async () => (await import('./demo-command.ts')).demoCommand,
  },
  {
    name: 'messenger',
    group: 'Play',
    operands: '',
    operandsMax: 0,
    summary: 'Talk to who is on a server: messages, broadcasts, and private connections.',
    details: [
      'Asks for a name and a password; a new name makes an account. Then every line is a command: ' +
        '`help` lists them. Without a terminal, the lines of stdin are the name, the password and ' +
        'the commands, and their end logs out.',
      'Ctrl-C once logs out; twice quits at once.',
    ],
    flags: {
      host: { type: 'string', value: 'HOST', summary: 'The server. Default localhost.' },
      port: { type: 'string', value: 'PORT', summary: 'Its port. Default 4000, 4001 with --tls.' },
      tls: { type: 'boolean', summary: 'Encrypt the connection to the server.' },
      ca: {
        type: 'string',
        value: 'FILE',
        summary: 'PEM of the authority to believe, with --tls.',
      },
      name: { type: 'string', value: 'NAME', summary: 'Log in as NAME.' },
    },
    examples: [
      'paperclip messenger',
      'paperclip messenger --host play.example --tls',
      'PAPERCLIP_PASSWORD=... paperclip messenger --name hans < commands.txt',
    ],
    load: async () => (await import('./messenger-command.ts')).messengerCommand,
  },
  {
    name: 'guess',
    group: 'Play',
    operands: '',
    operandsMax: 0,
    summary: 'Guess a number over the guessing service, alone or with everybody who is there.',
    details: [
      'Asks for the mode, then takes numbers. `exit` goes back to the mode, and from there it ends. ' +
        'In a pipe each line of stdin is taken as if typed, and its end leaves.',
      'The connection is encrypted. The server’s certificate must be of the authority in --ca; ' +
        'without it, of this machine’s own (`paperclip certs`), or one that Node believes.',
    ],
    flags: {
      host: { type: 'string', value: 'HOST', summary: 'The server. Default localhost.' },
      port: { type: 'string', value: 'PORT', summary: 'Its port. Default 12345.' },
      ca: { type: 'string', value: 'FILE', summary: 'PEM of the authority to believe.' },
      mode: { type: 'string', value: 'MODE', summary: 'single or multi, instead of asking.' },
      log: { type: 'string', value: 'FILE', summary: 'Append a line for each event.' },
    },
    examples: [
      'paperclip guess',
      'paperclip guess --mode multi',
      'paperclip guess --host game.example --ca ca.pem',
      "printf 'single\\n5\\n8\\n' | paperclip guess",
    ],
    load: async () => (await import('./guess-command.ts')).guessCommand,
  },
  {
    name: 'lobby',
    group: 'Play',
    operands: '',
    operandsMax: 0,
    summary:
      'The lobby protocol: see players and games, host and join, and talk as a game’s program.',
    details: [
      'Asks for a password, or takes PAPERCLIP_PASSWORD. Then every line is a command: `help` lists ' +
        'them. Without a terminal, they are the lines of stdin, after the password if there is no ' +
        'PAPERCLIP_PASSWORD; `wait` lets a script go on when something has come.',
      'The server gets the SHA-256 of the password, and takes it only for accounts that allow it: ' +
        '--register makes one, --enable allows it for one that is there. Both ask --server over HTTP.',
      'It starts no game: what a game’s program would say is typed, and what it is told is shown.',
    ],
    flags: lobbyFlags,
    examples: [
      'paperclip lobby --user mario --register',
      'paperclip lobby --user mario --format qdatastream --host lobby.example --tls',
      'paperclip lobby --user mario --ws --server https://play.example',
      "printf 'games\\n' | PAPERCLIP_PASSWORD=... paperclip lobby --user mario --json",
    ],
    load: async () => (await import('./lobby-command.ts')).lobbyCommand,
  },
  {
    name: 'history',
    group: 'Look',
    operands: '',
    operandsMax: 0,
    summary: 'Ended matches, newest first.',
    flags: {
      ...server,
      player: { type: 'string', value: 'NAME', summary: 'Only matches of this player.' },
      game: { type: 'string', value: 'GAME', summary: 'Only matches of this game.' },
      ...page,
    },
    examples: ['paperclip history', 'paperclip history --player mario --game rps'],
    load: async () => (await import('./history-command.ts')).historyCommand,
  },
  {
    name: 'replay',
    group: 'Look',
    operands: '[ID]',
    operandsMax: 1,
    summary: 'Run an ended match again from its inputs, and check that it ends the same.',
    details: [
      'Exits 1 when the final state’s hash is not the recorded one.',
      'A match comes from the server by its ID, or from a file that --export has written; or from ' +
        'a server’s own data with --data, when that server is not running.',
    ],
    flags: {
      ...server,
      file: { type: 'string', value: 'FILE', summary: 'An exported match, instead of an ID.' },
      data: { type: 'string', value: 'FILE', summary: 'Take the match from this SQLite file.' },
      export: { type: 'string', value: 'FILE', summary: 'Write the match to this new file, too.' },
      speed: { type: 'string', value: 'X', summary: 'Steps a second in a terminal. Default 1.' },
      step: { type: 'string', value: 'N', summary: 'Show only the state after step N.' },
      seat: { type: 'string', value: 'N', summary: 'Whose view to show. Default 0.' },
      ...games,
    },
    examples: [
      'paperclip replay 74fyps4w1y',
      'paperclip replay 74fyps4w1y --step 3 --seat 1',
      'paperclip replay 74fyps4w1y --export round.json',
      'paperclip replay --file round.json',
    ],
    load: async () => (await import('./replay-command.ts')).replayCommand,
  },
  {
    name: 'leaderboard',
    group: 'Look',
    operands: '[GAME]',
    operandsMax: 1,
    summary: 'Players of a game by wins against people.',
    flags: { ...server, ...page },
    examples: ['paperclip leaderboard rps'],
    load: async () => (await import('./leaderboard-command.ts')).leaderboardCommand,
  },
  {
    name: 'games',
    group: 'Look',
    operands: '',
    operandsMax: 0,
    summary: 'The games that the server runs.',
    flags: { ...server },
    examples: ['paperclip games'],
    load: async () => (await import('./games-command.ts')).gamesCommand,
  },
  {
    name: 'lobbies',
    group: 'Look',
    operands: '[GAME]',
    operandsMax: 1,
    summary: 'Public lobbies that have room.',
    flags: { ...server, ...page },
    examples: ['paperclip lobbies', 'paperclip lobbies rps'],
    load: async () => (await import('./lobbies-command.ts')).lobbiesCommand,
  },
  {
    name: 'whoami',
    group: 'Play',
    operands: '',
    operandsMax: 0,
    summary: 'The account that this machine is logged in with.',
    flags: { ...server },
    examples: ['paperclip whoami'],
    load: async () => (await import('./account-commands.ts')).whoamiCommand,
  },
  {
    name: 'logout',
    group: 'Play',
    operands: '',
    operandsMax: 0,
    summary: 'End that session, here and on the server.',
    flags: {
      ...server,
      name: { type: 'string', value: 'NAME', summary: 'Which, when several are logged in.' },
    },
    examples: ['paperclip logout'],
    load: async () => (await import('./account-commands.ts')).logoutCommand,
  },
  {
    name: 'serve',
    group: 'Operate',
    operands: '[FOLDER ...]',
    operandsMax: 0,
    summary: 'Run a server: HTTP, WebSocket and the hosts of matches, in one process.',
    flags: {},
    examples: ['paperclip serve', 'paperclip serve ./my-games', 'paperclip serve --help'],
    ownFlags: true,
    load: async () => (await import('./serve-command.ts')).serveCommand,
  },
  {
    name: 'certs',
    group: 'Operate',
    operands: '',
    operandsMax: 0,
    summary: 'Make a certificate authority and a server’s certificate, and say what clients need.',
    details: [
      'What is there and whole is kept. `paperclip serve` finds them in its data folder, and makes ' +
        'them itself where they are missing.',
    ],
    flags: {
      folder: {
        type: 'string',
        value: 'FOLDER',
        summary: 'Where to. Default: certificates beside the server’s data.',
      },
      name: {
        type: 'string',
        value: 'NAME',
        multiple: true,
        summary: 'A name or address of the server, beside localhost. Can be repeated.',
      },
      replace: {
        type: 'boolean',
        summary: 'A new certificate for the server, also if one is there.',
      },
    },
    examples: ['paperclip certs', 'paperclip certs --name game.example --replace'],
    load: async () => (await import('./certs-command.ts')).certsCommand,
  },
  {
    name: 'accounts',
    group: 'Operate',
    operands: 'import FILE',
    operandsMax: 2,
    summary: 'Import accounts from lines of `username password` into a server’s data file.',
    details: [
      'The server must not be running. Passwords are hashed; accounts that are there stay as they ' +
        'are, so that a second run is safe. Exits 1 when a line was malformed or a duplicate.',
    ],
    flags: {
      data: {
        type: 'string',
        value: 'FILE',
        summary: 'The SQLite file. Default as `paperclip serve` has it.',
      },
    },
    examples: ['paperclip accounts import credentials.txt'],
    load: async () => (await import('./accounts-command.ts')).accountsCommand,
  },
  {
    name: 'doctor',
    group: 'Operate',
    operands: '',
    operandsMax: 0,
    summary: 'Say what is wrong with this machine’s set-up.',
    flags: { ...server },
    examples: ['paperclip doctor'],
    load: async () => (await import('./doctor-command.ts')).doctorCommand,
  },
  {
    name: 'version',
    group: 'Operate',
    operands: '',
    operandsMax: 0,
    summary: 'The versions of Paperclip and of Node.',
    flags: {},
    examples: ['paperclip version'],
    load: async () => (await import('./version-command.ts')).versionCommand,
  },
];
