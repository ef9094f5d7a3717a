// The log of the guessing wire: one line per event, each with its class and the connection that it
// is of. What is said is a line for debugging; what happens is for every operator. Tokens are never
// given to it, nor what could not be read.

import type { Log, LogFields } from '../../contract/telemetry.ts';

const textCharactersMax = 200;

export class GuessLog {
  readonly #log: Log;
  readonly #connection: number;

  constructor(log: Log, connection: number) {
    this.#log = log;
    this.#connection = connection;
  }

  connection(what: string, fields: LogFields): void {
    this.#log.info(`guess: connection ${what}`, this.#fields('CONNECTION', fields));
  }

  game(what: string, fields: LogFields): void {
    this.#log.info(`guess: ${what}`, this.#fields('GAME', fields));
  }

  received(text: string): void {
    this.#log.debug('guess: received', this.#fields('RECV', { text: cut(text) }));
  }

  unread(characters: number): void {
    this.#log.debug('guess: received', this.#fields('RECV', { unreadable: characters }));
  }

  sent(text: string): void {
    this.#log.debug('guess: sent', this.#fields('SEND', { text: cut(text) }));
  }

  failed(code: string): void {
    this.#log.info('guess: error', this.#fields('ERROR', { code }));
  }

  #fields(kind: string, fields: LogFields): LogFields {
    return { class: kind, connection: this.#connection, ...fields };
  }
}

const cut = (text: string): string => text.slice(0, textCharactersMax);
