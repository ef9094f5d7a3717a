// Questions to a person, over @clack/prompts. Only where somebody is there to answer; leaving a
// question with Ctrl-C or Escape ends the command as Ctrl-C does.

import * as clack from '@clack/prompts';
import type { CliHost } from './command.ts';
import { Interrupted } from './interrupt.ts';

export interface Choice<Value extends string> {
  readonly value: Value;
  readonly label: string;
  readonly hint?: string;
}

export class Prompts {
  readonly #streams: { readonly input: CliHost['stdin']; readonly output: NodeJS.WriteStream };

  constructor(host: CliHost) {
    // Boundary: who constructs this has checked that both are terminals.
    this.#streams = { input: host.stdin, output: host.stdout as NodeJS.WriteStream };
  }

  async choose<Value extends string>(
    message: string,
    choices: readonly Choice<Value>[],
  ): Promise<Value> {
    const options = choices.map(({ value, label, hint }) => ({
      value: String(value),
      label,
      ...(hint !== undefined && { hint }),
    }));
    const asked = { ...this.#streams, message, options, showInstructions: false };
    const chosen = answered(await clack.select<string>(asked));
    const choice = choices.find(({ value }) => value === chosen);
    if (choice === undefined) throw new RangeError(`${chosen} was not offered`);
    return choice.value;
  }

  async text(
    message: string,
    check: (text: string) => string | undefined,
    placeholder?: string,
  ): Promise<string> {
    const given = await clack.text({
      ...this.#streams,
      message,
      validate: (text) => check(text ?? ''),
      ...(placeholder !== undefined && { placeholder }),
    });
    return answered(given);
  }

  async password(message: string, check: (text: string) => string | undefined): Promise<string> {
    return answered(
      await clack.password({ ...this.#streams, message, validate: (text) => check(text ?? '') }),
    );
  }

  async confirm(message: string): Promise<boolean> {
    return answered(await clack.confirm({ ...this.#streams, message }));
  }
}

function answered<T>(answer: T | typeof clack.CANCEL_SYMBOL): T {
  if (clack.isCancel(answer)) throw new Interrupted();
  // Boundary: what is not the cancel symbol is the answer; clack types the guard as plain symbol.
  return answer as T;
}
