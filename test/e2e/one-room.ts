// One room, many wires: a guest on the text protocol, an account on the messenger, an account on
// WebSocket and a bot on encrypted UDP meet, talk, block each other and play one guessing game.
// What anybody sends or gets is noted with its time, for whoever wants to read the run.

import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { guess } from '../../games/guess/rules.ts';
import type { RunningServer } from '../../src/app/server/index.ts';
import { connect, type PlayerClient, playBot } from '../../src/client/index.ts';
import type { CommandArgs, CommandName, CommandResult } from '../../src/contract/commands.ts';
import type { PlatformEvent } from '../../src/contract/events.ts';
import { connectTcp } from '../../src/driver/tcp.ts';

const password = 'correct horse';

/** What was said and heard, by whom, in order of time. */
export class Recording {
  readonly lines: string[] = [];
  readonly #startMs = performance.now();

  note(who: string, direction: '>' | '<' | '-', text: string): void {
    const atS = ((performance.now() - this.#startMs) / 1000).toFixed(2).padStart(6);
    const short = text.length > 150 ? `${text.slice(0, 149)}…` : text;
    this.lines.push(`${atS}  ${who.padEnd(16)} ${direction} ${short}`);
  }
}

/** Lines that came, and somebody who waits for one of them. */
class Heard<T> {
  readonly #items: T[] = [];
  #wake = (): void => undefined;

  push(item: T): void {
    this.#items.push(item);
    this.#wake();
  }

  /** The first that fits, and those before it are gone. */
  async until(fits: (item: T) => boolean): Promise<T> {
    for (;;) {
      const at = this.#items.findIndex(fits);
      if (at >= 0) return this.#items.splice(0, at + 1).at(-1)!;
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
  }

  has(fits: (item: T) => boolean): boolean {
    return this.#items.some(fits);
  }
}

interface LinePerson {
  say(line: string): void;
  /** Says no more. */
  hangUp(): void;
  readonly heard: Heard<string>;
  readonly isClosed: Promise<unknown>;
}

/** Over `nc` where the machine has it, else over a socket of this process. */
async function linePerson(
  recording: Recording,
  who: string,
  at: { readonly host: string; readonly port: number },
  withNc: boolean,
): Promise<LinePerson> {
  const heard = new Heard<string>();
  let rest = '';
  let write: (text: string) => void = () => undefined;
  let hangUp: () => void = () => undefined;
  const handle = (bytes: Uint8Array): void => {
    const parts = (rest + new TextDecoder().decode(bytes)).split('\n');
    rest = parts.pop() ?? '';
    for (const line of parts) {
      recording.note(who, '<', line);
      // A person would type it; a program has to.
      if (line === 'PING') say('PONG');
      heard.push(line);
    }
  };
  const say = (line: string): void => {
    recording.note(who, '>', line);
    write(`${line}\n`);
  };
  const { promise: isClosed, resolve } = Promise.withResolvers<unknown>();
  if (withNc) {
    const nc: ChildProcess = spawn('nc', [at.host, String(at.port)], {
      stdio: ['pipe', 'pipe', 'ignore'],
    });
    nc.stdout?.on('data', handle);
    // Some kinds of `nc` stay until the person ends their input, too.
    hangUp = () => void nc.stdin?.end();
    nc.once('exit', resolve);
    write = (text) => void nc.stdin?.write(text);
  } else {
    const stream = await connectTcp(at);
    stream.onData = handle;
    stream.onClose = resolve;
    write = (text) => void stream.write(text);
  }
  return { say, hangUp, heard, isClosed };
}

interface SocketPerson {
  call<Name extends CommandName>(
    command: Name,
    args: CommandArgs<Name>,
  ): Promise<CommandResult<Name>>;
  readonly heard: Heard<PlatformEvent>;
  close(): void;
}

/** Commands and events as JSON over one WebSocket. */
async function socketPerson(
  recording: Recording,
  who: string,
  url: string,
  accessToken: string,
): Promise<SocketPerson> {
  const heard = new Heard<PlatformEvent>();
  const answers = new Map<number, (answer: { result?: unknown; error?: unknown }) => void>();
  const socket = new WebSocket(`${url.replace(/^http/, 'ws')}/v1/ws`);
  socket.addEventListener('message', ({ data }) => {
    const message = JSON.parse(String(data));
    recording.note(who, '<', String(data));
    if ('event' in message) heard.push(message as PlatformEvent);
    else answers.get(message.id)?.(message);
  });
  await new Promise((resolve) => {
    socket.addEventListener('open', resolve);
  });
  let lastId = 0;
  const ask = (message: object, shown: string): Promise<unknown> => {
    const id = ++lastId;
    recording.note(who, '>', shown);
    socket.send(JSON.stringify({ id, ...message }));
    return new Promise((resolve, reject) => {
      answers.set(id, ({ result, error }) =>
        error === undefined ? resolve(result) : reject(new Error(JSON.stringify(error))),
      );
    });
  };
  await ask({ auth: accessToken }, '{"auth":"..."}');
  return {
    heard,
    // Boundary: the platform answers a command with its result.
    call: (command, args) =>
      ask({ command, args }, JSON.stringify({ command, args })) as Promise<never>,
    close: () => socket.close(),
  };
}

/** An account's access token. */
async function logIn(url: string, path: string, name: string): Promise<string> {
  const response = await fetch(url + path, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ name, password }),
  });
  return ((await response.json()) as { accessToken: string }).accessToken;
}

