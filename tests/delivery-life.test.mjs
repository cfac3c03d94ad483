// The life of a message through HTTP: from one request to a thousand recipients, for later, called back, expired, tried
// again, asked after, settled by hand, listed.

import assert from "node:assert/strict";
import { after, describe, test } from "node:test";
import { setTimeout as delay } from "node:timers/promises";
import { devConfig } from "../src/tools/dev-config.mjs";
import { startSandbox } from "./sandbox/server.mjs";
import { createPhones, digits, ends, grouped, listed, outcomes, reaches, read, until } from "./support/delivery.mjs";
import { useWorkerd } from "./support/workerd.mjs";
import { assertProblem, assertSecret, assertUnharmed } from "./support/world.mjs";

// What has reached WhatsApp.
const records = [];
const sandbox = await startSandbox({ onMessage: (record) => records.push(record) });
after(sandbox.stop);
const { connections, groups } = devConfig(sandbox.url);
const config = {
  connections: {
    ...connections,
    listed: { ...connections.gowhatsapp, number: "+6285999999001" },
    // For what is held up, with a number of its own: a number does not get all that the Worker can do at once.
    slow: { ...connections.gowhatsapp, number: "+6285999999002" },
    broken: { ...connections.a1base, api_secret: "$NOPE" },
  },
  routes: { default: ["gowhatsapp"], mending: ["broken", "gowhatsapp"] },
  groups,
};
const worker = await useWorkerd({ config });
// Its own, because it is killed.
const mortal = await useWorkerd({ config });

const phone = createPhones("85");
const people = (count) => Array.from({ length: count }, () => ({ phone: phone() }));
/** A person to whose messages this happens, as often as is said, or always. */
function victim(failure, times) {
  const to = phone();
  sandbox.fail({ to: digits(to), ...(times && { times }), ...failure });
  return { phone: to };
}
const mark = ({ phone }) => digits(phone);
// Each vendor writes a number in its own way.
const reached = (to) => records.filter((record) => record.to.some((one) => digits(one) === mark(to)));

const { api, send } = worker;
const post = async (message, by = worker) => {
  const answer = await by.api("POST", "/v1/messages", { text: "Hello", ...message });
  assert.equal(answer.status, 202, answer.text);
  return answer.json;
};
const cancel = (id) => api("DELETE", `/v1/messages/${id}`);
const resolve = (id, body) => api("POST", `/v1/messages/${id}/resolve`, body);
const inSeconds = (seconds) => new Date(Date.now() + seconds * 1000).toISOString();
const day = 86_400;
const lost = { fault: { reset: "after" } };
const busy = (seconds) => ({ fault: { status: 429, headers: { "retry-after": String(seconds) }, body: { message: "Slow down" } } });
const millisecondsBetween = ({ attempts: [first, second] }) => Date.parse(second.at) - Date.parse(first.at);

