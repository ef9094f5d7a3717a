// Every command, from any wire, runs through this one chain: authenticate, rate-limit, validate,
// hook before, service, hook after; with an audit line for what changes something, and metrics for
// all. Gateways hold no rule because the rules are here.
//
// What leaves it is a result or a PaperclipError. Any other failure is logged under an incident id,
// and the caller gets the id and nothing of the failure.

import { Compile } from 'typebox/compile';
import type { CallerKind, CommandRow } from '../contract/command-row.ts';
import {
  type CommandArgs,
  type CommandName,
  type CommandResult,
  commandTable,
} from '../contract/commands.ts';
import { PaperclipError } from '../contract/errors.ts';
import { contractLimits as limits } from '../contract/limits.ts';
import type { Log, Metrics } from '../contract/telemetry.ts';
import { argsChecks } from './check-args.ts';
import { newId } from './ids.ts';
import type { Caller, CallOrigin, Dispatcher, Handlers } from './platform.ts';
import type { Clock, RateLimiter, SecureRandom } from './ports.ts';

/** A server's own code around commands. */
export interface CommandHooks {
  /** May refuse by throwing a PaperclipError. */
  readonly before?: {
    readonly [Name in CommandName]?: (
      args: CommandArgs<Name>,
      caller: Caller,
    ) => void | Promise<void>;
  };
  /** The command has happened: a failure here is logged, and changes nothing for the caller. */
  readonly after?: {
    readonly [Name in CommandName]?: (
      result: CommandResult<Name>,
      args: CommandArgs<Name>,
      caller: Caller,
    ) => void | Promise<void>;
  };
}

export interface DispatcherOptions {
  readonly handlers: Handlers;
  readonly authenticate: (accessToken: string | undefined) => Promise<Caller>;
  /** Told of each command of a player, for presence. */
  readonly seen: (playerId: string) => void;
  readonly limiter: RateLimiter;
  readonly clock: Clock;
  readonly random: SecureRandom;
  readonly log: Log;
  readonly metrics: Metrics;
  readonly hooks?: CommandHooks;
  /** Hold results against their schemas too; for tests. */
  readonly checkResults?: boolean;
}

/** Arguments that a log may show. Passwords, tokens, codes and keys are not among them. */
const auditedArgs = [
  'name',
  'game',
  'lobbyId',
  'matchId',
  'playerId',
  'player',
  'to',
  'kind',
  'ready',
] as const;

/** Calls that come by the dozen from everybody who plays, and whose matches say enough. */
const manyCalls: ReadonlySet<CommandName> = new Set([
  'round.input',
  'match.input',
  'external.report',
]);

/** Of those, what is the players' own business: there, a name is a file's. */
const privateArgs: { readonly [Name in CommandName]?: readonly string[] } = {
  'file.offer': ['name'],
};

const callerRank: Readonly<Record<CallerKind, number>> = {
  anyone: 0,
  guest: 1,
  account: 2,
  admin: 3,
};

/** Undefined when the caller may, else why not. */
export function whyNotAllowed(caller: CallerKind, needed: CallerKind): PaperclipError | undefined {
  if (callerRank[caller] >= callerRank[needed]) return undefined;
  return caller === 'anyone'
    ? new PaperclipError('UNAUTHENTICATED')
    : new PaperclipError('FORBIDDEN', { caller });
}

export class CommandDispatcher implements Dispatcher {
  readonly #o: DispatcherOptions;
  readonly #checks = argsChecks();
  readonly #underWay = new Set<Promise<unknown>>();
  #isClosing = false;

  constructor(options: DispatcherOptions) {
    this.#o = options;
  }

