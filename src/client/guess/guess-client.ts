// A client of the guessing service over one byte stream: it says what it is told to, and gives each
// of the server's messages as an event. It draws nothing and asks nobody.

import { parseJson } from '../../base/json.ts';
import type { ByteStream } from '../../protocol/byte-stream.ts';
import { JsonValueReader } from '../../protocol/line/json-values.ts';

export type GuessMode = 'single' | 'multi';

export interface GuessRules {
  readonly min: number;
  readonly max: number;
  readonly attempts: number;
}

export type GuessEvent =
  /** A mode is to be chosen. */
  | { readonly kind: 'welcome'; readonly rules: GuessRules; readonly modes: readonly string[] }
  /** A round begins. */
  | { readonly kind: 'round'; readonly rules: GuessRules }
  /** To a guess, or that the round is over for all; `finish`: no guess of this round counts. */
  | { readonly kind: 'message'; readonly message: string; readonly finish: boolean }
  | { readonly kind: 'error'; readonly code: string; readonly message: string }
  /** Something that this service does not say. */
  | { readonly kind: 'unreadable' }
  /** Last. */
  | { readonly kind: 'closed' };

/** What a log may show: one line per event, with its class. */
export type GuessLogClass = 'CONNECTION' | 'RECV' | 'SEND' | 'GAME' | 'ERROR';

export interface GuessClientOptions {
  readonly onEvent: (event: GuessEvent) => void;
  readonly log?: (kind: GuessLogClass, text: string) => void;
}

/** Longer than anything that the service says. */
const messageBytesMax = 16 * 1024;

export class GuessClient {
  readonly #stream: ByteStream;
  readonly #onEvent: (event: GuessEvent) => void;
  readonly #log: (kind: GuessLogClass, text: string) => void;
  readonly #reader = new JsonValueReader(messageBytesMax);

  constructor(stream: ByteStream, { onEvent, log = () => undefined }: GuessClientOptions) {
    this.#stream = stream;
    this.#onEvent = onEvent;
    this.#log = log;
    stream.onData = (bytes) => this.#handleBytes(bytes);
    stream.onClose = (end) => {
      log('CONNECTION', end);
      onEvent({ kind: 'closed' });
    };
  }

  /** First; the answer is `welcome`. */
  start(): void {
    this.#send('start.');
  }

  choose(mode: GuessMode): void {
    this.#send(JSON.stringify({ mode }));
  }

  guess(key: number): void {
    this.#send(JSON.stringify({ key }));
  }

  /** Back to choosing a mode; from there, the end. */
  exit(): void {
    this.#send(JSON.stringify({ command: 'exit' }));
  }

  #send(text: string): void {
    this.#log('SEND', text);
    this.#stream.write(`${text}\n`);
  }

  #handleBytes(bytes: Uint8Array): void {
    this.#reader.handleBytes(bytes);
    for (let read = this.#reader.poll(); read !== undefined; read = this.#reader.poll()) {
      const event = read.kind === 'value' ? eventOf(read.text) : unreadable;
      if (read.kind === 'value') this.#log('RECV', read.text);
      if (event.kind === 'error') this.#log('ERROR', event.code);
      else if (event.kind === 'unreadable') this.#log('ERROR', read.kind);
      else if (event.kind === 'round') this.#log('GAME', 'round begins');
      else if (event.kind === 'message' && event.finish) this.#log('GAME', 'round ends');
      this.#onEvent(event);
    }
  }
}

const unreadable: GuessEvent = { kind: 'unreadable' };

function eventOf(text: string): GuessEvent {
  const parsed = parseJson(text);
  const { rules, modes, message, finish, error } = membersOf(parsed.ok ? parsed.value : undefined);
  const told = rulesOf(rules);
  if (told !== undefined && Array.isArray(modes)) {
    return { kind: 'welcome', rules: told, modes: modes.map(String) };
  }
  if (told !== undefined) return { kind: 'round', rules: told };
  if (typeof message === 'string' && typeof finish === 'boolean') {
    return { kind: 'message', message, finish };
  }
  const refusal = membersOf(error);
  if (typeof refusal['message'] === 'string') {
    return { kind: 'error', code: String(refusal['code']), message: refusal['message'] };
  }
  return unreadable;
}

function rulesOf(value: unknown): GuessRules | undefined {
  const { min, max, attempts } = membersOf(value);
  const areNumbers = [min, max, attempts].every((number) => Number.isSafeInteger(number));
  return areNumbers
    ? { min: Number(min), max: Number(max), attempts: Number(attempts) }
    : undefined;
}

function membersOf(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null ? { ...value } : {};
}
