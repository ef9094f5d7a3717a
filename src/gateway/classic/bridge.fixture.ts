// The bridge of the classic wire on a whole platform with a host that plays, in virtual time. Its
// players have certificates of words and connections that only note what they are told; others are
// on the platform without a wire.

import rps from '../../../games/rps/rules.ts';
import type { Json } from '../../base/json.ts';
import { encodeJsonMessage } from '../../codec/classic/json-message.ts';
import { silentMetrics } from '../../contract/telemetry.ts';
import { claimsCertificate, wordKeys } from '../../domain/account/classic-words.fixture.ts';
import { type PlayingHost, playingHost } from '../../domain/host/playing-host.fixture.ts';
import {
  brawl,
  type TestPlatform,
  type TestPlayer,
  testPlatform,
} from '../../domain/test-platform.fixture.ts';
import type { ClassicEnd, Goodbye } from '../../protocol/classic/output.ts';
import { ClassicBridge } from './classic-bridge.ts';
import type { ClassicPeer } from './classic-udp-server.ts';
import { LobbyIntents } from './lobby-intents.ts';

const password = 'correct horse';
const turn = () => new Promise<void>((done) => setImmediate(done));

/** A classic player's account, as another wire sees it too. */
export interface ClassicAccount {
  readonly elsewhere: TestPlayer;
  readonly number: number;
  readonly certificate: Uint8Array;
}

export class TestPeer implements ClassicPeer {
  readonly host = '192.0.2.1';
  readonly certificate: Uint8Array;
  readonly told: Json[] = [];
  goodbye: Goodbye | undefined;
  readonly #bridge: ClassicBridge;
  #isGone = false;

  constructor(bridge: ClassicBridge, certificate: Uint8Array) {
    this.#bridge = bridge;
    this.certificate = certificate;
  }

  send(message: Json): void {
    if (!this.#isGone) this.told.push(message);
  }

  disconnect(goodbye?: Goodbye): void {
    if (this.#isGone) return;
    this.goodbye = goodbye ?? { code: 0x21, text: '' };
    this.leave({ kind: 'closed-here', isAcknowledged: true });
  }

  say(message: Json): void {
    this.#bridge.onMessage(this, encodeJsonMessage(message));
  }

  leave(end: ClassicEnd = { kind: 'closed-by-peer', code: 0x22, text: 'quit call' }): void {
    this.#isGone = true;
    this.#bridge.onLeave(this, end);
  }
}

export class BridgeWorld {
  readonly platform: TestPlatform;
  readonly host: PlayingHost;
  readonly intents = new LobbyIntents();
  readonly bridge: ClassicBridge;
  /** It does not say that it is there while somebody waits. */
  isHostSilent = false;
  readonly #peers: TestPeer[] = [];
  #accounts = 0;

  private constructor(platform: TestPlatform, host: PlayingHost) {
    this.platform = platform;
    this.host = host;
    const { classic, dispatcher, events } = platform.platform;
    if (classic === undefined) throw new Error('the platform has no classic accounts');
    this.bridge = new ClassicBridge({
      ...{ classic, dispatcher, events, intents: this.intents, timers: platform.time },
      log: {
        ...{ debug() {}, info() {}, warn() {} },
        error: (event, fields) => {
          throw new Error(`${event}: ${String(fields?.['error'])}`);
        },
      },
      metrics: silentMetrics,
    });
  }

  static async start(): Promise<BridgeWorld> {
    const deps = { classic: wordKeys(), adminNameKeys: new Set(['op']) };
    const platform = await testPlatform({ hosts: [], games: [brawl, rps], deps });
    return new BridgeWorld(platform, await playingHost(platform, [rps]));
  }

  async account(name: string): Promise<ClassicAccount> {
    const { platform } = this;
    const elsewhere = await platform.register(name, password);
    const { accessToken } = elsewhere.session;
    const origin = { wire: 'test', address: '192.0.2.1', accessToken };
    await platform.platform.classic?.keepKey(origin, password);
    this.#accounts += 1;
    const { numbers } = await elsewhere.call('player.numbers', { players: [elsewhere.player.id] });
    const number = numbers[0]?.number ?? 0;
    const fromMs = platform.time.now();
    const certificate = claimsCertificate({
      account: number,
      signedWith: `public ${this.#accounts} of ${password}`,
      fromMs,
      toMs: fromMs + 86_400_000,
    });
    return { elsewhere, number, certificate };
  }

  /** Connects as `account`; `lobbyId` is what it has asked for over HTTP. */
  join(account: ClassicAccount, lobbyId?: string): TestPeer {
    if (lobbyId !== undefined) this.wish(account, lobbyId);
    const peer = new TestPeer(this.bridge, account.certificate);
    this.#peers.push(peer);
    this.bridge.onJoin(peer);
    return peer;
  }

  wish({ elsewhere, number }: ClassicAccount, lobbyId: string): void {
    this.intents.set({ number, playerId: elsewhere.player.id, call: elsewhere.call }, lobbyId);
  }

  /** Turns of the event loop, and up to ten seconds of virtual time, until it is so. */
  async until(what: string, isSo: () => boolean | Promise<boolean>): Promise<void> {
    // Fewer looks than the platform grants calls in a minute, which a look may need.
    for (let looks = 0; looks < 1000; looks++) {
      if (await isSo()) return;
      for (let turns = 0; turns < 20; turns++) await turn();
      await this.platform.platform.settled();
      // What was asked of the store before, on its own thread, is answered then.
      await this.platform.store.accounts.byId('nobody');
      if (looks % 10 !== 9) continue;
      if (!this.isHostSilent) await this.host.announce();
      await this.platform.time.advance(100, turn);
    }
    throw new Error(`it did not come about: ${what}`);
  }

  /** The host says all the while that it is there. */
  async pass(ms: number): Promise<void> {
    for (let leftMs = ms; leftMs > 0; leftMs -= 1000) {
      await this.host.announce();
      await this.platform.advance(Math.min(leftMs, 1000));
    }
  }

  async close(): Promise<void> {
    this.bridge.beginClose();
    for (const peer of this.#peers) peer.disconnect();
    let isSettled = false;
    void this.bridge.settled().then(() => {
      isSettled = true;
    });
    await this.until('all have left', () => isSettled);
    await this.platform.close();
  }
}
