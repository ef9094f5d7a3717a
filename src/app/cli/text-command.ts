// `paperclip text`: a client of the text protocol in a terminal or a pipe. It logs in, shows what
// the server says, sends what is typed, and leaves with a BYE.

import { readFile } from 'node:fs/promises';
import { ClientError } from '../../client/index.ts';
import { SecretMessages } from '../../client/text/secret-messages.ts';
import { TextClient, type TextMessage, textOf } from '../../client/text/text-client.ts';
import { generateRsaKeys, type RsaKeys, rsaFingerprint } from '../../driver/rsa-oaep.ts';
import { connectTcp } from '../../driver/tcp.ts';
import type { ByteStream } from '../../protocol/byte-stream.ts';
import { type CommandContext, type ExitCode, exitCodes } from './command.ts';
import { Interrupted, type Interrupts, watchInterrupts } from './interrupt.ts';
import { lineInput } from './line-input.ts';
import { Prompts } from './prompts.ts';
import { TextFiles } from './text-files.ts';
import { handleInput } from './text-input.ts';
import { secretLine, textLine } from './text-lines.ts';
import { numberFlag, type Typed, UsageError } from './usage.ts';

const ports = { plain: 1337, tls: 1338, files: 1339 } as const;
/** For keys of encrypted messages that are still to come, before the BYE at the end of a pipe. */
const secretsWithinMs = 5_000;
const byeWithinMs = 5_000;

export async function textCommand(context: CommandContext): Promise<ExitCode> {
  const { typed, host } = context;
  if (typed.isSet('ca') && !typed.isSet('tls')) throw new UsageError('--ca is for --tls.');
  const username = await nameOf(context);
  const password = host.env['PAPERCLIP_PASSWORD'] || undefined;
  const stream = await connected(context);
  const interrupts = watchInterrupts(host);
  try {
    const keys = await generateRsaKeys();
    const visit = new TextVisit(context, stream, keys);
    interrupts.signal.addEventListener('abort', () => visit.leave());
    const code = await Promise.race([
      visit.run({ username, ...(password !== undefined && { password }) }, interrupts),
      interrupts.atOnce,
    ]);
    if (interrupts.signal.aborted) throw new Interrupted();
    return code;
  } finally {
    interrupts.stop();
    stream.destroy();
  }
}

async function nameOf({ typed, terminal, host }: CommandContext): Promise<string> {
  const name = typed.text('username');
  if (name !== undefined) return name;
  if (!terminal.interactive) throw new UsageError('Without a terminal it needs --username NAME.');
  return new Prompts(host).text('Your name', (text) => (text === '' ? 'Type a name.' : undefined));
}

const hostOf = (typed: Typed): string => typed.text('host') ?? 'localhost';
const portBounds = { min: 1, max: 65_535, whole: true } as const;

async function connected({ typed }: CommandContext): Promise<ByteStream> {
  const host = hostOf(typed);
  const isTls = typed.isSet('tls');
  const port = numberFlag(typed, 'port', portBounds) ?? ports[isTls ? 'tls' : 'plain'];
  const file = typed.text('ca');
  try {
    const ca = file === undefined ? undefined : await readFile(file, 'utf8');
    const tls = isTls && { tls: ca === undefined ? {} : { ca } };
    return await connectTcp({ host, port, ...tls });
  } catch (cause) {
    const problem = cause instanceof Error ? cause.message : String(cause);
    throw new ClientError('SERVER_UNREACHABLE', { url: `${host}:${port}`, problem });
  }
}

/** One connection, from the log-in to the end. */
class TextVisit {
  readonly #context: CommandContext;
  readonly #client: TextClient;
  readonly #secrets: SecretMessages;
  readonly #files: TextFiles;
  readonly #ownFingerprint: string;
  readonly #loggedIn = Promise.withResolvers<boolean>();
  readonly #closed = Promise.withResolvers<void>();
  #ownName = '';
  #hasSaidGoodbye = false;
  #isLeaving = false;
  #show: (text: string) => void;
  /** Called when one text less waits for a key. */
  #onSecret = (): void => {};

