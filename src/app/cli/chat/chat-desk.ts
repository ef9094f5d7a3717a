// One person's chat: whom a plain line goes to, which names are known, and how things are said.
// What comes from the server is in `chat-events.ts`, what a slash does in `slash-commands.ts`.

import {
  type Chat,
  ClientError,
  type CommandResult,
  PaperclipError,
  type Person,
  type PlayerClient,
  type SealedChat,
  type SealedContact,
} from '../../../client/index.ts';
import { ChatFiles } from './chat-files.ts';
import { ChatMistake } from './chat-mistake.ts';
import { lock, sealRefusals, spokenLine } from './chat-text.ts';
import type { ChatView } from './chat-view.ts';
import { parseLine } from './parse-line.ts';
import { type SlashCommand, slashCommands } from './slash-commands.ts';

export type Target =
  | { readonly kind: 'room' }
  /** After a name that does not exist: what was meant for one must not go to all. */
  | { readonly kind: 'nobody' }
  | { readonly kind: 'player'; readonly name: string; readonly isSealed: boolean };

export interface DeskOptions {
  readonly me: PlayerClient;
  readonly view: ChatView;
  /** A person reads along: what is shown counts as read. */
  readonly isWatched: boolean;
  /** Where files go that others send. */
  readonly downloadFolder: string;
  /** What ends the program; for `/quit`. */
  quit(): void;
}

/** Names for tab; the one that was seen longest ago is forgotten first. */
const namesMax = 1_000;

function promptOf(target: Target): string {
  if (target.kind !== 'player') return 'room> ';
  return `${target.isSealed ? `${lock} ` : ''}@${target.name}> `;
}

export class ChatDesk {
  readonly me: PlayerClient;
  readonly view: ChatView;
  readonly isWatched: boolean;
  readonly quit: () => void;
  readonly files: ChatFiles;
  /** Absent: one message is sent, and nothing is waited for. */
  chat: Chat | undefined;
  /** Absent where there are no keys. */
  sealed: SealedChat | undefined;
  /** Whose numbers `/fingerprint` showed last: only those can have been compared. */
  compared: SealedContact | undefined;
  #target: Target = { kind: 'room' };
  readonly #names = new Set<string>();
  /** The newest message that was shown, by its sender. */
  readonly #shown = new Map<string, Parameters<Chat['markRead']>[0]>();
  #marking = false;

  constructor({ me, view, isWatched, downloadFolder, quit }: DeskOptions) {
    this.me = me;
    this.view = view;
    this.isWatched = isWatched;
    this.quit = quit;
    this.files = new ChatFiles({ me, view, downloadFolder });
  }

  get target(): Target {
    return this.#target;
  }

  set target(target: Target) {
    this.#target = target;
    this.view.prompt(promptOf(target));
  }

  /** From now on, plain lines go to that player. */
  async aim(name: string, isSealed: boolean): Promise<Person> {
    if (!this.isWatched) this.#target = { kind: 'nobody' };
    if (isSealed) this.keys();
    const { player } = await this.me.call('presence.get', { player: name });
    this.target = { kind: 'player', name: player.name, isSealed };
    this.meet(player.name);
    return player;
  }

