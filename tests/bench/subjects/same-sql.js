// The Worker's outbox as minimal JavaScript: Hono and zod in front of a Durable Object that runs the same statements in the same
// transactions, with the same slots and the same alarm. What is not measured is left out: retries, what is lost or expires,
// reports, subscribers, the pace of a number, and forgetting.

import { DurableObject } from "cloudflare:workers";
import { built, configOf } from "./lib/app.js";
import { durableApp } from "./lib/durable-app.js";
import { gateways } from "./lib/gateways.js";
import { ask } from "./lib/problem.js";
import * as SQL from "./lib/sql.js";

export default durableApp();

/** Fetches at once: the platform opens no more connections than that. */
const SLOTS = 6;

/** Fetches for each event that wakes the object. */
const FETCHES = 40;

/** How soon the alarm looks after what is in flight, in milliseconds. */
const WATCH = 2_000;

/** How many times one step goes on to more of the same. */
const AT_ONCE = 50;

const DAY = 86_400_000;
const KEPT = 30 * DAY;
const ATTEMPTS = 1_000_000;

export class Outbox extends DurableObject {
  #sql;
  #armed;
  #inFlight = 0;
  #allowance = FETCHES;
  #numbers;
  #lines;

  constructor(ctx, env) {
    super(ctx, env);
    this.#sql = ctx.storage.sql;
    this.#numbers = numbersOf(configOf(env));
    this.#lines = JSON.stringify(this.#numbers.map(({ connection, number }) => [connection, number]));
    ctx.blockConcurrencyWhile(async () => {
      for (const table of SQL.TABLES) this.#sql.exec(table);
      this.#armed = (await ctx.storage.getAlarm()) ?? undefined;
    });
  }

