// Who may import whom, as data. ARCHITECTURE.md shows the same table and the tidy test compares the
// two; `imports.ts` applies it. To let a folder import one more, change its row here and there, and
// say why in docs/decisions/.

/** One row per folder. Type imports count. Test code may import anything. */
export interface Layer {
  /** Relative to src/, except `games/*`, `examples` and the rest that stand beside it. */
  readonly folder: string;
  readonly mayImport: readonly string[] | 'anything' | 'public exports';
  /** `node:*` modules. */
  readonly node: boolean;
  /** No host: no clock, timer, random source, process or Buffer. */
  readonly pure: boolean;
}

const pure = { node: false, pure: true } as const;
const hosted = { node: true, pure: false } as const;
const portable = { node: false, pure: false } as const;

export const layers: readonly Layer[] = [
  { folder: 'base', mayImport: [], ...pure },
  { folder: 'contract', mayImport: ['base'], ...pure },
  { folder: 'codec', mayImport: ['base', 'contract'], ...pure },
  { folder: 'protocol', mayImport: ['base', 'codec'], ...pure },
  { folder: 'driver', mayImport: ['base', 'protocol'], ...hosted },
  { folder: 'game', mayImport: ['base', 'contract'], ...pure },
  { folder: 'domain', mayImport: ['base', 'contract', 'game'], ...pure },
  { folder: 'store', mayImport: ['base', 'contract', 'domain'], ...hosted },
  { folder: 'bus', mayImport: ['base', 'contract', 'domain'], ...hosted },
  {
    folder: 'gateway',
    mayImport: ['base', 'contract', 'codec', 'protocol', 'game', 'domain'],
    ...portable,
  },
  {
    folder: 'client',
    mayImport: ['base', 'contract', 'codec', 'protocol', 'driver', 'game'],
    ...portable,
  },
  {
    folder: 'app',
    mayImport: [
      'base',
      'contract',
      'codec',
      'protocol',
      'driver',
      'game',
      'domain',
      'store',
      'bus',
      'gateway',
      'client',
    ],
    ...hosted,
  },
  { folder: 'testing', mayImport: 'anything', ...hosted },
  { folder: 'games/*/rules.ts', mayImport: ['base', 'game'], ...pure },
  { folder: 'games/*', mayImport: ['base', 'game', 'client'], ...hosted },
  { folder: 'examples', mayImport: 'public exports', ...hosted },
  { folder: 'test', mayImport: 'anything', ...hosted },
  { folder: 'bench', mayImport: 'anything', ...hosted },
  { folder: 'scripts', mayImport: 'anything', ...hosted },
];

/** Inside domain/, a folder may import the ones before it. Files directly in domain/ are free. */
export const domainOrder = [
  'account',
  'social',
  'chat',
  'file',
  'rating',
  'lobby',
  'matchmaking',
  'match',
  'round',
  'external',
  'host',
  'history',
] as const;

const fromContractUp = [
  'src/contract',
  'src/domain',
  'src/game',
  'src/store',
  'src/bus',
  'src/gateway',
  'src/client',
  'src/app',
];

/**
 * Where a package may be imported, as path prefixes. Folders whose row says `anything` may import
 * every package of this list; an empty list means: only those.
 */
export const packageHomes: Readonly<Record<string, readonly string[]>> = {
  typebox: fromContractUp,
  '@noble/hashes': ['src/game'],
  'sodium-native': ['src/driver'],
  koffi: ['src/driver'],
  kysely: ['src/store'],
  'better-sqlite3': ['src/store'],
  pg: ['src/store'],
  redis: ['src/bus'],
  openskill: ['src/domain/rating'],
  fastify: ['src/gateway', 'src/driver'],
  '@fastify/swagger': ['src/gateway'],
  '@fastify/swagger-ui': ['src/gateway'],
  '@fastify/type-provider-typebox': ['src/gateway'],
  ws: ['src/gateway', 'src/driver'],
  jose: ['src/gateway', 'src/app'],
  pino: ['src/app'],
  'pino-pretty': ['src/app'],
  'prom-client': ['src/app'],
  'rate-limiter-flexible': ['src/app'],
  '@clack/prompts': ['src/app/cli'],
  preact: ['src/app/console'],
  vite: ['src/app/console'],
  uplot: ['src/app/console'],
  'fast-check': [],
  'playwright-core': [],
  typescript: [],
};

/** The row that governs a file; undefined for a file that stands in no known folder. */
export function layerOf(path: string): Layer | undefined {
  if (/^games\/[^/]+\/rules(\.test)?\.ts$/.test(path)) return row('games/*/rules.ts');
  if (path.startsWith('games/')) return row('games/*');
  const [top, second] = path.split('/');
  return row(top === 'src' ? second : top);
}

const row = (folder: string | undefined): Layer | undefined =>
  layers.find((layer) => layer.folder === folder);

/** What the table in ARCHITECTURE.md says in its second column. */
export function permissionText(layer: Layer): string {
  if (typeof layer.mayImport === 'string') return layer.mayImport;
  const names = [...layer.mayImport, ...(layer.node ? ['node:*'] : [])];
  return names.length === 0 ? 'nothing' : names.join(', ');
}
