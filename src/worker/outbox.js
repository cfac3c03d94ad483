// The Durable Object (desk.rs is the other side): brings the storage, makes the fetches, sets the alarm. What is sent,
// when, and whether again is decided in Rust, one transaction after the other.

import { DurableObject } from "cloudflare:workers";
import { Desk } from "./desk.js";
import { perform, report } from "./host.js";
import { born, doorOf, enter } from "./wasm.js";

/** Fetches at once: the platform opens no more connections than that. */
const SLOTS = 6;

/** Fetches for each event that wakes the object: the platform allows 50 on its free plan. */
const FETCHES = 40;

/** Milliseconds until the next try where a step failed. */
const PAUSE = 5_000;

/** How often an outcome is tried to be stored: for less than the two minutes after which it is given up. */
const TRIES = 15;

export class Outbox extends DurableObject {
  /** Whether this life of the object has begun: whatever comes first begins it, until that is stored. */
  #isBegun = false;
  /** Fetches under way. */
  #inFlight = 0;
  /** Fetches that the last event still allows. */
  #allowance = FETCHES;
  /** When the alarm rings; undefined where it is not set. */
  #armed;
  /** How large the database was, and when that was. */
  #size;
  #sizedAt;
  /** Who waits for the first outcome of a submission. */
  #waiting = new Map();
  /** Who waits for new events. */
  #listening = new Set();

  constructor(ctx, env) {
    super(ctx, env);
    ctx.blockConcurrencyWhile(async () => {
      this.#armed = (await ctx.storage.getAlarm()) ?? undefined;
      // An alarm that is overdue may never ring: the platform has lost one before.
      if (this.#armed < Date.now()) this.#armed = undefined;
      this.#settle(() => this.#step((door, desk, begun) => begun));
    });
  }

  /** Answers a request: its head, and its body. One that only reads makes nothing due, and what is for later nothing now. */
  async ask(head, body, isRead) {
    this.#allowance = FETCHES;
    let answer;
    let later;
    try {
      let waits;
      [answer, waits, later] = this.#step((door, desk) => [door.ask(desk, Date.now(), head, body, false), desk.waits, desk.due]);
      if (waits) answer = waits.submission === undefined ? this.#listen(head, waits.seconds) : this.#wait(waits.submission, waits.seconds);
    } catch (error) {
      report(error);
      answer = enter(born(), () => doorOf(this.env).faulty());
    }
    const due = later ?? (isRead ? Infinity : 0);
    if (Math.min(due, this.#armed ?? Infinity) <= Date.now()) this.#deliver();
    else this.#arm(due);
    return answer;
  }

  /** Never fails: after six failures the platform would not call again. */
  async alarm() {
    this.#armed = undefined;
    this.#allowance = FETCHES;
    this.#deliver();
  }

  #deliver() {
    this.#settle(() => this.#step((door, desk) => door.deliver(desk, Date.now(), this.#slots())));
  }

  #slots() {
    return Math.min(SLOTS - this.#inFlight, this.#allowance);
  }

  async #fetch({ errand, fetch }, body) {
    this.#inFlight += 1;
    this.#allowance -= 1;
    const [outcome, bytes] = await perform(fetch, body);
    this.#inFlight -= 1;
    const came = (door, desk) => door.came(desk, Date.now(), this.#slots(), errand, outcome, bytes);
    // What a provider has said is not forgotten because it could not be stored at once.
    for (let tries = 1; !this.#settle(() => this.#step(came)) && tries < TRIES; tries += 1) await scheduler.wait(PAUSE);
  }

  /**
   * Does a step that says what comes next. Where it fails nothing of it is stored, and the alarm comes back to what is
   * due. Returns whether it was done.
   */
  #settle(step) {
    try {
      const alarm = step();
      const isExhausted = this.#allowance <= 0;
      this.#arm(isExhausted ? Date.now() : alarm);
      return true;
    } catch (error) {
      report(error);
      this.#arm(Date.now() + PAUSE);
      return false;
    }
  }

  /** One step: all of what it writes is stored, or nothing. Then what it wants fetched is fetched. */
  #step(step) {
    const desk = new Desk(this.ctx.storage.sql, () => this.#sizeNow());
    const whole = () => {
      const door = doorOf(this.env);
      const begun = this.#isBegun ? undefined : door.start(desk, Date.now());
      return step(door, desk, begun);
    };
    const result = this.ctx.storage.transactionSync(() => enter(born(), whole));
    this.#isBegun = true;
    // The platform holds a fetch back until what was written before it is on disk.
    for (const [head, body] of desk.fetches) this.ctx.waitUntil(this.#fetch(JSON.parse(head), body));
    for (const submission of desk.submissions) this.#tell(submission, false);
    if (desk.hasEvents) for (const listener of this.#listening) this.#call(listener, false);
    return result;
  }

  /** Bytes of the database. That takes two statements of its own, and in a second it grows by less than is kept free. */
  #sizeNow() {
    const now = Date.now();
    if (!(Math.abs(now - this.#sizedAt) < 1000)) [this.#size, this.#sizedAt] = [this.ctx.storage.sql.databaseSize, now];
    return this.#size;
  }

  #arm(at) {
    if (at === Infinity || this.#armed <= at) return;
    this.#armed = at;
    this.ctx.storage.setAlarm(at);
  }

  /** The answer to who waits: when the outcome is known, or the time is over. */
  #wait(submission, seconds) {
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => this.#tell(submission, true), seconds * 1000);
      this.#waiting.set(submission, { resolve, reject, timer, seconds });
    });
  }

  /** The answer to who waits for events: when there are some, or the time is over. */
  #listen(head, seconds) {
    return new Promise((resolve, reject) => {
      const listener = { head, resolve, reject };
      listener.timer = setTimeout(() => this.#call(listener, true), seconds * 1000);
      this.#listening.add(listener);
    });
  }

  #call(listener, isOver) {
    try {
      const packed = this.#step((door, desk) => door.ask(desk, Date.now(), listener.head, undefined, isOver));
      if (packed.length === 0) return;
      listener.resolve(packed);
    } catch (error) {
      listener.reject(error);
    }
    clearTimeout(listener.timer);
    this.#listening.delete(listener);
  }

  #tell(submission, isOver) {
    const waiting = this.#waiting.get(submission);
    if (!waiting) return;
    try {
      const packed = this.#step((door, desk) => door.waited(desk, Date.now(), submission, waiting.seconds, isOver));
      if (packed.length === 0) return;
      waiting.resolve(packed);
    } catch (error) {
      waiting.reject(error);
    }
    clearTimeout(waiting.timer);
    this.#waiting.delete(submission);
  }
}
