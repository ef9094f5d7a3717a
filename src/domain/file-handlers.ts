// Which service does which command about files.

import { idOf, type Part, playerOf, type Services } from './handlers.ts';

export function fileHandlers(services: Services): Part<'file'> {
  const { files, accounts } = services;
  return {
    'file.offer': async ({ to, ...offer }, caller) => {
      const self = await playerOf(services, caller);
      return { fileId: files.offer(self, await accounts.get(to), offer) };
    },
    'file.answer': async (args, caller) => {
      const self = await playerOf(services, caller);
      const transferId = files.answer(self, caller.sessionId ?? '', args);
      return transferId === undefined ? {} : { transferId };
    },
    'file.cancel': async ({ fileId }, caller) => {
      files.cancel(idOf(caller), fileId);
      return {};
    },
    'file.list': async (_args, caller) => ({ files: files.list(idOf(caller)) }),
  };
}
