// `paperclip chat`: the room, messages, friends. At a terminal a row to type in with talk above it;
// on a pipe each line of input as if typed, each event a line; with operands one message, and out.

import { stat } from 'node:fs/promises';
import { createInterface } from 'node:readline';
import { openChat, openSealedChat, type PlayerClient } from '../../client/index.ts';
import { defaultCrypto } from '../../driver/index.ts';
import { ChatDesk } from './chat/chat-desk.ts';
import {
  showEvents,
  showMessage,
  showSent,
  showStart,
  showState,
  showTrouble,
} from './chat/chat-events.ts';
import { namesOf } from './chat/chat-text.ts';
import { chatView } from './chat/chat-view.ts';
import { InputLine } from './chat/input-line.ts';
import { keyStorage } from './chat/key-storage.ts';
import { completions } from './chat/parse-line.ts';
import { slashCommands } from './chat/slash-commands.ts';
import { type CommandContext, type ExitCode, exitCodes } from './command.ts';
import { type Interrupts, watchInterrupts } from './interrupt.ts';
import { signIn } from './sign-in.ts';
import { UsageError } from './usage.ts';

export async function chatCommand(context: CommandContext): Promise<ExitCode> {
  const { typed, host } = context;
  const message = typed.positionals.join(' ');
  if (typed.isSet('secret') && typed.text('to') === undefined) {
    throw new UsageError('--secret needs --to NAME: the room cannot be sealed.');
  }
  const downloadFolder = await downloadFolderOf(context);
  const me = await signIn(context);
  const interrupts = watchInterrupts(host);
  try {
    const work =
      message === ''
        ? stay(context, me, interrupts, downloadFolder)
        : sendOne(context, me, message.trim());
    return await Promise.race([work, interrupts.atOnce]);
  } finally {
    interrupts.stop();
    me.close();
  }
}

/** Looked at before anything else: what is taken later would have no place. */
async function downloadFolderOf({ typed }: CommandContext): Promise<string> {
  const folder = typed.text('download-dir') ?? '.';
  const facts = await stat(folder).catch(() => undefined);
  if (facts?.isDirectory()) return folder;
  throw new UsageError(`--download-dir: ${folder} is not a folder that is there.`);
}

/** One message. It needs no events, so it opens no stream. */
async function sendOne(
  context: CommandContext,
  me: PlayerClient,
  message: string,
): Promise<ExitCode> {
  const { typed, terminal } = context;
  const view = chatView(terminal, () => undefined);
  const desk = new ChatDesk({
    me,
    view,
    isWatched: false,
    downloadFolder: '.',
    quit: () => undefined,
  });
  const to = typed.text('to');
  const isSealed = typed.isSet('secret');
  if (isSealed) await loadKeys(context, desk);
  if (to !== undefined) desk.target = { kind: 'player', name: to, isSealed };
  try {
    await desk.say(message);
    return exitCodes.ok;
  } catch (cause) {
    desk.show(cause);
    return exitCodes.failed;
  }
}

/** Keys that cannot be had are a problem, and no reason not to talk. */
async function loadKeys({ host }: CommandContext, desk: ChatDesk): Promise<void> {
  const { me } = desk;
  const storage = keyStorage(host.env, me.server, me.player);
  try {
    desk.sealed = await openSealedChat(me, { crypto: defaultCrypto, storage });
  } catch (cause) {
    if (!(cause instanceof Error && 'code' in cause)) throw cause;
    if ('body' in cause) desk.show(cause);
    else desk.view.problem({ code: 'KEYS', message: cause.message, fix: 'Mend the file’s mode.' });
  }
}

