// Another player, as much as everybody may know, and the check that every command about another
// player begins with.

import { PaperclipError } from '../../contract/errors.ts';
import type { Person } from '../../contract/people-schema.ts';
import type { StoredPlayer } from '../account/account-store.ts';

export const personOf = ({ id, name, kind }: StoredPlayer): Person => ({ id, name, kind });

/** Throws TO_YOURSELF. */
export function requireOther(other: StoredPlayer, playerId: string): void {
  if (other.id === playerId) throw new PaperclipError('TO_YOURSELF');
}
