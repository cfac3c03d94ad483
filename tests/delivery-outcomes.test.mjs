// Every pair of providers and every failure of the first: the second one is asked exactly when the first has certainly not
// sent the message.

import assert from "node:assert/strict";
import { after, describe, test } from "node:test";
import { devConfig } from "../src/tools/dev-config.mjs";
import { startSandbox } from "./sandbox/server.mjs";
import { createPhones, grouped, outcomes } from "./support/delivery.mjs";
import { useWorkerd } from "./support/workerd.mjs";
import { assertUnharmed } from "./support/world.mjs";

const refusal = { message: "No" };
const location = "http://127.0.0.1:1/elsewhere";
const status = (code, more) => ({ fault: { status: code, body: refusal, ...more } });

// What each failure must come to, by its nature, and whether the message was taken. It is written down here once more,
// so that a mistake in the Worker's own table is not repeated.
const failures = {
  "no failure": { outcome: "accepted", taken: true },
  "a slow answer": { fault: { slow: 150 }, outcome: "accepted", taken: true },
  "an answer in drips": { fault: { drip: { bytes: 64, ms: 2 } }, outcome: "accepted", taken: true },
  ...each([200, 202, 204], (code) => [`HTTP ${code}, empty`, { fault: { empty: code }, outcome: "accepted", taken: true }]),

  ...each([400, 401, 402, 403, 404, 405, 406, 409, 410, 413, 415, 418, 422, 451], (code) => [`HTTP ${code}`, { ...status(code), outcome: "rejected" }]),
  "HTTP 429": { ...status(429), outcome: "rejected" },
  "HTTP 429, in an hour": { ...status(429, { headers: { "retry-after": "3600" } }), outcome: "rejected" },
  "HTTP 403, a page": { fault: { html: 403 }, outcome: "rejected" },
  "HTTP 200 that says no": { fault: { status: 200, body: { error: true, success: false, status: false, message: "No" } }, outcome: "rejected" },

  ...each([500, 501, 502, 503, 504, 599], (code) => [`HTTP ${code}`, { ...status(code), outcome: "ambiguous" }]),
  "HTTP 408": { ...status(408), outcome: "ambiguous" },
  "HTTP 502, though taken": { ...status(502, { taken: true }), outcome: "ambiguous", taken: true },
  "HTTP 502 in its own words": { fault: { status: 502, own: true }, outcome: "ambiguous", taken: true },
  "HTTP 503, in a second": { ...status(503, { headers: { "retry-after": "1" } }), outcome: "ambiguous" },
  "HTTP 500, empty": { fault: { empty: 500 }, outcome: "ambiguous", taken: true },
  "HTTP 502, a page": { fault: { html: 502 }, outcome: "ambiguous" },
  "HTTP 200, a page": { fault: { html: 200, taken: true }, outcome: "ambiguous", taken: true },
  ...each([301, 302, 303, 307, 308], (code) => [`HTTP ${code}`, { ...status(code, { headers: { location } }), outcome: "ambiguous" }]),
  "HTTP 304": { fault: { status: 304 }, outcome: "ambiguous" },
  "half an answer": { fault: { truncate: true }, outcome: "ambiguous", taken: true },
  "a reset before": { fault: { reset: "before" }, outcome: "ambiguous" },
  "a reset after": { fault: { reset: "after" }, outcome: "ambiguous", taken: true },
};
function each(codes, entry) {
  return Object.fromEntries(codes.map(entry));
}

// By the text of the message, what its first provider does to it.
const plans = new Map();
const sandbox = await startSandbox({
  choose({ provider, text }) {
    const { first, fault, scenario } = plans.get(text) ?? {};
    return provider === first && (fault || scenario) ? { ...(fault && { fault }), ...(scenario && { scenario }) } : undefined;
  },
});
after(sandbox.stop);

// Each vendor's own words are refusals; Go WhatsApp says most of them with a 500.
const { scenarios } = await (await fetch(`${sandbox.url}/_sandbox`)).json();
const slugs = Object.keys(scenarios);

const { connections } = devConfig(sandbox.url);
const phone = createPhones("82");
const worker = await useWorkerd({ config: { connections } });
// Its own, because it waits until its patience ends, and a Worker has but six fetches at once.
const patient = await useWorkerd({ config: { connections } });

