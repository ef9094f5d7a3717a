// The clients of the lobby benchmark: guests over plain sockets, some of whom host a game and
// change it, and all of whom hear of every change.

import { request } from 'node:http';
import { connect, type Socket } from 'node:net';
import { parseJson } from '../../src/base/json.ts';
import type { LobbyFormat } from '../../src/client/lobby/connect-lobby.ts';
import { jsonLineCodec } from '../../src/protocol/lobby/json-line-codec.ts';
import type { LobbyCodec } from '../../src/protocol/lobby/lobby-codec.ts';
import { qdatastreamCodec } from '../../src/protocol/lobby/qdatastream-codec.ts';
import { clockMs } from '../harness/clock.ts';
import { type Mark, MarkReader } from './marks.ts';

/** An address may ask for some guests a minute: people sit behind many. */
const addressesUsed = 100;
const stampCharacters = 20;
export const entitiesMax = 100;
/** With the time of the change and the game's number: `at:             123.456000 07`. */
const gameMark: Mark = { text: '"title":"at:', taken: stampCharacters + 3 };
const playerMark: Mark = { text: '"login":"flap', taken: 2 };
const loggedInMark: Mark = { text: '"command":"game_info"', taken: 0 };

interface Client {
  readonly socket: Socket;
  readonly reader: MarkReader;
  /** When it heard of each entity last. */
  readonly heardAtMs: Float64Array;
  onLoggedIn: (() => void) | undefined;
}

/** What was heard since the last look. */
export interface Heard {
  messages: number;
  bytes: number;
  /** From the change to whoever hears of it. */
  readonly latenciesMs: number[];
  /** From one message about an entity to the next, at one client. */
  readonly gapsMs: number[];
}

const nothingHeard = (): Heard => ({ messages: 0, bytes: 0, latenciesMs: [], gapsMs: [] });

export class People {
  readonly #codec: LobbyCodec;
  readonly #url: string;
  readonly #port: number;
  readonly #clients: Client[] = [];
  #heard = nothingHeard();
  #isMeasured = false;

  constructor(url: string, port: number, format: LobbyFormat) {
    this.#codec = format === 'json' ? jsonLineCodec(parseJson) : qdatastreamCodec(parseJson);
    this.#url = url;
    this.#port = port;
  }

  get count(): number {
    return this.#clients.length;
  }

  /** Resolves when logged in. */
  async join(): Promise<void> {
    const n = this.#clients.length;
    const localAddress = addressOf(n);
    const client: Client = {
      socket: connect({ host: '127.0.0.1', port: this.#port, localAddress }),
      reader: new MarkReader(this.#codec.name === 'qdatastream'),
      heardAtMs: new Float64Array(entitiesMax),
      onLoggedIn: undefined,
    };
    this.#clients.push(client);
    const { socket, reader } = client;
    socket.setNoDelay(true);
    socket.on('error', () => undefined);
    socket.on('data', (bytes: Buffer) => this.#read(client, bytes));
    const token = await guestToken(this.#url, localAddress, `lobby${n}`);
    reader.lookFor(loggedInMark);
    this.#say(n, { command: 'auth', token, unique_id: 'bench' });
    await new Promise<void>((resolve, reject) => {
      client.onLoggedIn = resolve;
      socket.once('close', () => reject(new Error(`client ${n} was turned away`)));
    });
    reader.lookFor(undefined);
  }

  /** The game is there when the server has come to it. */
  hostGame(n: number): void {
    this.#say(n, { command: 'game_host', title: 'new', visibility: 'public', mapname: 'scmp_007' });
    for (const state of ['Idle', 'Lobby']) this.#report(n, 'GameState', state);
  }

  /** Makes each message about the game so much longer, as many mods do. */
  addMods(n: number, mods: number): void {
    const uids = Array.from({ length: mods }, (_, i) => `mod-${i}-`.padEnd(64, 'x'));
    this.#report(n, 'GameMods', 'uids', uids.join(' '));
  }

  changeGame(n: number): void {
    const stamp = clockMs().toFixed(6).padStart(stampCharacters);
    const title = `at:${stamp} ${String(n).padStart(2, '0')}`;
    this.#report(n, 'GameOption', 'Title', title);
  }

  /**
   * The last who came: its socket fills up. The kernel takes little for who has never read much,
   * and many MB for who has.
   */
  stopReading(): void {
    this.#clients.at(-1)?.socket.pause();
  }

  /** From now on, messages about these. */
  measure(what: 'games' | 'players' | undefined): void {
    this.#isMeasured = what !== undefined;
    const mark = what === 'games' ? gameMark : what === 'players' ? playerMark : undefined;
    for (const { reader, heardAtMs } of this.#clients) {
      reader.lookFor(mark);
      heardAtMs.fill(0);
    }
    this.takeHeard();
  }

  takeHeard(): Heard {
    const heard = this.#heard;
    this.#heard = nothingHeard();
    return heard;
  }

  leave(): void {
    for (const { socket } of this.#clients) socket.destroy();
  }

  #report(n: number, command: string, ...args: readonly unknown[]): void {
    this.#say(n, { command, target: 'game', args });
  }

  #say(n: number, message: object): void {
    this.#clients[n]?.socket.write(this.#codec.encode(message));
  }

  #read(client: Client, bytes: Buffer): void {
    const found = client.reader.read(bytes);
    if (!this.#isMeasured) {
      if (found.length > 0) client.onLoggedIn?.();
      return;
    }
    const nowMs = clockMs();
    const heard = this.#heard;
    heard.bytes += bytes.length;
    heard.messages += found.length;
    for (const text of found) {
      const entity = Number(text.slice(-2));
      if (text.length > stampCharacters) {
        heard.latenciesMs.push(nowMs - Number.parseFloat(text));
      }
      const beforeMs = client.heardAtMs[entity] ?? 0;
      if (beforeMs > 0) heard.gapsMs.push(nowMs - beforeMs);
      client.heardAtMs[entity] = nowMs;
    }
  }
}

const addressOf = (n: number): string => `127.0.1.${1 + (n % addressesUsed)}`;

/** The access token of a new guest, asked for from this address. */
export function guestToken(url: string, localAddress: string, name: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const headers = { 'content-type': 'application/json' };
    const asked = request(`${url}/v1/guests`, { method: 'POST', localAddress, headers });
    asked.on('error', reject);
    asked.on('response', async (response) => {
      let text = '';
      for await (const chunk of response) text += String(chunk);
      const { accessToken } = JSON.parse(text) as { readonly accessToken?: string };
      if (accessToken === undefined) reject(new Error(`no guest: ${text}`));
      else resolve(accessToken);
    });
    asked.end(JSON.stringify({ name }));
  });
}
