// What friends, blocks and presence need kept. Every method resolves when the change is durable.

export interface StoredFriendship {
  /** Who asked. */
  readonly fromId: string;
  readonly toId: string;
  readonly state: 'requested' | 'friends';
  /** Of the request, then of the answer. */
  readonly sinceMs: number;
}

export interface FriendStore {
  /** Friendships and requests both ways; oldest first. */
  ofPlayer(playerId: string): Promise<readonly StoredFriendship[]>;
  /** In either direction. */
  between(playerId: string, otherId: string): Promise<StoredFriendship | undefined>;
  /** In place of what is between the two. */
  put(friendship: StoredFriendship): Promise<void>;
  /** In either direction. */
  remove(playerId: string, otherId: string): Promise<void>;
}

export interface StoredBlock {
  readonly blockerId: string;
  readonly blockedId: string;
}

export interface BlockStore {
  all(): Promise<readonly StoredBlock[]>;
  /** What the two were to each other ends with it. */
  add(block: StoredBlock, atMs: number): Promise<void>;
  remove(block: StoredBlock): Promise<void>;
}

export interface StoredVisit {
  readonly playerId: string;
  readonly cameAtMs: number;
  /** Null while the player is connected, and after a crash until the next start. */
  readonly leftAtMs: number | null;
}

/** The last visit of each player: when the first connection came, when the last one left. */
export interface VisitStore {
  came(playerId: string, atMs: number): Promise<void>;
  left(playerId: string, atMs: number): Promise<void>;
  of(playerId: string): Promise<StoredVisit | undefined>;
  /** Players whose last visit ended then or later; latest first. */
  since(leftAtMs: number, limit: number): Promise<readonly StoredVisit[]>;
  /** After a crash nobody knows when they left: they left when they came. */
  closeAll(): Promise<void>;
}
