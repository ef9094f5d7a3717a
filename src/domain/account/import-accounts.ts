// Accounts from lines of `username password`, as an older server kept them: each password is
// hashed, each name has the form that names have here. What is there already is left as it is, so
// that an import which broke off is simply run again.
//
// It asks nobody and prints nothing; a password may be shorter here than one that is chosen anew.

import { contractLimits as limits } from '../../contract/limits.ts';
import { newDigits, newId } from '../ids.ts';
import type { Clock, PasswordHasher, SecureRandom } from '../ports.ts';
import type { AccountStore } from './account-store.ts';
import { isReserved, type NormalName, nameKey, normalNames } from './names.ts';

export interface ImportOptions {
  readonly store: AccountStore;
  readonly passwords: PasswordHasher;
  readonly clock: Clock;
  readonly random: SecureRandom;
  /** Hashes under way at a time: what the hasher takes without a queue. */
  readonly atOnce: number;
  /** In the order of the lines. */
  readonly onProblem: (problem: ImportProblem) => void;
  readonly onProgress?: (summary: ImportSummary) => void;
}

export interface ImportProblem {
  /** From 1. */
  readonly lineNumber: number;
  readonly kind: 'malformed' | 'duplicate' | 'exists';
  /** Never with a password in it. */
  readonly text: string;
}

export interface ImportSummary {
  readonly lines: number;
  readonly imported: number;
  readonly malformed: number;
  readonly duplicates: number;
  /** Accounts that were there before. */
  readonly existing: number;
}

/** A guest's digits, as in accounts.ts. */
const guestDigits = [4, 6, 9, 12] as const;

/** Rejects when the store or the hasher fails; what was imported until then stays. */
export async function importAccounts(
  lines: AsyncIterable<string>,
  options: ImportOptions,
): Promise<ImportSummary> {
  const run = new AccountImport(options);
  for await (const line of lines) await run.take(line);
  return run.finish();
}

class AccountImport {
  readonly #o: ImportOptions;
  readonly #normalName: NormalName = normalNames();
  readonly #lineOfKey = new Map<string, number>();
  readonly #underWay = new Set<Promise<void>>();
  #failure: { readonly cause: unknown } | undefined;
  #lines = 0;
  #imported = 0;
  #malformed = 0;
  #duplicates = 0;
  #existing = 0;

  constructor(options: ImportOptions) {
    this.#o = options;
  }

  async take(line: string): Promise<void> {
    if (this.#failure !== undefined) throw this.#failure.cause;
    this.#lines++;
    // A byte order mark is of the file, not of the first name.
    const text = (this.#lines === 1 ? line.replace(/^\ufeff/, '') : line).trim();
    if (text === '') return;
    const [name, password] = this.#read(text) ?? [];
    if (name === undefined || password === undefined) return;
    const key = nameKey(name);
    const earlier = this.#lineOfKey.get(key);
    if (earlier !== undefined) {
      this.#duplicates++;
      this.#problem('duplicate', `${name} stands in line ${earlier} already; that one counts`);
      return;
    }
    this.#lineOfKey.set(key, this.#lines);
    if (!(await this.#isFree(key))) {
      this.#existing++;
      this.#problem('exists', `${name} has an account already; it is left as it is`);
      return;
    }
    while (this.#underWay.size >= this.#o.atOnce) await Promise.race(this.#underWay);
    this.#start(this.#add(name, key, password));
  }

  async finish(): Promise<ImportSummary> {
    await Promise.all(this.#underWay);
    if (this.#failure !== undefined) throw this.#failure.cause;
    return this.#summary();
  }

  #read(text: string): readonly [name: string, password: string] | undefined {
    const [wish = '', password, ...more] = text.split(/\s+/);
    if (password === undefined) return this.#malformedLine('has no password');
    if (more.length > 0) {
      return this.#malformedLine('has more than a name and a password with a space between');
    }
    if (text.includes('\ufffd')) return this.#malformedLine('is not UTF-8');
    const name = this.#normalName(wish);
    const { playerNameCharactersMin: min, playerNameCharactersMax: max } = limits;
    if (name === undefined) {
      return this.#malformedLine(
        `has no fitting name: ${min} to ${max} letters, digits, _ . or - between them`,
      );
    }
    if (isReserved(nameKey(name))) return this.#malformedLine(`has a reserved name, ${name}`);
    if ([...password].length > limits.passwordCharactersMax) {
      return this.#malformedLine(
        `has a password of more than ${limits.passwordCharactersMax} characters`,
      );
    }
    return [name, password];
  }

  #malformedLine(text: string): undefined {
    this.#malformed++;
    this.#problem('malformed', text);
  }

  #problem(kind: ImportProblem['kind'], text: string): void {
    this.#o.onProblem({ lineNumber: this.#lines, kind, text });
  }

  /** No guest is here while accounts are imported, so a guest's name is free. */
  async #isFree(key: string): Promise<boolean> {
    const { store, random } = this.#o;
    const holder = await store.byNameKey(key);
    if (holder === undefined) return true;
    if (holder.kind === 'account') return false;
    for (const digits of guestDigits) {
      const name = `${holder.name}#${newDigits(random, digits)}`;
      if ((await store.renameGuest(holder.id, key, name, nameKey(name))) === 'done') return true;
    }
    return false;
  }

  #start(work: Promise<void>): void {
    const done = work.then(
      () => void this.#underWay.delete(done),
      (cause: unknown) => {
        this.#underWay.delete(done);
        this.#failure ??= { cause };
      },
    );
    this.#underWay.add(done);
  }

  async #add(name: string, key: string, password: string): Promise<void> {
    const { store, passwords, clock, random, onProgress } = this.#o;
    const passwordHash = await passwords.hash(password.normalize('NFKC'));
    const outcome = await store.addAccount({
      id: newId(random, 16),
      name,
      nameKey: key,
      kind: 'account',
      passwordHash,
      createdAtMs: clock.now(),
    });
    if (outcome === 'added') this.#imported++;
    else this.#existing++;
    onProgress?.(this.#summary());
  }

  #summary(): ImportSummary {
    return {
      lines: this.#lines,
      imported: this.#imported,
      malformed: this.#malformed,
      duplicates: this.#duplicates,
      existing: this.#existing,
    };
  }
}
