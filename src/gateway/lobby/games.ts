// The games of this protocol, which the platform does not run: nothing of them is here yet, so that
// there are none to see, and what a game says goes nowhere.

import type { LobbyMessage, LobbyUser } from './lobby-user.ts';

/** As a log-in is told of them. */
export async function visibleGames(_user: LobbyUser): Promise<readonly object[]> {
  return [];
}

/** What the program on the other side of the client says: `{command, target, args}`. */
export async function handleGameMessage(_user: LobbyUser, _message: LobbyMessage): Promise<void> {}
