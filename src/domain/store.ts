// The stores of all services, as one thing to open and close.

import type {
  AccountStore,
  ClassicKeyStore,
  LoginStore,
  NumberStore,
  SanctionStore,
  SessionStore,
} from './account/account-store.ts';
import type { DeviceKeyStore, MessageStore } from './chat/chat-store.ts';
import type { ExternalStore } from './external/external-store.ts';
import type { LobbyStore } from './lobby/lobby-store.ts';
import type { MatchStore } from './match/match-store.ts';
import type { RatingStore } from './rating/rating-store.ts';
import type { BlockStore, FriendStore, VisitStore } from './social/social-store.ts';

export interface Store {
  readonly accounts: AccountStore;
  readonly numbers: NumberStore;
  readonly classicKeys: ClassicKeyStore;
  readonly sessions: SessionStore;
  readonly logins: LoginStore;
  readonly sanctions: SanctionStore;
  readonly friends: FriendStore;
  readonly blocks: BlockStore;
  readonly visits: VisitStore;
  readonly messages: MessageStore;
  readonly deviceKeys: DeviceKeyStore;
  readonly lobbies: LobbyStore;
  readonly matches: MatchStore;
  readonly ratings: RatingStore;
  readonly external: ExternalStore;
  /** Finishes what was asked before. */
  close(): Promise<void>;
}
