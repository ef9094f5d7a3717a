// What people must see and be told, written from the rules and not from the code: a block has one
// direction, hides the blocker from the blocked one everywhere, and stops what the blocked one
// sends; and it ends a friendship. Everything else reaches everybody whom it is for.

import { type Action, playerOfSlot } from './history.ts';
import type { Kind, Manners } from './manners.ts';

export interface Expected {
  /** Undefined: the action has no meaning now, and is not done. */
  readonly answer: readonly string[] | string | undefined;
  /** By slot; in any order. */
  readonly seen: ReadonlyMap<number, readonly string[]>;
}

interface Sent {
  readonly from: number;
  readonly to: number;
  readonly text: string;
}

export class PeopleModel {
  readonly #names: readonly string[];
  readonly #mannersOf: (slot: number) => Manners;
  /** Slots logged in. */
  readonly #here = new Set<number>();
  readonly #inRoom = new Set<number>();
  readonly #wasHere = new Set<number>();
  readonly #lobbies = new Set<number>();
  readonly #blocks = new Set<string>();
  /** `1>2`: the first has asked the second. */
  readonly #requests = new Set<string>();
  readonly #friends = new Set<string>();
  readonly #messages: Sent[] = [];
  /** How many of all messages were there when the player drained the inbox last. */
  readonly #drained = new Map<number, number>();
  /**
   * Who was given messages by a session that acknowledges them at a time of its own: until it has
   * logged out, nobody can say what waits in the inbox, and it is not looked into.
   */
  readonly #unsure = new Set<number>();
  readonly #read = new Map<string, number>();
  #seen = new Map<number, string[]>();

  constructor(names: readonly string[], mannersOf: (slot: number) => Manners) {
    this.#names = names;
    this.#mannersOf = mannersOf;
  }

  act(action: Action): Expected {
    this.#seen = new Map();
    const answer = this.#hasMeaning(action) ? this.#act(action) : undefined;
    const { answer: as } = this.#mannersOf(action.by);
    return { answer: answer === undefined ? answer : as(action, answer), seen: this.#seen };
  }

  #hasMeaning(action: Action): boolean {
    const isHere = this.#here.has(action.by);
    const manners = this.#mannersOf(action.by);
    if (isHere !== (action.do !== 'log-in')) return false;
    if (manners.answer(action, 'done') === undefined) return false;
    const drains = action.do === 'drain' || (action.do === 'log-in' && manners.joinsAtLogIn);
    return !drains || !this.#unsure.has(playerOfSlot(action.by));
  }

  #act(action: Action): readonly string[] | string | undefined {
    const me = playerOfSlot(action.by);
    const others = this.#players().filter((other) => other !== me);
    switch (action.do) {
      case 'log-in':
        return this.#logIn(action.by);
      case 'log-out':
        return this.#logOut(action.by);
      case 'enter':
        return this.#enter(action.by);
      case 'leave':
        return this.#leave(action.by);
      case 'drain':
        return this.#drain(me);
      case 'open-lobby':
        if (this.#lobbies.has(me)) return 'ALREADY_IN_LOBBY';
        return this.#move(me, () => this.#lobbies.add(me));
      case 'leave-lobby':
        return this.#lobbies.has(me) ? this.#move(me, () => this.#lobbies.delete(me)) : undefined;
      case 'list-lobbies':
        return this.#named(
          [...this.#lobbies].filter((o) => !this.#has(o, me) && !this.#has(me, o)),
        );
      case 'list-online':
        return this.#named(others.filter((o) => this.#isOnline(o) && !this.#has(o, me)));
      case 'list-since':
        return this.#named(others.filter((o) => this.#wasHere.has(o) && !this.#has(o, me)));
      case 'list-room':
        return this.#room(me);
      case 'list-friends':
        return others.flatMap((other) => this.#friendLine(me, other));
      case 'say':
        return this.#say(me, action.text);
      default:
        return this.#toward(action, me);
    }
  }

  #logIn(slot: number): string {
    const me = playerOfSlot(slot);
    this.#move(me, () => this.#here.add(slot));
    if (!this.#mannersOf(slot).joinsAtLogIn) return 'done';
    this.#enter(slot);
    for (const { from, text } of this.#takeInbox(me)) {
      this.#unsure.add(me);
      this.#note(slot, `${this.#names[from]} to ${this.#names[me]}: ${text}`);
    }
    return 'done';
  }

  #logOut(slot: number): string {
    const me = playerOfSlot(slot);
    this.#leave(slot);
    if (this.#mannersOf(slot).joinsAtLogIn) {
      this.#unsure.delete(me);
      this.#takeInbox(me);
    }
    return this.#move(me, () => this.#here.delete(slot));
  }

