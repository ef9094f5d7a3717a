// From what was typed to an exit code: find the command, read its flags, run it, and turn what it
// throws into a sentence with a code. `main.ts` gives the real process, tests a made-up one.

import { ClientError } from '../../client/index.ts';
import { PaperclipError } from '../../contract/errors.ts';
import { type CliCommand, type CliHost, type ExitCode, exitCodes } from './command.ts';
import { cliCommands, commonFlags } from './command-table.ts';
import { commandHelp, overview, wrap } from './help.ts';
import { Interrupted } from './interrupt.ts';
import { nodeProblem } from './node-version.ts';
import { showCursor, Terminal } from './terminal.ts';
import { nearest, readArguments, UsageError } from './usage.ts';

export async function runCli(argv: readonly string[], host: CliHost): Promise<ExitCode> {
  const terminal = new Terminal({
    stdout: host.stdout,
    stderr: host.stderr,
    env: host.env,
    stdinIsTTY: host.stdin.isTTY === true,
    noColor: argv.includes('--no-color'),
    json: argv.includes('--json'),
  });
  try {
    return await dispatch(argv, host, terminal);
  } catch (cause) {
    return report(cause, terminal);
  } finally {
    // A command that was cut off may have left it hidden.
    terminal.control(showCursor);
  }
}

/** They say what is wrong. */
const worksEverywhere: readonly string[] = ['doctor', 'version'];

async function dispatch(
  argv: readonly string[],
  host: CliHost,
  terminal: Terminal,
): Promise<ExitCode> {
  const [name, ...rest] = argv;
  if (name === undefined) {
    print(host, overview(terminal));
    return exitCodes.usage;
  }
  if (['help', '--help', '-h', '--no-color'].includes(name)) {
    const topic = rest.find((word) => !word.startsWith('-'));
    if (topic === undefined) print(host, overview(terminal));
    else return help(commandNamed(topic), host, terminal);
    return exitCodes.ok;
  }
  const command = commandNamed(name === '--version' || name === '-v' ? 'version' : name);
  const old = nodeProblem(host.nodeVersion ?? process.versions.node);
  if (old !== undefined && !worksEverywhere.includes(command.name)) {
    say(terminal, 'NODE_TOO_OLD', `${old.text} ${old.fix}`);
    terminal.event('error', { code: 'NODE_TOO_OLD', message: old.text, fix: old.fix });
    return exitCodes.failed;
  }
  if (command.ownFlags) {
    const run = await command.load();
    const typed = readArguments(name, [], {}, 0);
    return run({ typed, terminal, host, argv: rest });
  }
  if (rest.includes('--help') || rest.includes('-h')) return help(command, host, terminal);
  const flags = { ...command.flags, ...commonFlags };
  const typed = readArguments(name, named(rest), flags, command.operandsMax);
  const run = await command.load();
  return run({ typed, terminal, host, argv: rest });
}

async function help(command: CliCommand, host: CliHost, terminal: Terminal): Promise<ExitCode> {
  if (command.ownFlags) {
    const typed = readArguments(command.name, [], {}, 0);
    return (await command.load())({ typed, terminal, host, argv: ['--help'] });
  }
  print(host, commandHelp(command, terminal));
  return exitCodes.ok;
}

/** `--guest=mario` reads better than two flags; it becomes them. */
const named = (argv: readonly string[]): string[] =>
  argv.flatMap((word) =>
    word.startsWith('--guest=') ? ['--guest', `--name=${word.slice('--guest='.length)}`] : [word],
  );

function commandNamed(name: string): CliCommand {
  const command = cliCommands.find((one) => one.name === name);
  if (command !== undefined) return command;
  const names = cliCommands.map((one) => one.name);
  const near = nearest(name, names);
  const hint = near === undefined ? `There are: ${names.join(', ')}.` : `Did you mean ${near}?`;
  throw new UsageError(`There is no command ${name}. ${hint}`);
}

/** Help is for reading, with --json too. */
const print = (host: CliHost, text: string): void => {
  host.stdout.write(`${text}\n`);
};

function report(cause: unknown, terminal: Terminal): ExitCode {
  if (cause instanceof Interrupted) {
    terminal.event('interrupted');
    return exitCodes.interrupted;
  }
  if (cause instanceof UsageError) {
    say(terminal, 'Usage', cause.message);
    terminal.event('error', { code: 'USAGE', message: cause.message });
    return exitCodes.usage;
  }
  if (cause instanceof PaperclipError || cause instanceof ClientError) {
    const { code, message, fix } = cause.body;
    say(terminal, code, `${message} ${fix}`);
    terminal.event('error', { code, message, fix });
    return exitCodes.failed;
  }
  // A mistake of this program: the stack is what a report needs.
  const text = cause instanceof Error ? (cause.stack ?? cause.message) : String(cause);
  terminal.problem(`${terminal.style('red', 'UNEXPECTED')}: ${text}`);
  terminal.event('error', { code: 'UNEXPECTED', message: text.split('\n')[0] });
  return exitCodes.failed;
}

/** A terminal would break the line inside a word; a file or a program gets it whole. */
function say(terminal: Terminal, code: string, sentences: string): void {
  const text = `${terminal.style('red', code)}: ${sentences}`;
  terminal.problem(terminal.interactive ? wrap(text, terminal.columns).join('\n') : text);
}