describe("to many", () => {
  test("a batch of 1,000 is accepted at once, sent once to each, and listed page by page", { timeout: 120_000 }, async () => {
    const to = people(1000);
    const started = performance.now();
    const answer = await api("POST", "/v1/messages", { to, text: "To all", metadata: { for: "all" } });
    const accepted = performance.now() - started;
    assert.equal(answer.status, 202, answer.text.slice(0, 500));
    const { batch, items, next } = answer.json;
    assert.match(batch, /^batch_\w+$/);
    assert.equal(answer.headers.location, `/v1/messages?batch=${batch}`);
    assert.deepEqual([items.length, next, new Set(items.map(({ id }) => id)).size], [1000, null, 1000]);
    for (const [at, item] of items.entries()) {
      assert.match(item.id, /^msg_\w+$/);
      assert.deepEqual([mark(item.to), item.batch, item.metadata, item.attempts], [mark(to[at]), batch, { for: "all" }, []]);
    }

    await until("all are sent", () => records.length >= 1000, 60_000);
    const sent = performance.now() - started;
    const all = await until("all are known to be sent", async () => {
      const all = await listed(worker, { batch });
      return all.every(({ status }) => status === "sent") && all;
    });
    const recipients = records.filter(({ text }) => text === "To all").map((record) => digits(record.to[0]));
    assert.deepEqual(recipients.sort(), to.map(mark).sort());
    assert.deepEqual(new Set(all.map(({ id }) => id)), new Set(items.map(({ id }) => id)));
    assert.equal(all.length, 1000);

    const page = async (query) => (await api("GET", `/v1/messages?batch=${batch}${query}`)).json;
    assert.equal((await page("")).items.length, 50);
    let pages = 0;
    for (let cursor = ""; cursor !== null; pages += 1) {
      const { items, next } = await page(`&limit=100${cursor && `&cursor=${encodeURIComponent(cursor)}`}`);
      assert.equal(items.length, 100);
      cursor = next;
    }
    assert.equal(pages, 10);
    console.log(`1,000 recipients: accepted in ${accepted.toFixed(0)} ms, all sent after ${sent.toFixed(0)} ms, each once`);
  });

  test("a batch is accepted whole or not at all", async () => {
    const before = (await listed(worker)).length;
    for (const [message, code, pointers] of [
      [{ to: people(1001) }, "invalid", ["/to"]],
      [{ to: [] }, "invalid", ["/to"]],
      [{ to: [...people(2), { phone: "12" }] }, "invalid", ["/to/2/phone"]],
      [{ to: [...people(2), { group: "../x" }] }, "invalid", ["/to/2/group"]],
      [{ to: people(3), via: "wachat", reply_to: "1" }, "unsupported", ["/reply_to"]],
    ]) {
      assertProblem(await api("POST", "/v1/messages", { text: "Hello", ...message }), 422, code, pointers);
    }
    assert.equal((await listed(worker)).length, before);
    const [only] = people(1);
    const { batch, items } = await post({ to: [only] });
    assert.deepEqual([items.length, items[0].batch], [1, batch]);
    await until("it is sent", () => reached(only).length === 1);
    assert.equal((await post({ to: only })).batch, null);
  });

  test("each message of a batch has its own fate", async () => {
    const [good] = people(1);
    const to = [good, victim({ scenario: "not_found" }), victim(lost, 1)];
    const { status, headers, json } = await send({ to, text: "Hello" });
    assert.deepEqual([status, headers["preference-applied"]], [200, "wait=30"]);
    assert.deepEqual(json.items.map(({ status }) => status), ["sent", "failed", "unknown"]);
    assert.deepEqual(to.map((each) => reached(each).length), [1, 0, 1]);
  });

  test("in one call, where the provider takes many and the message asks for it", async () => {
    const to = people(25);
    const bulk = { options: { whatsspot: { bulk: true } } };
    const { status, headers, json } = await send({ to, text: "Hello", via: "whatsspot", ...bulk });
    assert.deepEqual([status, json.batch, json.status, headers.location], [200, null, "queued", `/v1/messages/${json.id}`]);
    assert.match(json.job, /^job_/);
    assert.deepEqual(json.to.map(mark), to.map(mark));
    const calls = reached(to[0]);
    assert.deepEqual(calls.map((record) => record.to), [to.map(mark)]);
    assert.deepEqual(Object.keys(calls[0].body).sort(), ["content", "recipients", "type"]);
    assert.deepEqual((await read(worker, json.id)).job, json.job);

    assertProblem(await send({ to: people(2), text: "Hello", via: "gowhatsapp", ...bulk }), 422, "unsupported");
    const each = people(12);
    await post({ to: each, via: "whatsspot" });
    await until("all are sent, one by one", () => each.every((one) => reached(one).length === 1));
    assert.deepEqual(each.map((one) => reached(one)[0].to.length), each.map(() => 1));
  });
});

