// What one would write for the same promise: Hono and zod in front of a Durable Object that stores a message before it says 202,
// and stores that it is being sent before it sends it, so that a crash leaves behind what was in flight.

import { DurableObject } from "cloudflare:workers";
import { built, configOf } from "./lib/app.js";
import { durableApp } from "./lib/durable-app.js";
import { gateways } from "./lib/gateways.js";
import { ask } from "./lib/problem.js";

export default durableApp();

/** Fetches at once: the platform opens no more connections than that. */
const SLOTS = 6;

/** How soon the alarm looks after what is in flight, in milliseconds. */
const WATCH = 2_000;

/** Waits before another try, in milliseconds. */
const RETRIES = [5_000, 60_000, 600_000, 3_600_000];

const TABLES = `
  CREATE TABLE IF NOT EXISTS message (
    seq INTEGER PRIMARY KEY AUTOINCREMENT, id TEXT NOT NULL UNIQUE, status TEXT NOT NULL, recipient TEXT NOT NULL, content TEXT NOT NULL,
    connection TEXT NOT NULL, next_at INTEGER, since INTEGER, tries INTEGER NOT NULL, attempts TEXT NOT NULL, provider_id TEXT, error TEXT,
    created_at INTEGER NOT NULL, updated_at INTEGER NOT NULL);
  CREATE INDEX IF NOT EXISTS message_ready ON message (next_at, seq) WHERE status = 'queued';
  CREATE INDEX IF NOT EXISTS message_sending ON message (since) WHERE status = 'sending';
  CREATE TABLE IF NOT EXISTS idempotency (key TEXT PRIMARY KEY, digest TEXT NOT NULL, answer TEXT NOT NULL, at INTEGER NOT NULL) WITHOUT ROWID;`;

export class Outbox extends DurableObject {
  #sql;
  #armed;
  #inFlight = 0;

  constructor(ctx, env) {
    super(ctx, env);
    this.#sql = ctx.storage.sql;
    ctx.blockConcurrencyWhile(async () => {
      this.#sql.exec(TABLES);
      this.#sql.exec("UPDATE message SET status = 'unknown', since = NULL WHERE status = 'sending'");
      this.#armed = (await ctx.storage.getAlarm()) ?? undefined;
    });
  }

  accept(content, connection, sendAt, key, digest) {
    const now = Date.now();
    if (key !== undefined) {
      const [known] = this.#sql.exec("SELECT digest, answer FROM idempotency WHERE key = ? AND at > ?", key, now - 86_400_000);
      if (known) return known.digest === digest ? { answer: known.answer } : { conflict: true };
    }
    const { to, via = null, metadata = null } = JSON.parse(content);
    const id = `msg_${crypto.randomUUID().replaceAll("-", "")}`;
    const at = Math.max(now, sendAt ?? now);
    const columns = "(id, status, recipient, content, connection, next_at, tries, attempts, created_at, updated_at)";
    const values = [id, "queued", JSON.stringify(to), content, connection, at, 0, "[]", now, now];
    this.#sql.exec(`INSERT INTO message ${columns} VALUES (${values.map(() => "?").join(", ")})`, ...values);
    const moment = (at) => new Date(at).toISOString();
    const status = at > now ? "scheduled" : "queued";
    const times = { created_at: moment(now), updated_at: moment(now), send_at: sendAt === undefined ? null : moment(sendAt) };
    const answer = JSON.stringify({ id, status, to, via, connection: null, provider_id: null, attempts: [], error: null, ...times, metadata });
    if (key !== undefined) this.#sql.exec("INSERT OR REPLACE INTO idempotency VALUES (?, ?, ?, ?)", key, digest, answer, now);
    this.#deliver();
    return { answer };
  }

  alarm() {
    this.#armed = undefined;
    this.#deliver();
  }

  /** Sends what is due, and says when to look again. */
  #deliver() {
    const now = Date.now();
    const due = "SELECT seq, content, connection, tries, attempts FROM message WHERE status = 'queued' AND next_at <= ? ORDER BY next_at, seq LIMIT ?";
    for (const row of this.#sql.exec(due, now, SLOTS - this.#inFlight).toArray()) {
      // The platform holds the fetch back until this is on disk.
      this.#sql.exec("UPDATE message SET status = 'sending', since = ?, tries = tries + 1, updated_at = ? WHERE seq = ?", now, now, row.seq);
      this.ctx.waitUntil(this.#send(row));
    }
    const [{ next }] = this.#sql.exec("SELECT MIN(next_at) AS next FROM message WHERE status = 'queued'");
    if (next !== null || this.#inFlight > 0) this.#arm(Math.max(next ?? 0, now + (this.#inFlight > 0 ? WATCH : 0)));
  }

  #arm(at) {
    if (this.#armed <= at) return;
    this.#armed = at;
    this.ctx.storage.setAlarm(at);
  }

  async #send({ seq, content, connection, tries, attempts }) {
    this.#inFlight += 1;
    const { provider, ...account } = configOf(this.env).connections[connection];
    const { send_at: _, ...message } = JSON.parse(content);
    const at = new Date().toISOString();
    let status = "accepted";
    let next = null;
    let receipt = null;
    let error = null;
    try {
      const { url, ...init } = built(provider, account, message);
      receipt = gateways[provider].sent(await ask(url, init));
    } catch (problem) {
      error = problem.body ?? { code: "malformed", detail: problem.message };
      const isAmbiguous = ["unavailable", "lost", "malformed"].includes(error.code);
      const mayRetry = error.code === "rate_limited" && tries < RETRIES.length;
      status = isAmbiguous ? "unknown" : mayRetry ? "queued" : "failed";
      if (mayRetry) next = Date.now() + Math.max(RETRIES[tries], (error.retry_after ?? 0) * 1000);
    }
    this.#inFlight -= 1;
    const told = JSON.stringify([...JSON.parse(attempts), { connection, at, outcome: status, receipt, error }]);
    const done = "UPDATE message SET status = ?, next_at = ?, since = NULL, provider_id = ?, error = ?, attempts = ?, updated_at = ? WHERE seq = ?";
    this.#sql.exec(done, status, next, receipt?.id ?? null, error && JSON.stringify(error), told, Date.now(), seq);
    this.#deliver();
  }
}
