// How much the tests of faults and abuse do: enough to see a mistake (`npm test`), or what they promise (`npm run faults`).

import assert from "node:assert/strict";

/** Whether this is the long form: CHASKI_FAULTS=long, as `npm run faults` sets it. */
export const isLong = process.env.CHASKI_FAULTS === "long";

const quickOrLong = (quick, long) => (isLong ? long : quick);

/** The sizes, by the tests' numbers. */
export const scale = {
  B1: {
    // Of messages: kills while they come in, and while nobody asks for anything.
    send: { kills: quickOrLong({ loaded: 16, quiet: 8 }, { loaded: 40, quiet: 16 }), messages: quickOrLong(2_000, 20_000), minutes: quickOrLong(4, 40) },
    // Of webhooks: chats of each of five connections, and webhooks of each chat.
    relay: { kills: quickOrLong({ loaded: 18, quiet: 2, replayed: 3 }, { loaded: 45, quiet: 5, replayed: 5 }), chats: 16, length: quickOrLong(25, 60), minutes: quickOrLong(4, 20) },
  },
  B2: { kills: quickOrLong(2, 25) },
  B7: { examples: quickOrLong(40, 200) },
  B8: { minutes: quickOrLong(0.05, 1) },
  // Of each law: there are 65.
  B10: { cases: quickOrLong(256, 15_500) },
  B9: { rounds: quickOrLong(2, 50) },
  B11: { mutations: quickOrLong(20_000, 1_000_000) },
  B15: { disconnects: quickOrLong(1_400, 10_000), soak: quickOrLong({ seconds: 6, warm: 2 }, { seconds: 1_800, warm: 300 }) },
  B16: { requests: quickOrLong(3_000, 50_000), rate: 5_000 },
  // Ten failures of the storage, with the pause of five seconds between them or without.
  B17: { storage: quickOrLong("storage", "storageAtItsPace") },
  abuse: { malformed: quickOrLong(1_500, 10_000), slow: 100, each: quickOrLong(5, 1) },
};

/** Where chance begins: CHASKI_SEED, or the time. */
export const seed = Number(process.env.CHASKI_SEED ?? Math.floor(Math.random() * 2 ** 32));

/** Of a table of cases all, or in the quick form so many that each row and each column has some. */
export const some = (list) => list.filter((_, at) => at % scale.abuse.each === 0);

/** A number for people. */
export const figure = (number) => number.toLocaleString("en-US");

/** What must never be, in words: each is counted by the tests that could see it, and promised to be none. */
export const NEVER = { lost: "lost", doubled: "doubled", hung: "hung", leaked: "leaked", forged: "accepted forgeries" };

/**
 * Tells what was measured, as the line that `npm run faults` collects: `B1: lost 0 · doubled 0 · 24 kills`. The counts are
 * some of `lost`, `doubled`, `hung`, `leaked` and `forged`, and it fails where one is not 0.
 */
export function promise(t, id, counts, ...measured) {
  for (const name of Object.keys(counts)) assert.ok(name in NEVER, name);
  const told = Object.entries(counts).map(([name, count]) => `${name} ${count}`);
  t.diagnostic(`${id}: ${[...told, ...measured].join(" · ")}`);
  assert.ok(Object.values(counts).every((count) => count === 0), `${id}: ${told.join(", ")}`);
}