  constructor(context: CommandContext, stream: ByteStream, keys: RsaKeys) {
    this.#context = context;
    this.#show = (text) => context.terminal.line(text);
    this.#ownFingerprint = rsaFingerprint(keys.publicKey) ?? '';
    this.#secrets = new SecretMessages({
      keys,
      ownName: () => this.#ownName,
      send: (header, body) => this.#client.send(header, body),
      onEvent: (event) => {
        context.terminal.event('secret', { ...event });
        this.#show(secretLine(event));
        this.#onSecret();
      },
    });
    const host = hostOf(context.typed);
    const port = numberFlag(context.typed, 'files-port', portBounds) ?? ports.files;
    this.#files = new TextFiles({
      send: (header, body) => this.#client.send(header, body),
      show: (text) => this.#show(text),
      connect: () => connectTcp({ host, port }),
    });
    this.#client = new TextClient(stream, {
      onMessage: (message) => this.#handle(message),
      onClose: () => {
        this.#loggedIn.resolve(false);
        this.#closed.resolve();
      },
    });
  }

  async run(
    credentials: { readonly username: string; readonly password?: string },
    interrupts: Interrupts,
  ): Promise<ExitCode> {
    const { terminal, host } = this.#context;
    this.#ownName = credentials.username;
    this.#client.send('LOGIN_REQ', credentials);
    if (!(await this.#loggedIn.promise)) return exitCodes.failed;
    const input = lineInput({
      ...{ terminal, host, interrupts },
      onLine: (text) => this.#handleInput(text),
      onEnd: () => void this.#leaveInTime(),
    });
    this.#show = (text) => input.show(text);
    await this.#closed.promise;
    this.#show = (text) => terminal.line(text);
    input.close();
    if (this.#hasSaidGoodbye) return exitCodes.ok;
    terminal.problem('The connection has ended.');
    return exitCodes.failed;
  }

  leave(): void {
    if (this.#isLeaving) return;
    this.#isLeaving = true;
    this.#client.send('BYE');
    // A server that does not answer is left all the same.
    const timer = setTimeout(() => this.#client.close(), byeWithinMs);
    void this.#closed.promise.then(() => clearTimeout(timer));
  }

  /** The last lines of a pipe may be waiting for keys. */
  async #leaveInTime(): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    const timer = setTimeout(resolve, secretsWithinMs);
    this.#onSecret = () => {
      if (this.#secrets.waiting === 0) resolve();
    };
    this.#onSecret();
    await Promise.race([promise, this.#closed.promise]);
    clearTimeout(timer);
    await Promise.race([this.#files.settled(), this.#closed.promise]);
    this.leave();
  }

  #handleInput(text: string): void {
    handleInput(
      {
        send: (header, body) => this.#client.send(header, body),
        secrets: this.#secrets,
        files: this.#files,
        ownFingerprint: this.#ownFingerprint,
        show: (line) => this.#show(line),
        leave: () => this.leave(),
      },
      text,
    );
  }

  #handle(message: TextMessage): void {
    const { header, body } = message;
    if (this.#secrets.handle(message)) return;
    this.#context.terminal.event('message', { header, body });
    if (this.#files.handle(message)) return;
    const text = textLine(message);
    const isRefused = textOf(body, 'status') === 'ERROR';
    if (header === 'LOGIN_RESP' && isRefused) this.#context.terminal.problem(text ?? header);
    else if (text !== undefined) this.#show(text);
    if (header === 'LOGIN_RESP') {
      this.#loggedIn.resolve(!isRefused);
      if (!isRefused) this.#client.send('LIST_USERS_REQ');
    } else if (header === 'LIST_USERS_RESP') this.#learnName(body['users']);
    else if (header === 'BYE_RESP') this.#hasSaidGoodbye = true;
  }

  /** An account’s name as the server has it, which encrypted messages are bound to. */
  #learnName(users: unknown): void {
    const own = this.#ownName.toLowerCase();
    const names: readonly unknown[] = Array.isArray(users) ? users : [];
    const found = names.find((name) => typeof name === 'string' && name.toLowerCase() === own);
    if (typeof found === 'string') this.#ownName = found;
  }
}