const messenger = (type: number, content: unknown): string => JSON.stringify({ type, content });

export interface OneRoom {
  readonly recording: Recording;
  readonly usedNc: boolean;
  /** Names in the order in which they found the number. */
  readonly results: readonly string[];
}

export async function playOneRoom(server: RunningServer): Promise<OneRoom> {
  const recording = new Recording();
  const usedNc = spawnSync('nc', ['-h'], { stdio: 'ignore' }).error === undefined;
  const { host, ports } = server.addresses.lines;
  const port = (wire: string) => ({ host, port: ports[wire] ?? 0 });

  const nina = await linePerson(recording, 'nina (text)', port('text'), usedNc);
  nina.say('LOGIN_REQ {"username":"nina"}');
  await nina.heard.until((line) => line.startsWith('LOGIN_RESP {"status":"OK"}'));
  const mara = await linePerson(recording, 'mara (messenger)', port('messenger'), false);
  mara.say(messenger(0.1, 'mara'));
  await mara.heard.until((line) => line.includes('"type":101'));
  mara.say(messenger(0.3, password));
  await nina.heard.until((line) => line === 'JOINED {"username":"mara"}');
  const walt = await socketPerson(
    recording,
    'walt (WebSocket)',
    server.url,
    await logIn(server.url, '/v1/accounts', 'walt'),
  );
  await walt.call('room.enter', {});
  await nina.heard.until((line) => line === 'JOINED {"username":"walt"}');
  await mara.heard.until((line) => line.includes('walt has logged in'));

  await talk(nina, mara, walt);
  await block(nina, mara, walt);
  const results = await playGuess(recording, server, { nina, mara, walt });

  nina.say('BYE');
  await nina.heard.until((line) => line.startsWith('BYE_RESP'));
  nina.hangUp();
  await nina.isClosed;
  await mara.heard.until((line) => line.includes('nina has logged out'));
  mara.say(messenger(7, ''));
  await mara.isClosed;
  await walt.heard.until(({ event, data }) => {
    return event === 'room.left' && 'player' in data && data.player.name === 'mara';
  });
  walt.close();
  return { recording, usedNc, results };
}

const saying = (text: string) => (event: PlatformEvent) =>
  (event.event === 'room.message' && event.data.message === text) ||
  (event.event === 'chat.message' && event.data.message.message === text);

async function talk(nina: LinePerson, mara: LinePerson, walt: SocketPerson): Promise<void> {
  nina.say('BROADCAST_REQ {"message":"hello from a terminal"}');
  await mara.heard.until((line) => line.includes('hello from a terminal'));
  await walt.heard.until(saying('hello from a terminal'));
  mara.say(messenger(2, 'hello from the messenger'));
  await nina.heard.until((line) => line.startsWith('BROADCAST {"username":"mara"'));
  await walt.heard.until(saying('hello from the messenger'));
  await walt.call('room.say', { message: 'hello from a browser' });
  await nina.heard.until((line) => line.startsWith('BROADCAST {"username":"walt"'));
  await mara.heard.until((line) => line.includes('hello from a browser'));

  nina.say('PRIVATE_MESSAGE_REQ {"receiver":"mara","message":"to you alone"}');
  await mara.heard.until((line) => line.includes('to you alone'));
  mara.say(messenger(1, ['walt', 'to walt alone']));
  await walt.heard.until(saying('to walt alone'));
  await walt.call('chat.send', { to: 'nina', message: 'and back to nina' });
  await nina.heard.until((line) => line.startsWith('PRIVATE_MESSAGE {"sender":"walt"'));
}

/** Walt blocks Nina: she reaches him no more, and sees him no more; he sees and reaches her. */
async function block(nina: LinePerson, mara: LinePerson, walt: SocketPerson): Promise<void> {
  await walt.call('block.add', { player: 'nina' });
  nina.say('PRIVATE_MESSAGE_REQ {"receiver":"walt","message":"can you hear me?"}');
  await nina.heard.until(
    (line) => line.startsWith('PRIVATE_MESSAGE_RESP') && line.includes('6001'),
  );
  nina.say('LIST_USERS_REQ');
  const list = await nina.heard.until((line) => line.startsWith('LIST_USERS_RESP'));
  if (list.includes('walt')) throw new Error(`nina sees who has blocked her: ${list}`);
  nina.say('BROADCAST_REQ {"message":"not for walt"}');
  await mara.heard.until((line) => line.includes('not for walt'));
  await walt.call('room.say', { message: 'nina still hears me' });
  await nina.heard.until((line) => line.includes('nina still hears me'));
  if (walt.heard.has(saying('not for walt'))) throw new Error('walt heard whom he has blocked');
  await walt.call('block.remove', { player: 'nina' });
}