  accept(content, connection, sendAt, key, digest) {
    this.#allowance = FETCHES;
    const now = Date.now();
    const answer = this.ctx.storage.transactionSync(() => this.#accept(content, connection, sendAt, key, digest, now));
    // What is for later makes nothing due now.
    if (sendAt > now && !(this.#armed < now)) this.#arm(Math.min(sendAt, now + DAY));
    else this.#deliver();
    return answer;
  }

  alarm() {
    this.#armed = undefined;
    this.#allowance = FETCHES;
    this.#deliver();
  }

  #accept(content, connection, sendAt, key = null, digest, now) {
    if (key !== null) {
      const [known] = this.#sql.exec(SQL.KNOWN, key, now - DAY);
      if (known) return known.digest === digest ? { answer: this.#submitted(known.submission) } : { conflict: true };
    }
    const message = JSON.parse(content);
    const { id: submission } = this.#sql.exec(SQL.SUBMIT, null, key, json(message.via), json(message.metadata), sendAt ?? null, now).one();
    this.#sql.exec(SQL.KEEP_TEXT, submission, "content", 0, content);
    const id = `msg_${crypto.randomUUID().replaceAll("-", "")}`;
    const at = Math.max(now, sendAt ?? now);
    const expiresAt = message.expires_in === undefined ? null : at + message.expires_in * 1000;
    const [phase, status, leg] = at > now ? ["scheduled", "scheduled", null] : ["queued", "queued", 0];
    const legs = JSON.stringify([[connection, 0, at, true]]);
    const chat = message.to.group === undefined ? `phone:${message.to.phone.replace(/\D/g, "")}` : `group:${message.to.group}`;
    const values = [id, submission, null, JSON.stringify(message.to), chat, at, phase, status, leg, legs, message.on_ambiguous ?? "hold"];
    const { seq } = this.#sql.exec(SQL.INSERT, ...values, expiresAt, connection, at, now, now).one();
    this.#sql.exec(SQL.PLACE, seq, seq, submission);
    const answer = this.#submitted(submission);
    if (key !== null) this.#sql.exec(SQL.KEEP_KEY, key, digest, submission, now, now);
    return { answer };
  }

  #submitted(submission) {
    const { seq, recipient, via, attempts, error, metadata, degraded, ...row } = this.#sql.exec(SQL.SUBMITTED, submission).one();
    return JSON.stringify({
      id: row.id,
      batch: row.batch,
      status: row.status,
      to: JSON.parse(recipient),
      via: JSON.parse(via),
      connection: row.connection,
      provider: row.provider,
      provider_id: row.provider_id,
      job: row.job,
      attempts: JSON.parse(`[${attempts.slice(1)}]`),
      error: JSON.parse(error),
      created_at: moment(row.created_at),
      updated_at: moment(row.updated_at),
      send_at: moment(row.send_at),
      expires_at: moment(row.expires_at),
      metadata: JSON.parse(metadata),
      degraded: JSON.parse(degraded),
    });
  }

  #deliver() {
    this.#step(() => {});
  }

  /** Takes in what came, then begins what is due, and says when to look again. */
  #step(takeIn) {
    const now = Date.now();
    const fetches = [];
    const alarm = this.ctx.storage.transactionSync(() => {
      takeIn(now);
      const slots = Math.min(SLOTS - this.#inFlight, this.#allowance);
      const agenda = this.#agenda();
      agenda.numbers.sort((one, other) => one.lastAt - other.lastAt);
      for (const number of agenda.numbers) if (number.next !== null && number.next <= now) this.#sendDue(number, fetches, slots, now);
      if (fetches.length > 0) agenda.sending ??= now;
      return alarmOf(agenda, now);
    });
    for (const fetch of fetches) this.ctx.waitUntil(this.#send(fetch));
    this.#arm(this.#allowance <= 0 ? now : alarm);
  }

  #agenda() {
    const [[, sending, end, , key, over], ...rows] = this.#sql.exec(SQL.LOOK, this.#lines).raw();
    const line = ([, next, busy, lastAt, wholeAt], at) => ({ ...this.#numbers[at], next, busy, lastAt: lastAt ?? 0, wholeAt: wholeAt ?? 0 });
    return { sending, end, key, over, numbers: rows.map(line) };
  }

  /** Sends what is due by one number: no more than half of what is free. */
  #sendDue(line, fetches, slots, now) {
    const mayGo = () => (line.lastAt <= now ? Math.ceil(Math.max(0, slots - fetches.length - line.busy) / 2) : 0);
    for (let times = 0; times < AT_ONCE; times += 1) {
      const most = mayGo();
      if (most === 0) return;
      const found = this.#sql.exec(SQL.FIND_FIRST, line.connection, most + 1).toArray();
      for (const row of found) {
        [[, , line.next]] = JSON.parse(row.legs);
        if (line.next > now || mayGo() === 0) return;
        const [[first]] = this.#sql.exec(SQL.FIRST_OF_CHAT, row.chat).raw();
        if (first !== row.seq) {
          this.#sql.exec(SQL.HOLD, row.seq);
          continue;
        }
        fetches.push(this.#go(row, now));
        line.busy += 1;
        line.lastAt = Math.max(now, line.lastAt);
        line.wholeAt = Math.max(line.wholeAt, line.lastAt);
        this.#sql.exec(SQL.KEEP_BUDGET, line.number, line.lastAt, line.wholeAt);
      }
      if (found.length > most) continue;
      line.next = null;
      return;
    }
  }

  #go(row, now) {
    const [[connection, tries, at, isOpen]] = JSON.parse(row.legs);
    const content = this.#sql.exec(SQL.TEXT, row.submission, "content").toArray().map(({ text }) => text).join("");
    const { send_at: _, ...message } = JSON.parse(content);
    const { provider, ...account } = configOf(this.env).connections[connection];
    const request = built(provider, account, message);
    const legs = JSON.stringify([[connection, tries + 1, at, isOpen]]);
    const sending = { ...row, phase: "sending", status: "sending", leg: 0, since: now, legs, connection, provider, tries: row.tries + 1 };
    this.#save(sending, 1, "", now);
    return { seq: row.seq, tries: sending.tries, provider, request };
  }

  async #send({ seq, tries, provider, request: { url, ...init } }) {
    this.#inFlight += 1;
    this.#allowance -= 1;
    let receipt = null;
    let error = null;
    try {
      receipt = gateways[provider].sent(await ask(url, init));
    } catch (problem) {
      error = problem.body ?? { code: "malformed", detail: problem.message };
    }
    this.#inFlight -= 1;
    this.#step((now) => this.#came(seq, tries, receipt, error, now));
  }

  #came(seq, tries, receipt, error, now) {
    const [row] = this.#sql.exec(SQL.FIND_ONE, seq);
    if (row?.tries !== tries || row.phase !== "sending") return;
    const [phase, status] = error ? ["unknown", "unknown"] : ["taken", receipt.status];
    const outcome = error ? "ambiguous" : "accepted";
    const attempt = { connection: row.connection, at: moment(row.since), outcome, http_status: receipt && 200, receipt, error };
    const after = { ...row, phase, status, leg: null, since: null, provider_id: receipt?.id ?? null, error: error && JSON.stringify(error) };
    this.#save(after, error ? 1 : 0, `,${JSON.stringify(attempt)}`, now);
    this.#sql.exec(SQL.LET_FIRST_GO, row.chat);
    if (!error) this.#sql.exec(SQL.DROP_CONTENT, row.submission);
    if (after.provider_id !== null) this.#sql.exec(SQL.REPORTED, after.provider_id, row.connection).toArray();
  }

  #save(row, needed, attempt, now) {
    const { turn, phase, status, leg, since, legs, may_be_out, expires_at, asked, follow_at, provider_id, job, error, degraded, tries } = row;
    const open = phase === "sending" ? 1 : 0;
    this.#sql.exec(
      SQL.SAVE,
      ...[turn, phase, status, leg, since, legs, may_be_out, expires_at, asked, follow_at, null, null, open, needed],
      ...[row.connection, row.provider, provider_id, job, error, degraded, tries, now, ATTEMPTS, attempt, row.seq],
    );
  }

  #arm(at) {
    if (at === Infinity || this.#armed <= at) return;
    this.#armed = at;
    this.ctx.storage.setAlarm(at);
  }
}

/** When there is something to do again. */
function alarmOf({ sending, end, key, over, numbers }, now) {
  const watch = now + WATCH;
  const alarms = [end ?? Infinity];
  for (const { next } of numbers) if (next !== null) alarms.push(next <= now ? watch : next);
  if (sending !== null) alarms.push(watch);
  if (key !== null) alarms.push(key + DAY);
  if (over !== null) alarms.push(over + KEPT);
  return Math.min(...alarms);
}

/** Each connection, and the number that it sends from; at last, those that are gone from the configuration. */
function numbersOf({ connections }) {
  const number = ([connection, { from }]) => [connection, from?.replace(/\D/g, "") ?? `connection:${connection}`];
  const all = [...Object.entries(connections).map(number), ["", ""]];
  return all.map(([connection, number]) => ({ connection, number }));
}

const json = (value) => (value === undefined ? null : JSON.stringify(value));

const moment = (at) => at && new Date(at).toISOString();