async function stay(
  context: CommandContext,
  me: PlayerClient,
  interrupts: Interrupts,
  downloadFolder: string,
): Promise<ExitCode> {
  const { typed, terminal } = context;
  let row: InputLine | undefined;
  const isWatched = terminal.interactive;
  const over = Promise.withResolvers<void>();
  interrupts.signal.addEventListener('abort', () => over.resolve(), { once: true });
  const view = chatView(terminal, () => row);
  const quit = (): void => {
    if (!isWatched || mayLeave(desk)) over.resolve();
  };
  const desk = new ChatDesk({ me, view, isWatched, downloadFolder, quit });
  await loadKeys(context, desk);
  const started = Promise.withResolvers<void>();
  const stopEvents = showEvents(desk);
  const chat = await openChat(me, {
    // What is unread is listed before it is shown, and counted as read.
    onMessage: (message) => started.promise.then(() => showMessage(desk, message)),
    onSent: (message) => showSent(desk, message),
    onState(state) {
      showState(desk, state);
      if (state instanceof Error) over.reject(state);
    },
    onTrouble: (cause) => showTrouble(desk, cause),
  });
  desk.chat = chat;
  let isDone = true;
  try {
    const bold = terminal.style('bold', me.player.name);
    view.line(`You are ${bold} at ${me.server}. /help lists what you can do.`);
    view.line(`In the room: ${namesOf(chat.room, me.player.id)}.`);
    await showStart(desk);
    started.resolve();
    if (isWatched) row = openRow(context, desk, interrupts, over);
    desk.target = { kind: 'room' };
    const to = typed.text('to');
    const command = typed.isSet('secret') ? 'secret' : 'to';
    if (to !== undefined) isDone = await desk.run(`/${command} "${to}"`);
    // What a script has for one player is not said to anybody else.
    if (!isDone && !isWatched) return exitCodes.failed;
    if (isWatched) await over.promise;
    else {
      isDone = (await runLines(context, desk, over.promise)) && isDone;
      isDone = (await filesArrived(desk, over.promise, interrupts)) && isDone;
    }
  } finally {
    started.resolve();
    await desk.files.close();
    row?.close();
    row = undefined;
    stopEvents();
    await chat.close();
  }
  if (interrupts.signal.aborted) {
    terminal.event('interrupted');
    return exitCodes.interrupted;
  }
  return isDone ? exitCodes.ok : exitCodes.failed;
}

/** At the end of a pipe, what is on its way arrives first. */
async function filesArrived(
  desk: ChatDesk,
  over: Promise<void>,
  { signal }: Interrupts,
): Promise<boolean> {
  const interrupted = Promise.withResolvers<false>();
  const stop = (): void => interrupted.resolve(false);
  if (signal.aborted) stop();
  signal.addEventListener('abort', stop, { once: true });
  const ended = over.then(() => interrupted.promise);
  return await Promise.race([desk.files.settled(), ended]);
}

/** Files on their way are asked about once; again when there are more. */
function mayLeave({ files, view }: ChatDesk): boolean {
  const count = files.askToLeave();
  if (count === 0) return true;
  const what = count === 1 ? 'A file is' : `${count} files are`;
  view.line(`${what} on the way, and leaving ends that. The same again leaves; /files shows more.`);
  return false;
}

/** Lines that were typed and wait for those before them; a person does not get there. */
const linesQueuedMax = 100;

function openRow(
  { host, terminal }: CommandContext,
  desk: ChatDesk,
  interrupts: Interrupts,
  over: PromiseWithResolvers<void>,
): InputLine {
  let last: Promise<unknown> = Promise.resolve();
  let waiting = 0;
  return new InputLine({
    host,
    terminal,
    onLine(text) {
      if (waiting >= linesQueuedMax) return;
      waiting++;
      last = last
        .then(() => desk.run(text))
        .catch((cause: unknown) => over.reject(cause))
        .finally(() => waiting--);
    },
    onInterrupt() {
      if (interrupts.signal.aborted || mayLeave(desk)) interrupts.press();
    },
    onEnd: desk.quit,
    complete: (before) => completions(before, slashCommands, desk.names),
  });
}

/** One after the other; resolves when the last has its answer. False: one of them was refused. */
async function runLines(
  { host }: CommandContext,
  desk: ChatDesk,
  over: Promise<void>,
): Promise<boolean> {
  const lines = createInterface({ input: host.stdin, crlfDelay: Number.POSITIVE_INFINITY });
  const reading = lines[Symbol.asyncIterator]();
  let allDone = true;
  try {
    for (;;) {
      const next = await Promise.race([reading.next(), over]);
      if (next === undefined || next.done) break;
      const done = await Promise.race([desk.run(next.value), over]);
      if (done === undefined) break;
      allDone &&= done;
    }
    // What had come before the end of the input is shown before this leaves.
    await Promise.race([desk.chat?.caughtUp(), over]);
  } finally {
    lines.close();
    // A reader of a pipe that stays open would keep the program running.
    host.stdin.destroy();
  }
  return allDone;
}
