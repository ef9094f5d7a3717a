// `paperclip guess`: the guessing service in a terminal or a pipe. It believes the authority that
// it is given, or the one of this machine's own server; shows rules, hints and results; and takes
// numbers, a mode, and `exit`.

import { appendFile } from 'node:fs/promises';
import { GuessClient, type GuessEvent, type GuessMode } from '../../client/guess/guess-client.ts';
import { connectTcp } from '../../driver/tcp.ts';
import type { ByteStream } from '../../protocol/byte-stream.ts';
import { type CommandContext, type ExitCode, exitCodes } from './command.ts';
import { Interrupted, watchInterrupts } from './interrupt.ts';
import { lineInput } from './line-input.ts';
import { printable } from './terminal.ts';
import { authorityFor, connectFailure } from './tls-trust.ts';
import { numberFlag, UsageError } from './usage.ts';

const portDefault = 12_345;

export async function guessCommand(context: CommandContext): Promise<ExitCode> {
  const { host, typed } = context;
  const mode = typed.text('mode');
  if (mode !== undefined && !isMode(mode)) throw new UsageError('--mode is single or multi.');
  const interrupts = watchInterrupts(host);
  const log = openLog(typed.text('log'));
  try {
    const stream = await connected(context, interrupts.signal);
    log.write('CONNECTION', 'opened');
    const visit = new GuessVisit(context, stream, mode, log.write);
    const input = lineInput({
      ...context,
      interrupts,
      onLine: (text) => visit.handleLine(text),
      onEnd: () => visit.leave(),
    });
    visit.show = (text) => input.show(text);
    interrupts.signal.addEventListener('abort', () => visit.leave());
    try {
      const code = await Promise.race([visit.run(), interrupts.atOnce]);
      if (interrupts.signal.aborted) throw new Interrupted();
      return code;
    } finally {
      input.close();
      stream.destroy();
    }
  } finally {
    interrupts.stop();
    await log.close();
  }
}

const isMode = (text: string): text is GuessMode => text === 'single' || text === 'multi';

async function connected(context: CommandContext, signal: AbortSignal): Promise<ByteStream> {
  const { typed } = context;
  const host = typed.text('host') ?? 'localhost';
  const port = numberFlag(typed, 'port', { min: 1, max: 65_535, whole: true }) ?? portDefault;
  const ca = await authorityFor(context, host);
  try {
    return await connectTcp({ host, port, signal, tls: ca === undefined ? {} : { ca } });
  } catch (cause) {
    signal.throwIfAborted();
    throw connectFailure(`${host}:${port}`, cause);
  }
}

type WriteLog = (kind: string, text: string) => void;

/** One line per event; in order. */
function openLog(file: string | undefined): { write: WriteLog; close(): Promise<void> } {
  let written = Promise.resolve();
  return {
    write: (kind, text) => {
      if (file === undefined) return;
      const line = `${new Date().toISOString()} ${kind} ${printable(text)}\n`;
      written = written.then(() => appendFile(file, line, { mode: 0o600 }));
      // Whoever closes it hears of it.
      written.catch(() => undefined);
    },
    close: () =>
      written.catch((cause: unknown) => {
        throw new UsageError(`--log ${file}: ${cause instanceof Error ? cause.message : cause}.`);
      }),
  };
}

/** One connection, from the welcome to the end. */
class GuessVisit {
  show: (text: string) => void;
  readonly #context: CommandContext;
  readonly #client: GuessClient;
  readonly #mode: GuessMode | undefined;
  readonly #over = Promise.withResolvers<void>();
  #isPlaying = false;
  #isLeaving = false;

  constructor(
    context: CommandContext,
    stream: ByteStream,
    mode: GuessMode | undefined,
    log: WriteLog,
  ) {
    this.#context = context;
    this.#mode = mode;
    this.show = (text) => context.terminal.line(text);
    this.#client = new GuessClient(stream, { onEvent: (event) => this.#handle(event), log });
  }

  async run(): Promise<ExitCode> {
    this.#client.start();
    if (this.#mode !== undefined) this.#choose(this.#mode);
    await this.#over.promise;
    if (this.#isLeaving) return exitCodes.ok;
    this.#context.terminal.problem('The server has closed the connection.');
    return exitCodes.failed;
  }

  handleLine(line: string): void {
    const text = line.trim();
    if (text === '') return;
    const mode = modeOf(text);
    if (text === 'exit') this.#exit();
    else if (mode !== undefined && !this.#isPlaying) this.#choose(mode);
    else if (/^[+-]?\d{1,15}$/.test(text)) {
      this.#isPlaying = true;
      this.#client.guess(Number(text));
    } else {
      const what = this.#isPlaying ? 'a number' : 'single or multi';
      this.show(`Type ${what}, or exit.`);
    }
  }

  /** Out of everything: nothing more is typed. */
  leave(): void {
    if (this.#isPlaying) this.#exit();
    if (!this.#isLeaving) this.#exit();
  }

  #choose(mode: GuessMode): void {
    this.#isPlaying = true;
    this.#client.choose(mode);
  }

  #exit(): void {
    if (!this.#isPlaying) this.#isLeaving = true;
    this.#isPlaying = false;
    this.#client.exit();
  }

  #handle(event: GuessEvent): void {
    const { terminal } = this.#context;
    const { kind, ...fields } = event;
    terminal.event(kind, fields);
    switch (event.kind) {
      case 'welcome':
        // A choice may be on its way already.
        if (!this.#isPlaying && !this.#isLeaving) {
          this.show(`Alone or with everybody? Type ${event.modes.map(printable).join(' or ')}.`);
        }
        break;
      case 'round': {
        const { min, max, attempts } = event.rules;
        const head = `A number from ${min} to ${max}, ${attempts} attempts.`;
        this.show(terminal.style('bold', head));
        break;
      }
      case 'message': {
        const isGood = event.finish && event.message.startsWith('Congrat');
        const style = isGood ? 'green' : event.finish ? 'yellow' : 'dim';
        this.show(terminal.style(style, printable(event.message)));
        break;
      }
      case 'error':
        this.show(`${terminal.style('red', printable(event.code))}: ${printable(event.message)}`);
        break;
      case 'unreadable':
        this.show(terminal.style('red', 'The server said what this service does not say.'));
        break;
      case 'closed':
        this.#over.resolve();
        break;
      default:
        event satisfies never;
    }
  }
}

function modeOf(text: string): GuessMode | undefined {
  if (['single', 's', 'alone'].includes(text)) return 'single';
  return ['multi', 'm', 'everybody'].includes(text) ? 'multi' : undefined;
}
