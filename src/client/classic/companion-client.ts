// The HTTP companion of a classic server as its players use it: accounts, their keys, and lobbies.
// It sends what the older server reads: arguments as JSON in the body, on GET as well.

import { utf8 } from '../../base/bytes.ts';
import { type Json, parseJson } from '../../base/json.ts';
import { base64Bytes, base64Lines } from '../../codec/classic/base64.ts';
import { PaperclipError } from '../../contract/errors.ts';
import { makeClassicCertificate } from '../../driver/classic-certificates.ts';
import { openClassicKey } from '../../driver/classic-keys.ts';
import type { HostAndPort } from '../../driver/datagram-network.ts';
import { httpRequest } from '../../driver/http-request.ts';
import { ClientError } from '../client-error.ts';
import { noAnswer, serverUrl, urlText } from '../http-caller.ts';

export interface ClassicLobby {
  /** The older server numbers them. */
  readonly id: string | number;
  readonly address: HostAndPort;
  /** 1 is RPS. */
  readonly gameId: number;
}

export interface CompanionLogIn {
  readonly url: string;
  readonly name: string;
  readonly password: string;
  /** Make the account first. */
  readonly register?: boolean;
}

type ClassicKey = NonNullable<ReturnType<typeof openClassicKey>>;

interface Asked {
  readonly method?: 'GET' | 'POST';
  /** Name and password, or a token in place of the name. */
  readonly as?: readonly [string, string];
  readonly args?: Json;
  /** Statuses that are no refusal. */
  readonly expects?: readonly number[];
}

interface Reply {
  readonly status: number;
  readonly body: Readonly<Record<string, unknown>>;
}

const timeoutMs = 15_000;
const answerBytesMax = 256 * 1024;
const dayMs = 86_400_000;
/** The server's clock may be behind by this much. */
const clockBehindMs = 30_000;

export class CompanionClient {
  readonly name: string;
  readonly accountId: number;
  readonly #url: URL;
  readonly #token: string;
  readonly #key: ClassicKey;

  /** Rejects with NAME_TAKEN and the like, WRONG_PASSWORD, and a `ClientError`. */
  static async logIn(given: CompanionLogIn): Promise<CompanionClient> {
    const { name, password } = given;
    const url = serverUrl(given.url);
    if (given.register) {
      const args = { username: name, password };
      await ask(url, '/auth/register', { method: 'POST', args, expects: [201] });
    }
    const token = textIn(await ask(url, '/auth/token', { as: [name, password] }), 'token', url);
    const { body } = await ask(url, '/auth/key', { as: [token, ''] });
    const id = Number(body['account-id']);
    const sealed = base64Bytes(String(body['key']));
    if (sealed === undefined || !Number.isSafeInteger(id)) throw strange(url, '/auth/key');
    const key = openClassicKey(sealed, password);
    if (key === undefined) throw new ClientError('CLASSIC_KEY', { name });
    return new CompanionClient(name, { url, token, id, key });
  }

  private constructor(
    name: string,
    own: {
      readonly url: URL;
      readonly token: string;
      readonly id: number;
      readonly key: ClassicKey;
    },
  ) {
    this.name = name;
    this.accountId = own.id;
    this.#url = own.url;
    this.#token = own.token;
    this.#key = own.key;
  }

