// Writes as TypeScript what the types must take and what they must refuse: the fixtures, the fixtures with one mistake
// each, what the module really answers and exports, and the examples in the comments. The module itself is the judge.

import { mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { fixtures } from "../support/fixtures.mjs";

const { Chaski, ChaskiError, Edge, providers } = await import("chaski");
const typesFolder = new URL("node_modules/chaski/build/npm/", import.meta.url);
const generated = new URL("generated/", import.meta.url);

const REPLIES = {
  send_message: "Receipt",
  message_status: "StatusReport",
  check_account: "AccountCheck",
  quota: "QuotaReport",
  list_groups: "Groups",
};

/** What is wrong with a value rather than with its shape: no type can tell. */
const ABOUT_VALUES = [
  /^a message needs a text, or media$/,
  /^WAChat needs a file name with base64$/,
  /^the account needs /,
  /^no group of /,
  /^a time is RFC 3339/,
  / takes up to \d+ /,
  / cannot /,
  / has no call /,
];

/** Writes the files and returns how many statements of each sort are in them. */
export async function generate() {
  rmSync(generated, { recursive: true, force: true });
  mkdirSync(new URL("examples/", generated), { recursive: true });
  const [calls, webhooks] = [fixtures.filter(({ call }) => call), fixtures.filter(({ webhook }) => webhook)];
  const statements = [...distinct(calls).flatMap(judged), ...calls.flatMap(replied), ...webhooks.flatMap(received)];
  const all = [...new Set(statements)];
  write("fixtures.ts", [
    `import type { Call, ChaskiOptions, Event, ProviderDescription, ${Object.values(REPLIES).join(", ")} } from "chaski";`,
    "declare function account(options: ChaskiOptions): void;",
    "declare function call(call: Call): void;",
    "declare function events(events: Event[]): void;",
    "declare function providers(descriptions: ProviderDescription[]): void;",
    ...Object.entries(REPLIES).map(([name, type]) => `declare function ${name}(reply: ${type}): void;`),
    ...all,
    `providers(${JSON.stringify(providers())});`,
  ]);
  write("exports.ts", await exported());
  const examples = writeExamples();
  const refused = all.filter((statement) => statement.startsWith("//")).length;
  return { taken: all.length - refused, refused, examples };
}

function write(name, lines) {
  writeFileSync(new URL(name, generated), `${lines.join("\n")}\n`);
}

/** Fixtures that differ in what is given: many differ in the answer only. */
function distinct(fixtures) {
  return [...new Map(fixtures.map((fixture) => [JSON.stringify([fixture.account, fixture.call]), fixture])).values()];
}

/** The account and the call of a fixture, each as it is and with each mistake that no fixture before it could make. */
function judged({ account, call }) {
  const ofAccount = new Map([["", account], ...mistaken(account, account.provider)].filter(isNew));
  const ofCall = new Map([["", call], ...mistaken(call, "call")].filter(isNew));
  return [
    ...[...ofAccount.values()].map((value) => judge("account", value, value, () => new Chaski(value))),
    ...[...ofCall.values()].map((value) => judge("call", value, Object.values(value)[0], () => new Chaski(account).request(value))),
  ];
}

const known = new Set();

function isNew([mistake]) {
  if (known.has(mistake)) return false;
  if (mistake) known.add(mistake);
  return true;
}

/** A value with one mistake, in every way: a member less, a member more, a value of another type. */
function* mistaken(value, path) {
  if (typeof value !== "object" || value === null) {
    yield [`${path} scalar`, typeof value === "string" ? 7 : "7"];
    yield [`${path} object`, {}];
  } else if (Array.isArray(value)) {
    yield [`${path} scalar`, "7"];
    for (const [at, item] of value.entries()) {
      for (const [mistake, other] of mistaken(item, `${path}/-`)) yield [mistake, value.with(at, other)];
    }
  } else {
    yield [`${path} array`, [value]];
    yield [`${path} more`, { ...value, nonsense: "7" }];
    for (const [name, member] of Object.entries(value)) {
      const { [name]: _, ...rest } = value;
      yield [`${path}/${name} less`, rest];
      for (const [mistake, other] of mistaken(member, `${path}/${name}`)) yield [mistake, { ...value, [name]: other }];
    }
  }
}

/** A statement that must compile, but must not where the module says that the shape of the value is wrong. */
function judge(name, value, within, run) {
  const statement = `${name}(${JSON.stringify(value)});`;
  try {
    run();
    return statement;
  } catch (error) {
    if (!(error instanceof ChaskiError)) throw error;
    const violations = error.errors.length > 0 ? error.errors : [{ pointer: "", detail: error.message }];
    const isOfShape = ({ pointer, detail }) => {
      // Told of what is no string, too.
      if (detail.startsWith("a phone number is ")) return typeof memberAt(within, pointer) !== "string";
      return !ABOUT_VALUES.some((about) => about.test(detail));
    };
    if (!violations.some(isOfShape)) return statement;
    return `// @ts-expect-error ${violations.map(({ detail }) => detail).join("; ")}\n${statement}`;
  }
}

const memberAt = (value, pointer) => pointer.split("/").slice(1).reduce((found, name) => found?.[name], value);

/** What the module makes of an answer has the type of the reply. */
function replied({ account, call, response, reply }) {
  if (!reply) return [];
  const { body } = response;
  const text = typeof body === "string" ? body : body === undefined ? "" : JSON.stringify(body);
  const made = new Chaski(account).reply(call, { ...response, body: text });
  return [`${Object.keys(call)[0]}(${JSON.stringify({ ...made, raw: null })});`];
}

/** What the module makes of a webhook has the type of its events. */
function received({ account, webhook, now, events }) {
  if (!events || webhook.base64 !== undefined) return [];
  const { body } = webhook;
  const made = new Chaski(account).receive({ ...webhook, body: typeof body === "string" ? body : JSON.stringify(body) }, new Date(now));
  return [`events(${JSON.stringify(made.map((event) => ({ ...event, raw: null })))});`];
}

/** The names that there really are. */
async function exported() {
  const union = (names) => names.filter((name) => name !== "constructor").sort().map((name) => JSON.stringify(name)).join(" | ");
  const entries = { main: "chaski", web: "chaski/web", edge: "chaski/edge" };
  const classes = { Chaski, Edge };
  const lines = Object.entries(entries).map(async ([name, path]) => `  Expect<Equal<keyof typeof ${name}, ${union(Object.keys(await import(path)))}>>,`);
  return [
    `import type { Equal, Expect } from "../expect.js";`,
    ...Object.entries(entries).map(([name, path]) => `import type * as ${name} from "${path}";`),
    `export type Tests = [`,
    ...(await Promise.all(lines)),
    ...["Chaski", "Edge"].map((name) => `  Expect<Equal<keyof main.${name}, ${union(Object.getOwnPropertyNames(classes[name].prototype))}>>,`),
    `  Expect<Equal<keyof main.ErrorJson, ${union(Object.keys(new ChaskiError("lost", "").toJSON()))}>>,`,
    `];`,
  ];
}

function writeExamples() {
  const files = readdirSync(typesFolder).filter((name) => name.endsWith(".d.ts"));
  const texts = files.map((name) => readFileSync(new URL(name, typesFolder), "utf8"));
  const examples = texts.flatMap((text) => [...text.matchAll(/^ *\* ```ts\n(.*?)^ *\* ```$/gms)].map(([, code]) => code));
  examples.forEach((code, at) => write(`examples/${at}.ts`, [code.replaceAll(/^ *\* ?/gm, ""), "export {};"]));
  return examples.length;
}