  async call<Name extends CommandName>(
    origin: CallOrigin,
    command: Name,
    args: unknown,
  ): Promise<CommandResult<Name>> {
    if (!Object.hasOwn(commandTable, command)) {
      throw new PaperclipError('UNKNOWN_COMMAND', { command: String(command).slice(0, 64) });
    }
    if (this.#isClosing) throw new PaperclipError('SHUTTING_DOWN');
    if (this.#underWay.size >= limits.commandsInFlightMax) throw new PaperclipError('BUSY');
    const work = this.#run(origin, command, args);
    this.#underWay.add(work);
    try {
      return await work;
    } finally {
      this.#underWay.delete(work);
    }
  }

  async authenticate(origin: CallOrigin): Promise<Caller> {
    if (this.#isClosing) throw new PaperclipError('SHUTTING_DOWN');
    try {
      const caller = await this.#o.authenticate(origin.accessToken);
      if (caller.playerId !== undefined) this.#o.seen(caller.playerId);
      return caller;
    } catch (error) {
      throw this.#known(error, 'authenticate');
    }
  }

  /** Refuses new commands and waits for those under way. */
  async close(): Promise<void> {
    this.#isClosing = true;
    await Promise.allSettled(this.#underWay);
  }

  async #run<Name extends CommandName>(
    origin: CallOrigin,
    command: Name,
    given: unknown,
  ): Promise<CommandResult<Name>> {
    const startedMs = this.#o.clock.now();
    let outcome = 'ok';
    let caller: Caller | undefined;
    try {
      caller = await this.#caller(origin, command);
      await this.#limit(origin, command, caller);
      // The check has made them what the table says.
      const args = this.#checks.get(command)?.(given) as CommandArgs<Name>;
      await this.#o.hooks?.before?.[command]?.(args, caller);
      const result = await this.#o.handlers[command](args, caller, origin);
      if (this.#o.checkResults === true) checkResult(command, result);
      await this.#after(command, result, args, caller);
      return result;
    } catch (cause) {
      const error = this.#known(cause, command);
      outcome = error.code;
      throw error;
    } finally {
      this.#audit(origin, command, given, caller, outcome);
      const labels = { wire: origin.wire, command, outcome };
      this.#o.metrics.count('paperclip_commands_total', labels);
      const seconds = Math.max(0, this.#o.clock.now() - startedMs) / 1000;
      this.#o.metrics.observe('paperclip_command_seconds', seconds, { command });
    }
  }

  async #caller(origin: CallOrigin, command: CommandName): Promise<Caller> {
    const needed = commandTable[command].caller;
    const caller = await this.#o
      .authenticate(origin.accessToken)
      .catch((error: unknown): Caller => {
        // A stale token must not keep anyone from logging in or refreshing it.
        if (error instanceof PaperclipError && needed === 'anyone') return { kind: 'anyone' };
        throw error;
      });
    const refusal = whyNotAllowed(caller.kind, needed);
    if (refusal !== undefined) throw refusal;
    if (caller.playerId !== undefined) this.#o.seen(caller.playerId);
    return caller;
  }

  async #limit(origin: CallOrigin, command: CommandName, caller: Caller): Promise<void> {
    const row: CommandRow = commandTable[command];
    const byAddress = row.caller === 'anyone' && row.http.method !== 'GET';
    const who = byAddress ? undefined : caller.playerId;
    const key = `${command} ${who === undefined ? `address ${origin.address}` : `player ${who}`}`;
    const { calls, perS, ofAddress } = row.rate;
    let retryAfterS = await this.#o.limiter.take(key, calls, perS);
    if (retryAfterS === 0 && ofAddress !== undefined) {
      const all = `${command} all of ${origin.address}`;
      retryAfterS = await this.#o.limiter.take(all, ofAddress, perS);
    }
    if (retryAfterS > 0) throw new PaperclipError('RATE_LIMITED', { command, retryAfterS });
  }

  async #after<Name extends CommandName>(
    command: Name,
    result: CommandResult<Name>,
    args: CommandArgs<Name>,
    caller: Caller,
  ): Promise<void> {
    try {
      await this.#o.hooks?.after?.[command]?.(result, args, caller);
    } catch (error) {
      this.#o.log.error('hook failed', { command, error });
    }
  }

  #known(error: unknown, command: string): PaperclipError {
    if (error instanceof PaperclipError) return error;
    const incident = newId(this.#o.random, 10);
    this.#o.log.error('command failed', { incident, command, error });
    return new PaperclipError('INTERNAL', { incident });
  }

  #audit(
    origin: CallOrigin,
    command: CommandName,
    given: unknown,
    caller: Caller | undefined,
    outcome: string,
  ): void {
    if (commandTable[command].http.method === 'GET') return;
    // Who floods us must not fill the disk too; the metrics count these. A match logs its inputs.
    const isMany = outcome === 'RATE_LIMITED' || manyCalls.has(command);
    const level = isMany ? 'debug' : 'info';
    this.#o.log[level]('command', {
      command,
      outcome,
      wire: origin.wire,
      address: origin.address,
      ...(caller?.playerId === undefined ? {} : { by: caller.playerId }),
      ...auditable(command, given),
    });
  }
}

/** The arguments may be anything still: only short texts and flags of known names are taken. */
function auditable(
  command: CommandName,
  given: unknown,
): Readonly<Record<string, string | boolean>> {
  const shown: Record<string, string | boolean> = {};
  if (typeof given !== 'object' || given === null) return shown;
  for (const name of auditedArgs) {
    if (privateArgs[command]?.includes(name) === true) continue;
    const value = Object.getOwnPropertyDescriptor(given, name)?.value;
    if (typeof value === 'string') shown[name] = value.slice(0, 64);
    if (typeof value === 'boolean') shown[name] = value;
  }
  return shown;
}

function checkResult(command: CommandName, result: unknown): void {
  const schema = Compile(commandTable[command].result);
  if (schema.Check(result)) return;
  const first = schema.Errors(result)[0];
  throw new TypeError(`result of ${command} at ${first?.instancePath}: ${first?.message}`);
}