const pairs = slugs.flatMap((first) => slugs.filter((second) => second !== first).map((second) => ({ first, second })));
const cases = pairs.flatMap((pair) => [
  ...Object.entries(failures).map(([name, failure]) => ({ ...pair, name, ...failure })),
  ...scenarios[pair.first].map((scenario) => ({ ...pair, name: `scenario ${scenario}`, scenario, outcome: "rejected" })),
]);
cases.forEach((each, index) => {
  each.text = `case ${index}`;
  plans.set(each.text, each);
});

/** What an outcome is for the message: the tries, where it stands, and who has it. */
const wanted = {
  accepted: ({ first }) => ({ tries: [`${first} accepted`], fellOver: false, reached: [first] }),
  rejected: ({ first, second }) => ({ tries: [`${first} rejected`, `${second} accepted`], fellOver: true, reached: [second] }),
  ambiguous: ({ first, taken }) => ({ tries: [`${first} ambiguous`], fellOver: false, reached: taken ? [first] : [] }),
};

async function run({ text, first, second }, by = worker) {
  const answer = await by.send({ to: { phone: phone() }, text, via: [first, second], metadata: { text } });
  assert.equal(answer.status, 200, `${text}: ${answer.text}`);
  return answer.json;
}

// What takes the Worker's whole patience goes on beside the rest.
const hanging = slugs.map((first, at) => ({ first, second: slugs[(at + 1) % slugs.length], text: `hangs at ${first}`, fault: { hang: true, taken: true } }));
hanging.forEach((each) => plans.set(each.text, each));
const hung = Promise.all(hanging.map((each) => run(each, patient)));
hung.catch(() => {});

describe("every failure of every pair", () => {
  const results = new Map();
  test("is asked for", async () => {
    const waiting = [...cases];
    const work = async () => {
      for (let next; (next = waiting.shift()); ) results.set(next, await run(next));
    };
    await Promise.all(Array.from({ length: 24 }, work));
    assert.equal(results.size, cases.length);
  });

  test("the second is asked exactly when the first has certainly not sent it", () => {
    const reached = grouped(sandbox.messages(), ({ text }) => text);
    const wrong = [];
    for (const each of cases) {
      const message = results.get(each);
      const expected = wanted[each.outcome](each);
      const got = { tries: outcomes(message), fellOver: message.attempts.length > 1, reached: (reached.get(each.text) ?? []).map(({ provider }) => provider) };
      if (JSON.stringify(got) !== JSON.stringify(expected)) wrong.push({ failure: each.name, ...got, expected });
      const isUnknown = message.status === "unknown";
      if (isUnknown !== (each.outcome === "ambiguous")) wrong.push({ failure: each.name, first: each.first, status: message.status });
    }
    console.log(table(results, reached));
    assert.deepEqual(wrong, []);
  });
});

test("a provider that never answers is not fallen over either", { timeout: 60_000 }, async () => {
  const messages = await hung;
  const reached = grouped(sandbox.messages(), ({ text }) => text);
  for (const [at, { first, text }] of hanging.entries()) {
    const { attempts, status } = messages[at];
    assert.deepEqual([outcomes({ attempts }), attempts[0].error.kind, status], [[`${first} ambiguous`], "lost", "unknown"]);
    assert.deepEqual(reached.get(text).map(({ provider }) => provider), [first]);
  }
  console.log(`${"never an answer".padEnd(28)} lost, ambiguous, stays, sent 1               all five`);
});

test("none of this is a fault of the Worker", () => [worker, patient].forEach(assertUnharmed));

/** One line for each failure; where all four pairs of a first provider agree, as they must, that is one word. */
function table(results, reached) {
  const cell = (name, first) => {
    const mine = cases.filter((each) => each.name === name && each.first === first);
    const words = mine.map((each) => {
      const { attempts } = results.get(each);
      const [{ outcome, error }] = attempts;
      const times = (reached.get(each.text) ?? []).length;
      return `${error ? error.kind : "ok"}, ${outcome}, ${attempts.length > 1 ? "falls over" : "stays"}, sent ${times}`;
    });
    return [...new Set(words)].join(" | ");
  };
  const lines = [...new Set(cases.map(({ name }) => name))].flatMap((name) => {
    const cells = grouped(slugs.filter((slug) => cell(name, slug)), (slug) => cell(name, slug));
    return [...cells].map(([words, who]) => `${name.padEnd(28)} ${words.padEnd(44)} ${who.length === slugs.length ? "all five" : who.join(", ")}`);
  });
  const fell = [...results.values()].filter(({ attempts }) => attempts.length > 1).length;
  return [`${pairs.length} pairs, ${cases.length} messages, ${fell} fell over`, ...lines].join("\n");
}
