// `paperclip messenger`: the messenger protocol in a terminal or a pipe. What is said and how is
// `client/messenger/`; here it is asked for, shown, and connected to the network.

import { readFile } from 'node:fs/promises';
import { hostAfter } from '../../client/after.ts';
import { ClientError } from '../../client/index.ts';
import {
  MessengerClient,
  type MessengerEvent,
  type ServerEnd,
} from '../../client/messenger/messenger-client.ts';
import type { PrivateNetwork } from '../../client/messenger/private-peers.ts';
import { defaultCrypto } from '../../driver/index.ts';
import { connectTcp, listenTcp } from '../../driver/tcp.ts';
import type { ByteStream } from '../../protocol/byte-stream.ts';
import { type CommandContext, type ExitCode, exitCodes } from './command.ts';
import { watchInterrupts } from './interrupt.ts';
import { type MessengerInput, openMessengerInput } from './messenger-input.ts';
import { messengerLines } from './messenger-text.ts';
import { numberFlag, UsageError } from './usage.ts';

const portDefault = 4000;
const tlsPortDefault = 4001;

export async function messengerCommand(context: CommandContext): Promise<ExitCode> {
  const { host, terminal } = context;
  const where = await whereTo(context);
  const interrupts = watchInterrupts(host);
  try {
    const stream = await connected(where, interrupts.signal);
    const input = openMessengerInput(host, terminal, interrupts);
    const talk = new MessengerTalk(context, input, stream, privateNetwork(where.host));
    interrupts.signal.addEventListener('abort', () => talk.leave());
    try {
      const why = await Promise.race([talk.over, interrupts.atOnce]);
      return why === 'logged-out' || why === 'timeout' ? exitCodes.ok : exitCodes.failed;
    } finally {
      talk.close();
      input.close();
    }
  } finally {
    interrupts.stop();
  }
}

interface Where {
  readonly host: string;
  readonly port: number;
  readonly tls?: { readonly ca?: string };
}

async function whereTo({ typed }: CommandContext): Promise<Where> {
  const isTls = typed.isSet('tls');
  const file = typed.text('ca');
  if (file !== undefined && !isTls) throw new UsageError('--ca needs --tls.');
  const bounds = { min: 1, max: 65_535, whole: true } as const;
  const port = numberFlag(typed, 'port', bounds) ?? (isTls ? tlsPortDefault : portDefault);
  const host = typed.text('host') ?? 'localhost';
  if (!isTls) return { host, port };
  if (file === undefined) return { host, port, tls: {} };
  const ca = await readFile(file, 'utf8').catch((cause: unknown) => {
    throw new UsageError(`--ca ${file} cannot be read: ${reasonOf(cause)}.`);
  });
  return { host, port, tls: { ca } };
}

async function connected({ host, port, tls }: Where, signal: AbortSignal): Promise<ByteStream> {
  try {
    return await connectTcp({ host, port, signal, ...(tls && { tls }) });
  } catch (cause) {
    signal.throwIfAborted();
    const url = `${host}:${port}`;
    throw new ClientError('SERVER_UNREACHABLE', { url, problem: reasonOf(cause) });
  }
}

/** Who talks to a server on this machine is not reached from elsewhere either. */
function privateNetwork(server: string): PrivateNetwork {
  const isHere = server === 'localhost' || server === '::1' || server.startsWith('127.');
  return {
    listen: async (onStream) => {
      const listener = isHere
        ? await listenTcp({ port: 0 }, onStream)
        : await listenTcp({ port: 0, host: '::' }, onStream).catch(() =>
            // Without IPv6.
            listenTcp({ port: 0, host: '0.0.0.0' }, onStream),
          );
      return { port: listener.address.port, close: () => listener.close() };
    },
    dial: (host, port) => connectTcp({ host, port }),
  };
}

class MessengerTalk {
  /** Why the server went, when everything is over. */
  readonly over: Promise<ServerEnd>;
  readonly #context: CommandContext;
  readonly #input: MessengerInput;
  readonly #client: MessengerClient;
  readonly #finish: (why: ServerEnd) => void;
  readonly #fail: (cause: unknown) => void;
  #name = '';
  #isIn = false;
  #hasErred = false;

  constructor(
    context: CommandContext,
    input: MessengerInput,
    stream: ByteStream,
    network: PrivateNetwork,
  ) {
    const { promise, resolve, reject } = Promise.withResolvers<ServerEnd>();
    this.over = promise;
    this.#finish = resolve;
    this.#fail = reject;
    this.#context = context;
    this.#input = input;
    this.#client = new MessengerClient(stream, {
      network,
      crypto: defaultCrypto,
      after: hostAfter,
      onEvent: (event) => this.#handleEvent(event),
    });
    this.#go(this.#askName(context.typed.text('name')));
  }

  /** As the user who types it. */
  leave(): void {
    if (this.#isIn) this.#client.run('logout');
    else this.#finish('logged-out');
  }

  close(): void {
    this.#client.close();
  }

  #handleEvent(event: MessengerEvent): void {
    const { terminal } = this.#context;
    terminal.event(event.kind, fieldsOf(event));
    for (const line of messengerLines(event, terminal)) this.#input.print(line);
    switch (event.kind) {
      case 'error':
        this.#hasErred = true;
        break;
      case 'needs-name':
        this.#go(this.#askName(undefined));
        break;
      case 'needs-password':
        this.#go(this.#askPassword(event.isNew));
        break;
      case 'logged-in':
        this.#isIn = true;
        this.#readCommands();
        break;
      case 'over':
        this.#finish(event.why);
        break;
      default:
    }
  }

  async #askName(given: string | undefined): Promise<void> {
    this.#hasErred = false;
    const name = given ?? (await this.#input.ask('name'));
    if (name === undefined) return this.#finish('lost');
    this.#name = name;
    this.#client.sendName(name);
  }

  async #askPassword(isNew: boolean): Promise<void> {
    const { host, terminal } = this.#context;
    const hasErred = this.#hasErred;
    this.#hasErred = false;
    // In a pipe nobody has read what was wrong: the next line is no better password.
    if (hasErred && !terminal.interactive) return this.#finish('lost');
    // The name may be what did not fit.
    if (hasErred && isNew) return this.#askName(undefined);
    const known = hasErred ? undefined : host.env['PAPERCLIP_PASSWORD'] || undefined;
    const password = known ?? (await this.#input.ask(isNew ? 'new password' : 'password'));
    if (password === undefined) return this.#finish('lost');
    this.#client.sendPassword(password, isNew);
  }

  #readCommands(): void {
    this.#input.readCommands(
      `${this.#name}> `,
      (line) => this.#client.run(line),
      () => this.leave(),
    );
  }

  #go(asking: Promise<void>): void {
    asking.catch((cause: unknown) => this.#fail(cause));
  }
}

/** All but the kind, which is the event's name. */
function fieldsOf({ kind: _, ...fields }: MessengerEvent): Readonly<Record<string, unknown>> {
  return fields;
}

const reasonOf = (cause: unknown): string =>
  cause instanceof Error && 'code' in cause
    ? String(cause.code)
    : cause instanceof Error
      ? cause.message
      : String(cause);