// These wait for different things, and for nothing of one another's.
describe("a message", { concurrency: true, timeout: 60_000 }, () => {
  describe("for later", { concurrency: true }, () => {
    test("leaves when its time has come, by each provider", async () => {
      const send_at = inSeconds(1.5);
      const scheduled = await Promise.all(
        Object.keys(connections).map(async (via) => {
          const [to] = people(1);
          const { id, status, ...rest } = await post({ to, via, send_at });
          assert.deepEqual([status, Date.parse(rest.send_at), rest.attempts], ["scheduled", Date.parse(send_at), []]);
          return { id, to };
        }),
      );
      for (const { id, to } of scheduled) {
        await ends(worker, id);
        const [record, ...more] = reached(to);
        const late = Date.parse(record.at) - Date.parse(send_at);
        assert.ok(late >= 0 && late < 3_000, `${record.provider}: ${late} ms`);
        assert.deepEqual([more, record.body.scheduledAt], [[], undefined]);
      }
    });

    test("by WhatsSpot's own clock only if that is asked for", async () => {
      const [to] = people(1);
      const send_at = inSeconds(3600);
      const { id } = await post({ to, via: "whatsspot", send_at, options: { whatsspot: { schedule: true } } });
      assert.equal((await ends(worker, id)).status, "queued");
      const [{ body }] = reached(to);
      assert.equal(Date.parse(body.scheduledAt), Date.parse(send_at));
    });

    test("up to 30 days ahead, and never in the past", async () => {
      for (const send_at of [inSeconds(-3600), inSeconds(-day), "2020-02-29T00:00:00Z", inSeconds(30 * day + 60), inSeconds(31 * day), "2096-01-01T00:00:00Z"]) {
        assertProblem(await send({ to: people(1)[0], text: "Hello", send_at }), 422, "invalid", ["/send_at"]);
      }
      for (const send_at of [inSeconds(30 * day - 60), new Date(Date.now() + 7200_000).toISOString().replace("Z", "+01:00")]) {
        const { id, status } = await post({ to: people(1)[0], send_at });
        assert.equal(status, "scheduled");
        assert.equal((await cancel(id)).status, 200);
      }
    });
  });

  describe("whose time runs out", { concurrency: true }, () => {
    test("while it waits to be tried again", async () => {
      const to = victim(busy(30));
      const { id, created_at, expires_at } = await post({ to, expires_in: 1 });
      assert.equal(Date.parse(expires_at), Date.parse(created_at) + 1000);
      const { attempts } = await reaches(worker, id, "expired", 4_000);
      assert.deepEqual([attempts.length, attempts[0].outcome, reached(to).length], [1, "rejected", 0]);
    });

    test("while it waits for its turn", async () => {
      const [to] = people(1);
      const release = sandbox.fail({ to: mark(to), fault: { hold: true } });
      const first = await post({ to, via: "slow" });
      await until("the first is on its way", () => reached(to).length === 1);
      const { id } = await post({ to, via: "slow", expires_in: 1 });
      await reaches(worker, id, "expired", 4_000);
      release();
      await reaches(worker, first.id, "sent");
      assert.equal(reached(to).length, 1);
    });

    test("counts from the time that it was for", async () => {
      const { id, send_at, expires_at } = await post({ to: people(1)[0], send_at: inSeconds(3600), expires_in: 60 });
      assert.equal(Date.parse(expires_at), Date.parse(send_at) + 60_000);
      await cancel(id);
    });

    test("is not expired once it was sent, and not sent again if it may have been", async () => {
      const { id } = await post({ to: people(1)[0], expires_in: 2 });
      const to = victim(lost);
      const again = await post({ to, expires_in: 1, on_ambiguous: "resend" });
      await reaches(worker, id, "sent");
      await reaches(worker, again.id, "unknown", 4_000);
      await delay(2_500);
      assert.deepEqual([(await read(worker, id)).status, (await read(worker, again.id)).status, reached(to).length], ["sent", "unknown", 1]);
    });
  });

  describe("called back", { concurrency: true }, () => {
    test("before its time, and while it waits to be tried again", async () => {
      const [later] = people(1);
      const refused = victim(busy(2), 1);
      const ids = [(await post({ to: later, send_at: inSeconds(1.5) })).id, (await send({ to: refused, text: "Hello" })).json.id];
      for (const id of ids) {
        const { status, json } = await cancel(id);
        assert.deepEqual([status, json.id, json.status], [200, id, "cancelled"]);
      }
      await delay(3_500);
      for (const id of ids) assert.equal((await read(worker, id)).status, "cancelled");
      assert.deepEqual([later, refused].map((to) => reached(to).length), [0, 0]);
    });

    test("too late: on its way, sent, failed, or of unknown fate", async () => {
      const [to] = people(1);
      const release = sandbox.fail({ to: mark(to), fault: { hold: true } });
      const { id } = await post({ to, via: "slow" });
      await until("it is on its way", () => reached(to).length === 1);
      assertProblem(await cancel(id), 409, "rejected");
      release();
      await reaches(worker, id, "sent");
      assertProblem(await cancel(id), 409, "rejected");
      for (const failure of [{ scenario: "unauthorized" }, lost]) {
        assertProblem(await cancel((await send({ to: victim(failure), text: "Hello" })).json.id), 409, "rejected");
      }
      assert.equal((await read(worker, id)).status, "sent");
    });

    test("that may have gone out is unknown, and is not sent again", async () => {
      const to = victim(lost);
      const { json } = await send({ to, text: "Hello", on_ambiguous: "resend" });
      assert.deepEqual([json.status, json.attempts.length], ["queued", 1]);
      const { status, json: message } = await cancel(json.id);
      assert.deepEqual([status, message.status], [200, "unknown"]);
      await delay(3_000);
      assert.deepEqual([(await read(worker, json.id)).status, reached(to).length], ["unknown", 1]);
    });
  });

  test("that does not exist is not found", async () => {
    for (const id of ["msg_00000000000000000000000000000000", "nothing", "msg_"]) {
      assertProblem(await api("GET", `/v1/messages/${id}`), 404, "not_found");
      assertProblem(await cancel(id), 404, "not_found");
      assertProblem(await resolve(id, { as: "sent" }), 404, "not_found");
    }
  });

  describe("of unknown fate", { concurrency: true }, () => {
    const unknown = async () => {
      const to = victim(lost, 1);
      const { json } = await send({ to, text: "Hello" });
      assert.deepEqual([json.status, json.error.kind], ["unknown", "lost"]);
      return { id: json.id, to };
    };

    test("is what the caller says", async () => {
      for (const as of ["sent", "failed"]) {
        const { id, to } = await unknown();
        const { status, json } = await resolve(id, { as });
        assert.deepEqual([status, json.id, json.status, (await read(worker, id)).status], [200, id, as, as]);
        assert.equal(reached(to).length, 1);
      }
    });

    test("is sent again if the caller says so", async () => {
      const { id, to } = await unknown();
      assert.equal((await resolve(id, { as: "resend" })).status, 200);
      const { attempts } = await reaches(worker, id, "sent");
      assert.deepEqual([outcomes({ attempts }), reached(to).length], [["gowhatsapp ambiguous", "gowhatsapp accepted"], 2]);
    });

    test("is settled once, by one word of three", async () => {
      const { id } = await unknown();
      for (const [body, pointers] of [[{ as: "lost" }, ["/as"]], [{}, ["/as"]], [{ as: null }, ["/as"]], [{ as: "sent", at: 1 }, ["/at"]]]) {
        assertProblem(await resolve(id, body), 422, "invalid", pointers);
      }
      assert.equal((await resolve(id, "nonsense")).status, 400);
      assert.equal((await read(worker, id)).status, "unknown");
      assert.equal((await resolve(id, { as: "failed" })).status, 200);
      assertProblem(await resolve(id, { as: "sent" }), 409, "rejected");
      const { json } = await send({ to: people(1)[0], text: "Hello" });
      const scheduled = await post({ to: people(1)[0], send_at: inSeconds(3600) });
      for (const as of ["sent", "failed", "resend"]) {
        assertProblem(await resolve(json.id, { as }), 409, "rejected");
        assertProblem(await resolve(scheduled.id, { as }), 409, "rejected");
      }
      await cancel(scheduled.id);
    });

    test("is what the provider says, where its answer told the id", async () => {
      const settles = async (via) => {
        const to = victim({ fault: { status: 502, own: true } });
        sandbox.settle({ provider: via, to: mark(to), status: "delivered" });
        const { json } = await send({ to, text: "Hello", via });
        assert.deepEqual([json.status, json.provider_id], ["unknown", reached(to)[0].id]);
        const { attempts, error } = await reaches(worker, json.id, "delivered", 10_000);
        assert.deepEqual([outcomes({ attempts }), error, reached(to).length], [[`${via} ambiguous`], null, 1]);
      };
      await Promise.all(["whatspie", "wachat"].map(settles));
    });

    test("stays so where the provider does not know it, or tells no id", async () => {
      const answer = { status: 502, body: { status: 200, message: "OK", data: { id: "999999999", status: "PENDING" } } };
      const { json } = await send({ to: victim({ fault: answer }), text: "Hello", via: "whatspie" });
      const silent = await send({ to: victim({ fault: { status: 502, own: true } }), text: "Hello", via: "a1base" });
      assert.deepEqual([json.status, silent.json.status, silent.json.provider_id], ["unknown", "unknown", null]);
      await until("it is asked for", () => sandbox.requests().some(({ path }) => path === "/whatspie/messages/999999999"));
      assert.deepEqual([(await read(worker, json.id)).status, (await read(worker, silent.json.id)).status], ["unknown", "unknown"]);
    });
  });

  describe("that a provider has", { concurrency: true }, () => {
    for (const [via, first, told] of [["whatspie", "queued", "delivered"], ["whatspie", "queued", "read"], ["wachat", "accepted", "delivered"], ["whatspie", "queued", "failed"], ["wachat", "accepted", "failed"]]) {
      test(`${via}: is asked for until it is ${told}`, async () => {
        const [to] = people(1);
        sandbox.settle({ to: mark(to), status: told });
        const { json } = await send({ to, text: "Hello", via });
        assert.equal(json.status, first);
        const message = await reaches(worker, json.id, told, 10_000);
        assert.deepEqual([outcomes(message), reached(to).length], [[`${via} accepted`], 1]);
        assert.equal(message.error === null, told !== "failed");
      });
    }
  });

  describe("that was refused for now", { concurrency: true }, () => {
    test("is tried again, not before the provider wants it", async () => {
      const again = async ([failure, least]) => {
        const to = victim(failure, 1);
        const { status, json } = await send({ to, text: "Hello", via: "whatspie" });
        assert.deepEqual([status, json.status, json.attempts.length], [200, "queued", 1]);
        const message = await ends(worker, json.id);
        assert.deepEqual(outcomes(message), ["whatspie rejected", "whatspie accepted"]);
        const waited = millisecondsBetween(message);
        // A fifth more of chance at most, and what a busy machine takes.
        assert.ok(waited >= least && waited < least * 1.2 + 2_000, `${waited} ms`);
        assert.deepEqual([message.error, reached(to).length], [null, 1]);
      };
      await Promise.all([[busy(3), 3_000], [busy(1), 2_000], [{ scenario: "offline" }, 2_000]].map(again));
    });

    test("goes on to the next at once, and comes back to who is ready first", async () => {
      const to = victim(busy(1), 2);
      const { id } = await post({ to, via: ["gowhatsapp", "wachat"] });
      const message = await ends(worker, id);
      const [first, second, third] = message.attempts;
      assert.deepEqual(outcomes(message).slice(0, 2), ["gowhatsapp rejected", "wachat rejected"]);
      assert.ok(Date.parse(second.at) - Date.parse(first.at) < 1_500);
      assert.deepEqual([third.outcome, message.attempts.length, reached(to).length], ["accepted", 3, 1]);
    });

    test("does not come back to who refused it for good", async () => {
      const to = phone();
      sandbox.fail({ to: digits(to), provider: "gowhatsapp", scenario: "unauthorized" });
      sandbox.fail({ to: digits(to), provider: "wachat", times: 1, ...busy(1) });
      sandbox.fail({ to: digits(to), provider: "wachat", scenario: "unauthorized" });
      const { json } = await send({ to: { phone: to }, text: "Hello", via: ["gowhatsapp", "wachat"] });
      assert.deepEqual([json.status, outcomes(json)], ["queued", ["gowhatsapp rejected", "wachat rejected"]]);
      const { attempts, error } = await reaches(worker, json.id, "failed", 15_000);
      assert.deepEqual([outcomes({ attempts }).slice(2), error.kind], [["wachat rejected"], "auth"]);
    });
  });

  describe("that a connection cannot carry as it is", { concurrency: true }, () => {
    test("is refused, with the place", async () => {
      assertProblem(await send({ to: people(1)[0], text: "Hello", via: "wachat", mentions: ["+62856123456"], reply_to: "7" }), 422, "unsupported", ["/mentions", "/reply_to"]);
    });

    test("says in words what it lacks", async () => {
      const { json } = await api("GET", "/v1/providers");
      const lacking = json.items.filter(({ features }) => !["mentions", "reply_to", "typing", "presence"].some((feature) => features.includes(feature))).map(({ slug }) => slug);
      assert.notEqual(lacking.length, 0);
      for (const via of lacking) {
        const [to] = people(1);
        const said = "Hello @62856123456!";
        const { status, json: message } = await send({ to, text: said, via, mentions: ["+62856123456", "+62856654321"], reply_to: "3EB0ABC", typing: true, presence: true, on_unsupported: "degrade" });
        assert.equal(status, 200);
        assert.deepEqual([...message.degraded].sort(), ["mentions", "presence", "reply_to", "typing"]);
        const [{ text }] = reached(to);
        const [quote, ...lines] = text.split("\n");
        // What was mentioned in the text already is not mentioned twice.
        assert.match(quote, /^>.*3EB0ABC/);
        assert.equal(lines.join("\n"), `${said} @62856654321`);
      }
    });

    test("loses nothing where it can be carried, and only what can be said otherwise", async () => {
      const [to] = people(1);
      const { json } = await send({ to, text: "Hello", via: "whatspie", mentions: ["+62856123456"], reply_to: "7", typing: true, on_unsupported: "degrade" });
      assert.deepEqual(json.degraded, []);
      const [{ text, body }] = reached(to);
      assert.deepEqual([text, body.params.mentions.length, body.params.quotedMessageId, body.simulate_typing], ["Hello", 1, "7", 1]);
      const media = { kind: "audio", url: "https://example.com/a.mp3" };
      assertProblem(await send({ to, media, via: "whatspie", on_unsupported: "degrade" }), 422, "unsupported", ["/media/kind"]);
    });

    test("goes by the next that can, if that is what it asks for", async () => {
      const [to] = people(1);
      const { json } = await send({ to, text: "Hello", via: ["wachat", "a1base", "whatspie"], mentions: ["+62856123456"], on_unsupported: "route" });
      assert.deepEqual([outcomes(json), json.degraded], [["whatspie accepted"], []]);
      assertProblem(await send({ to, text: "Hello", via: ["wachat", "a1base"], mentions: ["+62856123456"], on_unsupported: "route" }), 422, "unsupported", ["/mentions"]);
    });

    test("that is misconfigured is passed over, as a refusal", async () => {
      const [to] = people(1);
      for (const via of ["mending", ["broken", "gowhatsapp"]]) {
        const { json } = await send({ to, text: "Hello", via });
        assert.deepEqual([outcomes(json), json.attempts[0].error.kind, json.status], [["broken rejected", "gowhatsapp accepted"], "invalid", "sent"]);
      }
      assert.equal(reached(to).length, 2);
      assertProblem(await send({ to, text: "Hello", via: "broken" }), 503, "invalid");
    });
  });

  describe("waited for", { concurrency: true }, () => {
    test("is answered with its first outcome, or with what is known when the time is over", async () => {
      const quick = await send({ to: people(1)[0], text: "Hello" }, { prefer: "wait=5" });
      assert.deepEqual([quick.status, quick.headers["preference-applied"], quick.json.status], [200, "wait=5", "sent"]);

      const refused = await send({ to: victim(busy(30)), text: "Hello" }, { prefer: "wait=5" });
      assert.deepEqual([refused.status, refused.json.status, refused.json.error.kind], [200, "queued", "rate_limited"]);
      await cancel(refused.json.id);

      const [to] = people(1);
      const release = sandbox.fail({ to: mark(to), fault: { hold: true } });
      const started = Date.now();
      const late = await send({ to, text: "Hello", via: "slow" }, { prefer: "wait=1" });
      const waited = Date.now() - started;
      assert.deepEqual([late.status, late.json.status, late.headers.location], [202, "sending", `/v1/messages/${late.json.id}`]);
      assert.ok(waited >= 1_000 && waited < 3_000, `${waited} ms`);
      release();
      await reaches(worker, late.json.id, "sent");

      const scheduled = await send({ to, text: "Hello", send_at: inSeconds(3600) }, { prefer: "wait=1" });
      assert.deepEqual([scheduled.status, scheduled.json.status], [202, "scheduled"]);
      await cancel(scheduled.json.id);
    });

    test("is answered as soon as another caller calls it back", async () => {
      const [to] = people(1);
      const release = sandbox.fail({ to: mark(to), fault: { hold: true } });
      const before = await api("POST", "/v1/messages", { to, text: "Hello", via: "slow" });
      const started = Date.now();
      const waiting = send({ to, text: "Behind", via: "slow" }, { prefer: "wait=20" });
      const isBehind = (message) => message.to.phone === to.phone && message.id !== before.json.id;
      const { id } = await until("it is accepted", async () => (await listed(worker)).find(isBehind));
      await cancel(id);
      const { status, json } = await waiting;
      assert.deepEqual([status, json.id, json.status], [200, id, "cancelled"]);
      assert.ok(Date.now() - started < 10_000);
      release();
    });

    test("for 1 to 30 seconds, and no other way", async () => {
      for (const prefer of ["wait=0", "wait=31", "wait=-1", "wait=1.5", "wait=ten", "wait="]) {
        const [to] = people(1);
        assertProblem(await send({ to, text: "Hello" }, { prefer }), 422, "invalid");
        assert.equal(reached(to).length, 0);
      }
      assert.equal((await send({ to: people(1)[0], text: "Hello" }, { prefer: "wait=30" })).status, 200);
    });
  });

  test("tells what it is from the first answer on", async () => {
    const [to] = people(1);
    const { status, headers, json } = await api("POST", "/v1/messages", { to, text: "Hello", via: ["gowhatsapp", "wachat"], expires_in: 600 });
    assert.deepEqual([status, headers.location], [202, `/v1/messages/${json.id}`]);
    assert.match(json.id, /^msg_\w+$/);
    const members = ["attempts", "batch", "connection", "created_at", "degraded", "error", "expires_at", "id", "job", "metadata", "provider", "provider_id", "send_at", "status", "to", "updated_at", "via"];
    assert.deepEqual(Object.keys(json).sort(), members);
    assert.deepEqual([mark(json.to), json.via, json.metadata, json.send_at, json.degraded, json.batch], [mark(to), ["gowhatsapp", "wachat"], null, null, [], null]);
    const message = await reaches(worker, json.id, "sent");
    assert.deepEqual(Object.keys(message).sort(), members);
    assert.deepEqual([message.connection, message.provider, message.provider_id, message.job], ["gowhatsapp", "gowhatsapp", reached(to)[0].id, null]);
    const [attempt] = message.attempts;
    assert.deepEqual([attempt.connection, attempt.outcome, attempt.http_status, attempt.error], ["gowhatsapp", "accepted", 200, null]);
    assert.ok(Date.parse(attempt.at) >= Date.parse(message.created_at) && Date.parse(attempt.at) <= Date.parse(message.updated_at));
  });

  test("keeps its metadata as it came, and to itself", async () => {
    const [to] = people(1);
    const metadata = '{"price":1.50,"big":123456789012345678901234567890,"text":"é \\u00e9 \\"quoted\\"","deep":{"list":[1,null,{"a":"canary-metadata"}]},"":0}';
    const body = `{"to":{"phone":"${to.phone}"},"text":"Hello","via":"gowhatsapp","metadata":${metadata}}`;
    const answer = await send(body);
    assert.ok(answer.text.includes(metadata), answer.text);
    const { text } = await api("GET", `/v1/messages/${answer.json.id}`);
    assert.ok(text.includes(metadata), text);
    const [record] = reached(to);
    assert.ok(!JSON.stringify([record.body, record.headers]).includes("canary-metadata"));
  });

  test("is listed, newest first, by what one asks for", async () => {
    const via = "listed";
    const made = [];
    for (const [failure, status] of [[null, "sent"], [{ scenario: "unauthorized" }, "failed"], [null, "sent"], [lost, "unknown"], [{ scenario: "not_found" }, "failed"], [null, "sent"], [null, "sent"]]) {
      const { json } = await send({ to: failure ? victim(failure) : people(1)[0], text: "Hello", via });
      assert.equal(json.status, status, JSON.stringify(json));
      made.unshift(json.id);
    }
    const page = async (query) => {
      const { status, text, json } = await api("GET", `/v1/messages?connection=${via}${query && `&${query}`}`);
      assert.equal(status, 200, text);
      return { ids: json.items.map(({ id }) => id), ...json };
    };
    assert.deepEqual((await page("")).ids, made);
    assert.deepEqual((await listed(worker, { connection: via, status: "failed" })).map(({ id }) => id), [made[2], made[5]]);
    assert.deepEqual((await page("status=unknown")).ids, [made[3]]);
    const none = await page("status=cancelled");
    assert.deepEqual([none.ids, none.next], [[], null]);
    assert.deepEqual((await page(`status=sent&limit=1`)).ids, [made[0]]);

    // What comes in between moves nothing.
    const first = await page("limit=3");
    await send({ to: people(1)[0], text: "Hello", via });
    const second = await page(`limit=3&cursor=${encodeURIComponent(first.next)}`);
    const third = await page(`limit=3&cursor=${encodeURIComponent(second.next)}`);
    assert.deepEqual([first.ids, second.ids, third.ids, third.next], [made.slice(0, 3), made.slice(3, 6), made.slice(6), null]);
    assert.deepEqual(first.items[0], await read(worker, made[0]));

    for (const [query, pointer] of [["limit=0", "/limit"], ["limit=101", "/limit"], ["limit=ten", "/limit"], ["status=gone", "/status"], ["cursor=%21", "/cursor"], ["state=sent", "/state"]]) {
      assertProblem(await api("GET", `/v1/messages?${query}`), 422, "invalid", [pointer]);
    }
  });

  test("outlives the Worker, wherever it was", async () => {
    const metadata = { kept: "so" };
    const [sent, scheduled, soon] = people(3);
    const many = people(50);
    const refused = victim(busy(1), 1);
    const onItsWay = victim({ fault: { hold: true } }, 1);
    const by = (message) => post({ via: "gowhatsapp", metadata, ...message }, mortal);
    const before = await mortal.send({ to: sent, text: "Hello", via: "gowhatsapp", metadata });
    const { id: waiting } = await by({ to: refused });
    await until("it was refused", async () => (await read(mortal, waiting)).attempts.length === 1);
    const { id: flying } = await by({ to: onItsWay });
    await until("it is on its way", () => reached(onItsWay).length === 1);
    const { id: late } = await by({ to: scheduled, send_at: inSeconds(30) });
    const { id: due } = await by({ to: soon, send_at: inSeconds(0.8) });
    const { items } = await by({ to: many });
    await mortal.crash();
    // Some of them become due while there is nobody to send them.
    await delay(1_000);
    await mortal.start();

    // Nobody asks the Worker for anything until all are sent, but for those that were on their way.
    await until("it does its work by itself", () => reached(soon).length === 1 && reached(refused).length === 1, 15_000);
    for (const { id } of items) await ends(mortal, id);
    const counts = grouped(await listed(mortal, { batch: items[0].batch }), ({ status }) => status);
    assert.deepEqual(["sent", "unknown"].flatMap((status) => counts.get(status) ?? []).length, 50);
    assert.deepEqual(many.filter((to) => reached(to).length > 1), []);
    for (const { to } of counts.get("sent") ?? []) assert.equal(reached(to).length, 1);

    assert.deepEqual(await read(mortal, before.json.id), before.json);
    assert.deepEqual(outcomes(await ends(mortal, waiting)), ["gowhatsapp rejected", "gowhatsapp accepted"]);
    assert.equal((await ends(mortal, due)).status, "sent");
    const { status, attempts, metadata: kept } = await read(mortal, flying);
    assert.deepEqual([status, attempts.map(({ outcome, error }) => [outcome, error.kind]), kept], ["unknown", [["ambiguous", "lost"]], metadata]);
    assert.equal((await read(mortal, late)).status, "scheduled");
    assert.equal((await mortal.api("DELETE", `/v1/messages/${late}`)).json.status, "cancelled");
    assert.equal((await mortal.api("POST", `/v1/messages/${flying}/resolve`, { as: "resend" })).status, 200);
    await reaches(mortal, flying, "sent");
    assert.equal(reached(onItsWay).length, 2);
  });
});

test("only who has a status call is asked for one, and none after the last word", async () => {
  const asked = sandbox.requests().filter(({ method }) => method === "GET");
  assert.deepEqual([...new Set(asked.map(({ provider }) => provider))].sort(), ["wachat", "whatspie"]);
  const settled = (await listed(worker)).filter(({ status, provider_id }) => ["delivered", "read"].includes(status) && provider_id);
  assert.notEqual(settled.length, 0);
  for (const { provider_id } of settled) assert.equal(asked.filter(({ path }) => path.endsWith(`/${provider_id}`)).length, 1);
});

test("neither a log nor a problem tells a key or a number, and no key is stored", () => {
  for (const each of [worker, mortal]) {
    assertUnharmed(each);
    assertSecret(each, ["sandbox-token", "sandbox-key", "sandbox-secret", "dev-key", "canary", "6285000", "6285999999", "6281776521626", "14155552671"]);
    const stored = each.onDisk();
    assert.ok(stored.includes("gowhatsapp"));
    for (const key of ["sandbox-token", "sandbox-key", "sandbox-secret", "sandbox-webhook-secret", "dev-key"]) assert.ok(!stored.includes(key), key);
  }
});