async function playGuess(
  recording: Recording,
  server: RunningServer,
  { nina, walt }: { nina: LinePerson; mara: LinePerson; walt: SocketPerson },
): Promise<readonly string[]> {
  // The messenger has no games: its account plays over another session, as the same player.
  const marasToken = await logIn(server.url, '/v1/sessions', 'mara');
  const mara = await socketPerson(recording, 'mara (WebSocket)', server.url, marasToken);
  const bot = await connect(server.url, { guest: 'robo' });
  await botTalks(recording, bot, nina, walt);
  nina.say('START_GAME_REQ');
  const opened = await walt.heard.until(({ event }) => event === 'party.opened');
  if (opened.event !== 'party.opened') throw new Error('no party');
  await walt.call('party.join', { game: 'guess' });
  await mara.call('party.join', { game: 'guess' });
  await bot.call('party.join', { game: 'guess' });
  recording.note('robo (UDP, bot)', '-', 'joins, and plays over encrypted UDP');
  const placed = await walt.heard.until(({ event }) => event === 'match.placed');
  const matchId = placed.event === 'match.placed' ? placed.data.matchId : '';
  const overUdp = bot.rejoin(guess).then(async (match) => {
    if (match === undefined) throw new Error('the bot is in no match');
    playBot(match, guess, { seed: 'one room', thinkMs: 50 });
    await match.result;
  });
  // The match begins when all have taken their seats.
  await Promise.all([
    findByLines(nina),
    findBySocket(walt, matchId),
    findBySocket(mara, matchId),
    overUdp,
  ]);
  const line = await nina.heard.until((text) => text.startsWith('GAME_RESULTS'));
  const { results } = JSON.parse(line.slice('GAME_RESULTS '.length)) as {
    results: readonly { username: string; time: number | null }[];
  };
  await walt.heard.until(({ event }) => event === 'match.ended');
  mara.close();
  await bot.close();
  return results.flatMap(({ username, time }) => (time === null ? [] : [username]));
}

/** A bot is a player like others: it comes into the room, hears, and answers. */
async function botTalks(
  recording: Recording,
  bot: PlayerClient,
  nina: LinePerson,
  walt: SocketPerson,
): Promise<void> {
  const who = 'robo (bot)';
  const heard = new Heard<string>();
  bot.on('room.message', ({ from, message }) => {
    recording.note(who, '<', `${from.name}: ${message}`);
    heard.push(message);
  });
  await bot.openEvents();
  await bot.call('room.enter', {});
  await nina.heard.until((line) => line.startsWith('JOINED {"username":"robo'));
  nina.say('BROADCAST_REQ {"message":"who wants to play?"}');
  await heard.until((message) => message === 'who wants to play?');
  recording.note(who, '>', 'I do. Beep.');
  await bot.call('room.say', { message: 'I do. Beep.' });
  await nina.heard.until((line) => line.includes('I do. Beep.'));
  await walt.heard.until(saying('I do. Beep.'));
}

/** Halving what is left, over the text protocol. */
async function findByLines(person: LinePerson): Promise<void> {
  await person.heard.until((line) => /^START_GAME_RESP .*players/.test(line));
  let [low, high] = [1, 50];
  for (;;) {
    const number = Math.floor((low + high) / 2);
    person.say(`GUESS_NUMBER_REQ {"number":${number}}`);
    const line = await person.heard.until((text) => text.startsWith('GUESS_NUMBER_RESP'));
    const { result } = JSON.parse(line.slice('GUESS_NUMBER_RESP '.length)) as { result: number };
    if (result === 0) return;
    if (result < 0) low = number + 1;
    else high = number - 1;
  }
}

/** The same by commands, with a seat that is played without UDP. */
async function findBySocket(person: SocketPerson, matchId: string): Promise<void> {
  const { seat } = await person.call('match.attach', { matchId });
  let count = 0;
  for (;;) {
    const shown = await person.heard.until(
      (event) => event.event === 'match.view' && viewOf(event).guessCount === count,
    );
    const view = viewOf(shown);
    if (view.timesMs[seat] !== null) return;
    const number = Math.floor((view.low + view.high) / 2);
    await person.call('match.input', { matchId, input: { number } });
    count++;
  }
}

interface Seen {
  readonly guessCount: number;
  readonly low: number;
  readonly high: number;
  readonly timesMs: readonly (number | null)[];
}

/** Boundary: views of the game `guess`. */
const viewOf = (event: PlatformEvent): Seen =>
  (event.event === 'match.view' ? event.data.view : {}) as Seen;
