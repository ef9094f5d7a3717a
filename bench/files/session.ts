// Two guests on a running server, and a file between them that is offered and accepted.

import { httpCaller } from '../../src/client/http-caller.ts';
import type { CommandArgs, CommandName, CommandResult } from '../../src/contract/commands.ts';

export class Session {
  readonly #url: string;

  constructor(url: string) {
    this.#url = url;
  }

  /** Resolves with the transfer's id. */
  async transfer(offer: { readonly size: number; readonly sha256?: string }): Promise<string> {
    const [sender, receiver] = await Promise.all([this.#guest(), this.#guest()]);
    await receiver.connect();
    const wish = { to: receiver.playerId, name: 'bench.bin', ...offer };
    const { fileId } = await sender.call('file.offer', wish);
    const { transferId } = await receiver.call('file.answer', { fileId, accept: true });
    receiver.disconnect();
    if (transferId === undefined) throw new Error('the file was not accepted');
    return transferId;
  }

  async #guest() {
    const caller = httpCaller(this.#url);
    const { accessToken, player } = await caller.call('account.guest', {});
    let socket: WebSocket | undefined;
    return {
      playerId: player.id,
      call: <Name extends CommandName>(
        name: Name,
        args: CommandArgs<Name>,
      ): Promise<CommandResult<Name>> => caller.call(name, args, accessToken),
      connect: async () => {
        socket = new WebSocket(`${this.#url.replace(/^http/, 'ws')}/v1/ws`);
        const answered = Promise.withResolvers<void>();
        socket.addEventListener('open', () =>
          socket?.send(JSON.stringify({ id: 1, auth: accessToken })),
        );
        socket.addEventListener('message', () => answered.resolve());
        await answered.promise;
      },
      disconnect: () => socket?.close(),
    };
  }
}