  #toward(action: Extract<Action, { whom: number }>, me: number): string | undefined {
    const { whom } = action;
    const [mine, theirs] = [`${me}>${whom}`, `${whom}>${me}`];
    if (action.do === 'look-at') return this.#presence(me, whom);
    if (action.do === 'read') return this.#readUp(me, whom);
    if (me === whom) return 'TO_YOURSELF';
    if (action.do === 'send') return this.#send(action, me);
    switch (action.do) {
      case 'block':
        if (this.#blocks.has(mine)) return 'BLOCKED_ALREADY';
        this.#blocks.add(mine);
        this.#endBetween(me, whom);
        return 'done';
      case 'unblock':
        return this.#blocks.delete(mine) ? 'done' : 'NOT_BLOCKED';
      case 'unfriend':
        if (!this.#friends.has(mine)) return 'NOT_FRIENDS';
        this.#endBetween(me, whom);
        this.#tell(whom, `no friend ${this.#names[me]}`);
        return 'done';
      case 'befriend':
        if (this.#has(whom, me)) return 'BLOCKED';
        if (this.#friends.has(mine) || this.#requests.has(mine)) return 'FRIENDS_ALREADY';
        if (this.#requests.delete(theirs)) {
          this.#friends.add(mine).add(theirs);
          this.#tell(whom, `friend ${this.#names[me]}`);
          return 'friends';
        }
        this.#requests.add(mine);
        this.#tell(whom, `request ${this.#names[me]}`);
        return 'requested';
      default:
        throw new TypeError(`no player is meant by ${action.do}`);
    }
  }

  #send({ by, whom, text }: Extract<Action, { do: 'send' }>, me: number): string {
    if (this.#has(whom, me)) return 'BLOCKED';
    this.#messages.push({ from: me, to: whom, text });
    const line = `${this.#names[me]} to ${this.#names[whom]}: ${text}`;
    this.#tell(whom, line, 'message');
    this.#tell(me, line, 'own-message', by);
    const isGivenOut = [...this.#here].some(
      (slot) => playerOfSlot(slot) === whom && this.#mannersOf(slot).joinsAtLogIn,
    );
    if (isGivenOut) this.#unsure.add(whom);
    return this.#isOnline(whom) ? 'delivered' : 'kept';
  }

  #say(me: number, text: string): string {
    const others = this.#members().filter((other) => other !== me);
    for (const other of others) {
      if (!this.#has(other, me)) this.#tellRoom(other, `${this.#names[me]} says ${text}`);
    }
    return others.some((other) => this.#has(other, me)) ? 'said, not to all' : 'said';
  }

  #enter(slot: number): readonly string[] {
    const me = playerOfSlot(slot);
    const isFirst = !this.#members().includes(me);
    this.#inRoom.add(slot);
    if (isFirst) this.#announce(me, 'enters');
    return this.#room(me);
  }

  #leave(slot: number): string {
    const me = playerOfSlot(slot);
    const wasIn = this.#inRoom.delete(slot);
    if (wasIn && !this.#members().includes(me)) this.#announce(me, 'leaves');
    return 'done';
  }

  #announce(me: number, what: string): void {
    for (const other of this.#members()) {
      if (other !== me && !this.#has(me, other)) {
        this.#tellRoom(other, `${this.#names[me]} ${what}`);
      }
    }
  }

  #drain(me: number): readonly string[] {
    const news = this.#takeInbox(me);
    return news.map((sent, at) => `${at}: ${this.#names[sent.from]}: ${sent.text}`);
  }

  #takeInbox(me: number): readonly Sent[] {
    const from = this.#drained.get(me) ?? 0;
    this.#drained.set(me, this.#messages.length);
    return this.#messages.slice(from).filter(({ to }) => to === me);
  }

