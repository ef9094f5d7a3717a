// Which service does which command about external games.

import { idOf, type Part, playerOf, type Services } from './handlers.ts';

export function externalHandlers(services: Services): Part<'external'> {
  const { external } = services;
  return {
    'external.host': async (args, caller) =>
      external.host(await playerOf(services, caller), caller.sessionId ?? '', args),
    'external.join': async (args, caller) =>
      external.join(await playerOf(services, caller), caller.sessionId ?? '', args),
    'external.leave': async (_args, caller) => {
      external.leave(idOf(caller));
      return {};
    },
    'external.list': async (_args, caller) => ({ games: [...external.list(idOf(caller))] }),
    'external.follow': async (_args, caller) => ({
      games: [...external.follow(idOf(caller), caller.sessionId ?? '')],
    }),
    'external.report': async ({ command, args }, caller) => {
      external.report(idOf(caller), caller.sessionId ?? '', command, args);
      return {};
    },
  };
}