  get names(): readonly string[] {
    return [...this.#names].reverse();
  }

  meet(...names: readonly string[]): void {
    for (const name of names) {
      if (name === this.me.player.name) continue;
      this.#names.delete(name);
      this.#names.add(name);
    }
    for (const oldest of this.#names) {
      if (this.#names.size <= namesMax) break;
      this.#names.delete(oldest);
    }
  }

  /** One line, as typed. False: something that was wanted was not done, and was shown. */
  async run(typed: string): Promise<boolean> {
    try {
      await this.#runParsed(typed);
      return true;
    } catch (cause) {
      this.show(cause);
      return false;
    }
  }

  /** A refusal as a problem; anything else is a mistake of this program and is thrown on. */
  show(cause: unknown): void {
    if (cause instanceof PaperclipError || cause instanceof ClientError) {
      this.view.problem(cause.body);
    } else if (cause instanceof ChatMistake) {
      this.view.problem({ code: cause.code, message: cause.message, fix: '' });
    } else throw cause;
  }

  async #runParsed(typed: string): Promise<void> {
    const parsed = parseLine<SlashCommand>(typed, slashCommands);
    switch (parsed.kind) {
      case 'nothing':
        return;
      case 'mistake':
        throw new ChatMistake(parsed.sentence, 'USAGE');
      case 'say':
        return this.say(parsed.text);
      case 'command':
        return parsed.command.run(this, { name: parsed.name, text: parsed.text });
      default:
        parsed satisfies never;
    }
  }

  async say(text: string): Promise<void> {
    const target = this.#target;
    if (target.kind === 'room') return this.sayToRoom(text);
    if (target.kind === 'nobody') {
      throw new ChatMistake('There is nobody to say it to: /to NAME or /room first.');
    }
    return target.isSealed ? this.sendSealed(target.name, text) : this.send(target.name, text);
  }

  async sayToRoom(text: string): Promise<void> {
    const { someNotReached } = await this.me.call('room.say', { message: text });
    this.answer('say', { message: text, someNotReached });
    this.#mine(text);
    if (someNotReached) this.view.dim('      Somebody there has blocked you and did not get it.');
  }

  async send(name: string, text: string): Promise<void> {
    const sent = await this.me.call('chat.send', { to: name, message: text });
    this.#sent(name, text, sent, false);
  }

  /** Sealed for each of the receiver's devices. Warns of those that are new. */
  async sendSealed(name: string, text: string): Promise<void> {
    const result = await this.keys().send(name, text);
    if (!result.ok) {
      const hint = result.error === 'changed' ? ` Type /fingerprint ${name} and compare.` : '';
      throw new ChatMistake(`${name} ${sealRefusals[result.error]}${hint}`);
    }
    const { sent, news } = result.value;
    this.#sent(name, text, sent, true);
    if (news === 'changed') this.warnOfChange(name);
    if (news === 'new-contact') {
      this.view.dim(`      First sealed message to ${name}; /fingerprint ${name} to compare keys.`);
    }
  }

  keys(): SealedChat {
    if (this.sealed !== undefined) return this.sealed;
    throw new ChatMistake('There are no keys for sealed messages; the start of this said why.');
  }

  warnOfChange(name: string): void {
    const { terminal } = this.view;
    this.view.event('keys.changed', { name });
    const text = `WARNING: ${name} has a device that was not there before.`;
    this.view.line(terminal.style('red', terminal.style('bold', text)));
    this.view.line(
      `      A new phone, or somebody in between. Compare with /fingerprint ${name} over the ` +
        `telephone, then /verify ${name}; or /trust ${name} without comparing.`,
    );
  }

  /** What a command gave, for programs. */
  readonly answer = (command: string, result: Readonly<Record<string, unknown>>): void =>
    this.view.event('answer', { command, ...result });

  /** A person has seen it. Several of one sender are told as one. */
  markShown(message: Parameters<Chat['markRead']>[0]): void {
    if (!this.isWatched) return;
    this.#shown.set(message.from.id, message);
    if (!this.#marking) void this.#markAll();
  }

  async #markAll(): Promise<void> {
    this.#marking = true;
    for (const [id, message] of this.#shown) {
      this.#shown.delete(id);
      // Not worth a word: it stays unread.
      await this.chat?.markRead(message).catch(() => undefined);
    }
    this.#marking = false;
  }

  #sent(name: string, text: string, sent: CommandResult<'chat.send'>, isSealed: boolean): void {
    this.meet(name);
    this.answer('send', { to: name, message: text, isSealed, ...sent });
    this.#mine(text, name, isSealed);
    if (!sent.receiverIsOnline) this.view.dim(`      ${name} is not here; it waits.`);
  }

  #mine(text: string, to?: string, isSealed = false): void {
    const at = new Date().toISOString();
    const spoken = { at, from: 'you', text, isSealed, isMine: true };
    this.view.line(spokenLine(this.view.terminal, to === undefined ? spoken : { ...spoken, to }));
  }
}