  #readUp(me: number, whom: number): string | undefined {
    const last = this.#messages.findLastIndex(
      ({ from, to }) => (from === me && to === whom) || (from === whom && to === me),
    );
    if (last < 0) return undefined;
    const isNews = last > (this.#read.get(`${me}>${whom}`) ?? -1);
    this.#read.set(`${me}>${whom}`, last);
    const isOpen = !this.#has(me, whom) && !this.#has(whom, me);
    if (isNews && isOpen) this.#tell(whom, `${this.#names[me]} has read`);
    return 'done';
  }

  /** Friends are told when this changes where the player is. */
  #move(me: number, change: () => void): string {
    const before = this.#state(me);
    change();
    const after = this.#state(me);
    if (this.#isOnline(me)) this.#wasHere.add(me);
    for (const other of this.#players()) {
      const isTold = this.#friends.has(`${me}>${other}`) && !this.#has(me, other);
      if (before !== after && isTold) this.#tell(other, `${this.#names[me]} is ${after}`);
    }
    return 'done';
  }

  #state(player: number): string {
    if (!this.#isOnline(player)) return 'offline';
    return this.#lobbies.has(player) ? 'in-lobby' : 'online';
  }

  #presence(me: number, whom: number): string {
    if (this.#has(whom, me)) return 'offline, never seen';
    const state = this.#state(whom);
    return state === 'offline' && !this.#wasHere.has(whom) ? 'offline, never seen' : state;
  }

  #friendLine(me: number, other: number): string[] {
    const name = this.#names[other];
    if (this.#friends.has(`${me}>${other}`)) return [`${name} is ${this.#presence(me, other)}`];
    if (this.#requests.has(`${me}>${other}`)) return [`asked ${name}`];
    return this.#requests.has(`${other}>${me}`) ? [`asked by ${name}`] : [];
  }

  #endBetween(a: number, b: number): void {
    for (const pair of [`${a}>${b}`, `${b}>${a}`]) {
      this.#friends.delete(pair);
      this.#requests.delete(pair);
    }
  }

  #room(me: number): readonly string[] {
    return this.#named(this.#members().filter((other) => !this.#has(other, me)));
  }

  #has(blocker: number, blocked: number): boolean {
    return this.#blocks.has(`${blocker}>${blocked}`);
  }

  #players(): number[] {
    return [...this.#names.keys()];
  }

  #members(): number[] {
    return [...new Set([...this.#inRoom].map(playerOfSlot))];
  }

  #isOnline(player: number): boolean {
    return [...this.#here].some((slot) => playerOfSlot(slot) === player);
  }

  #named(players: readonly number[]): readonly string[] {
    return players.map((player) => this.#names[player] ?? '');
  }

  #tell(player: number, line: string, kind: Kind = 'social', exceptSlot?: number): void {
    this.#tellSlots(this.#here, player, line, kind, exceptSlot);
  }

  #tellRoom(player: number, line: string): void {
    this.#tellSlots(this.#inRoom, player, line, 'room');
  }

  #tellSlots(
    slots: ReadonlySet<number>,
    player: number,
    line: string,
    kind: Kind,
    exceptSlot?: number,
  ): void {
    for (const slot of slots) {
      if (playerOfSlot(slot) !== player || slot === exceptSlot) continue;
      if (this.#mannersOf(slot).hears.has(kind)) this.#note(slot, line);
    }
  }

  #note(slot: number, line: string): void {
    this.#seen.set(slot, [...(this.#seen.get(slot) ?? []), line]);
  }
}
