// Example values for the OpenAPI document, by member name where one makes sense to a person, else
// by the schema's type.

/** What is read of a JSON Schema here. */
interface Shape {
  readonly type?: string;
  readonly const?: unknown;
  readonly default?: unknown;
  readonly minimum?: number;
  readonly anyOf?: readonly object[];
  readonly items?: object;
  readonly properties?: Readonly<Record<string, object>>;
}

const sentences: Readonly<Record<string, string | number | boolean>> = {
  accessToken: 'eyJhbGciOiJIUzI1NiJ9...',
  accessTokenExpiresInS: 600,
  address: '127.0.0.1',
  caller: 'guest',
  clientPublicKey: 'hSDwCYkwp1R0i33ctD73Wg2_Og0mOBr066SpjqqbTmo',
  code: 'K7Q2',
  command: 'lobby.join',
  createdAt: '2026-01-31T12:00:00.000Z',
  cursor: 'MTc2OTg1',
  endedAt: '2026-01-31T12:03:10.000Z',
  expiresAt: '2026-01-31T12:01:00.000Z',
  field: 'name',
  fileId: 'f7k2m9q4',
  game: 'rps',
  gateKey: 'Zm9yIHRoaXMgcGxheWVyIG9ubHksIDMyIGJ5dGVzIQA',
  hasBot: true,
  id: 'x4mq7c2k',
  incident: '5f1d20c9',
  lobby: 'K7Q2',
  lobbyId: 'x4mq7c2k',
  map: 'scmp_007',
  match: 'm9t3w8zd',
  matchId: 'm9t3w8zd',
  max: 2,
  members: 2,
  message: 'What happened.',
  min: 2,
  mod: 'faf',
  name: 'mario',
  ownerId: 'p6hd0q1v',
  password: 'correct horse battery',
  passwordSha256: '9028ea0d15decaa35b2da21c0290af3b1a5ba0a30a591906f89b5074e209ea72',
  player: 'mario',
  playerId: 'p6hd0q1v',
  playersMax: 2,
  playersMin: 2,
  port: 5001,
  problem: 'must have at least 2 characters',
  publicKey: 'hSDwCYkwp1R0i33ctD73Wg2_Og0mOBr066SpjqqbTmo',
  ready: true,
  refreshToken: 'r1.Qm9i...',
  refreshTokenExpiresInS: 2_592_000,
  retryAfterS: 30,
  startsAt: '2026-01-31T12:00:10.000Z',
  startedAt: '2026-01-31T12:00:00.000Z',
  sha256: '9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08',
  stateHash: '9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08',
  ticket: 'AQAB...',
  transferId: '0b5e3a4e-5d0f-4c43-9b1c-2f6f1f3f9a11',
  title: 'Rock, paper, scissors',
  version: 1,
};

export function exampleOf(schema: object, name = ''): unknown {
  const shape = schema as Shape;
  if (shape.type === 'object') {
    return Object.fromEntries(
      Object.entries(shape.properties ?? {}).map(([member, inner]) => [
        member,
        exampleOf(inner, member),
      ]),
    );
  }
  if (shape.type === 'array') return shape.items === undefined ? [] : [exampleOf(shape.items)];
  if (shape.const !== undefined) return shape.const;
  if (shape.anyOf?.[0] !== undefined) return exampleOf(shape.anyOf[0], name);
  if (Object.hasOwn(sentences, name)) {
    const value = sentences[name];
    const isNumber = shape.type === 'integer' || shape.type === 'number';
    if (isNumber === (typeof value === 'number') || shape.type === 'detail') return value;
  }
  if (shape.default !== undefined) return shape.default;
  switch (shape.type) {
    case 'string':
      return 'text';
    case 'integer':
    case 'number':
      return shape.minimum ?? 1;
    case 'boolean':
      return true;
    case 'detail':
      return name;
    default:
      return {};
  }
}