  /** Made now, good for a day; X.509 DER. */
  certificate(nowMs: number): Uint8Array {
    const notBeforeMs = nowMs - clockBehindMs;
    const account = { number: this.accountId, name: this.name };
    const validity = { notBeforeMs, notAfterMs: notBeforeMs + dayMs };
    return makeClassicCertificate({ key: this.#key, account, ...validity });
  }

  async create(): Promise<ClassicLobby> {
    const args = { 'game-name': 'RPS' };
    return this.#lobby('/lobby/create', { method: 'POST', args, expects: [201] });
  }

  /** Undefined: there is none with room. */
  async find(): Promise<ClassicLobby | undefined> {
    const asked = { args: { 'game-name': 'RPS' }, expects: [200, 404] };
    const reply = await ask(this.#url, '/lobby/find', { ...asked, as: [this.#token, ''] });
    return reply.status === 404 ? undefined : lobbyOf(reply, this.#url);
  }

  async lobby(id: string): Promise<ClassicLobby> {
    // The older server has numbers, and compares them as such.
    const lobbyId = /^\d{1,15}$/.test(id) ? Number(id) : id;
    const args = { 'lobby-id': lobbyId };
    const asked = { args, as: [this.#token, ''], expects: [200, 404] } as const;
    const reply = await ask(this.#url, '/lobby/', asked);
    if (reply.status === 404) throw new PaperclipError('LOBBY_NOT_FOUND', { lobby: id });
    return lobbyOf(reply, this.#url);
  }

  /** Whether a game server's certificate is one of the companion's own. */
  async isServer(certificate: Uint8Array): Promise<boolean> {
    const args = { certificate: base64Lines(certificate) };
    const { body } = await ask(this.#url, '/auth/certificate/validate', { args });
    return body['valid'] === true && (body['account-id'] ?? null) === null;
  }

  async #lobby(path: string, asked: Asked): Promise<ClassicLobby> {
    return lobbyOf(await ask(this.#url, path, { ...asked, as: [this.#token, ''] }), this.#url);
  }
}

async function ask(url: URL, path: string, asked: Asked): Promise<Reply> {
  const { method = 'GET', as, args, expects = [200] } = asked;
  const body = args === undefined ? undefined : JSON.stringify(args);
  let answer: Awaited<ReturnType<typeof httpRequest>>;
  try {
    answer = await httpRequest({
      url: urlText(url) + path,
      method,
      headers: {
        accept: 'application/json',
        ...(as === undefined ? {} : { authorization: `Basic ${basic(as)}` }),
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      },
      ...(body === undefined ? {} : { body }),
      timeoutMs,
      bytesMax: answerBytesMax,
    });
  } catch (cause) {
    throw noAnswer(url, cause, timeoutMs);
  }
  const { status, text } = answer;
  if (!expects.includes(status)) throw refused(url, path, status, text);
  const parsed = parseJson(text);
  if (parsed.ok && typeof parsed.value === 'object' && parsed.value !== null) {
    return { status, body: { ...parsed.value } };
  }
  // Where "none" is an answer, its text is for people.
  if (status === 404) return { status, body: {} };
  throw strange(url, path);
}

const basic = ([name, password]: readonly [string, string]): string =>
  base64Lines(utf8(`${name}:${password}`)).replaceAll('\n', '');

function refused(url: URL, path: string, status: number, text: string): Error {
  if (status === 401) return new PaperclipError('WRONG_PASSWORD');
  // The older server answers errors with a page of HTML.
  const sentence = text.startsWith('<') ? '' : ` ${text.trim().slice(0, 300)}`;
  const problem = `${status}${sentence}`;
  return new ClientError('CLASSIC_REFUSED', { url: urlText(url), request: path, problem });
}

const strange = (url: URL, path: string): ClientError =>
  new ClientError('NOT_PAPERCLIP', { url: urlText(url), problem: `a strange answer to ${path}` });

function textIn({ body }: Reply, member: string, url: URL): string {
  const text = body[member];
  if (typeof text !== 'string') throw strange(url, member);
  return text;
}

function lobbyOf({ body }: Reply, url: URL): ClassicLobby {
  const id = body['lobby-id'];
  const address: unknown = body['lobby-addr'];
  if (Array.isArray(address) && (typeof id === 'string' || typeof id === 'number')) {
    const [host, port]: readonly unknown[] = address;
    if (typeof host === 'string' && typeof port === 'number' && port > 0 && port < 65_536) {
      return { id, address: { host, port }, gameId: Number(body['game-id']) };
    }
  }
  throw strange(url, 'a lobby');
}
