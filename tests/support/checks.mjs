// What the module for npm must do in every runtime. Nothing is imported and nothing of Node's is used, so that Deno,
// a Worker or a page runs the same lines; the module and the fixtures are handed in.

/**
 * Runs checks, one after the other, where there is no test runner.
 * @returns {Promise<{ name: string, error?: string }[]>}
 */
export async function runChecks(checks) {
  const results = [];
  for (const [name, run] of Object.entries(checks)) {
    try {
      await run();
      results.push({ name });
    } catch (error) {
      results.push({ name, error: String(error?.stack ?? error) });
    }
  }
  return results;
}

/** The checks by name: functions that throw, or promise to. */
export function checksOf({ Chaski, ChaskiError, Edge, init, isChaskiError, providers, ready }, all) {
  const fixtures = all.filter(({ call }) => call);
  const webhooks = all.filter(({ webhook }) => webhook);
  const group = { group: "120363025246125016@g.us" };
  const gateway = { provider: "gowhatsapp", base_url: "http://localhost:7001", token: "test-token" };
  const whatspie = { provider: "whatspie", token: "test-token", device: "6281776521626" };
  const hello = { to: group, text: "Hello" };

  /** What must still work after anything. */
  function works() {
    const { method, url, body } = new Chaski(gateway).request({ send_message: hello });
    same([method, url, body], ["POST", `http://localhost:7001/chats/${group.group}/messages`, '{"text":"Hello"}'], "afterwards");
  }

  function assertChaski(error, name) {
    ok(isChaskiError(error) && error instanceof ChaskiError && error instanceof Error, `${name}: ${error?.stack ?? error}`);
    ok(error.name === "ChaskiError" && error.message && typeof error.kind === "string", `${name}: ${error.stack}`);
    ok(["rejected", "ambiguous"].includes(error.outcome) && Array.isArray(error.errors), `${name}: ${error.stack}`);
    JSON.stringify(error);
    return error;
  }

  /** Runs what must fail with a ChaskiError, of this kind if one is named, and harm nothing. */
  async function refused(name, run, kind) {
    const error = await failureOf(name, run);
    if (kind) same(error.kind, kind, `${name}: ${error.message}`);
    works();
    return error;
  }

  async function failureOf(name, run) {
    let value;
    try {
      value = await run();
    } catch (error) {
      return assertChaski(error, name);
    }
    throw new Error(`${name}: nothing was thrown, but there is ${short(value)}`);
  }

  /** Members that a fixture leaves out are not compared. */
  function assertError(error, { errors = [], retry_after, ...members }, path) {
    if (retry_after !== undefined) same(error.retryAfter ?? null, retry_after, `${path}: retryAfter`);
    for (const [name, value] of Object.entries(members)) same(error[name] ?? null, value, `${path}: ${name}`);
    if (errors.length > 0) same(pointersOf(error), errors.map(({ pointer }) => pointer), path);
  }

  const answered = fixtures.filter(({ request, response }) => request && response);

  return {
    async "ready at once, and init does nothing then"() {
      await ready;
      same(await init(), undefined);
      same(init() instanceof Promise, true);
      await init("never read");
    },

    "the providers are told"() {
      same(providers().map(({ slug }) => slug).sort(), [...new Set(all.map(({ account }) => account.provider))].sort());
    },

    async "each call makes its request"() {
      ok(fixtures.length > 100, "there are fixtures");
      for (const { path, account, call, request: wanted, error } of fixtures) {
        if (!wanted) {
          assertError(await failureOf(path, () => new Chaski(account).request(call)), error, path);
          continue;
        }
        const made = new Chaski(account).request(call);
        same([made.method, made.url], [wanted.method, wanted.url], path);
        for (const [name, value] of Object.entries(wanted.headers)) same(made.headers[name], value, `${path}: ${name}`);
        if (!wanted.body?.multipart) same(made.body === undefined ? undefined : JSON.parse(made.body), wanted.body, path);
      }
    },

    async "each answer comes to its reply"() {
      for (const { path, account, call, response, reply: wanted, error } of fixtures) {
        if (!response) continue;
        const reply = () => new Chaski(account).reply(call, { ...response, body: textOf(response.body) });
        if (error) assertError(await failureOf(path, reply), error, path);
        else same(without(reply()), without(wanted), path);
      }
    },

    async "each webhook comes to its events"() {
      ok(webhooks.length > 80, "there are webhooks");
      for (const { path, account, webhook, now, events: wanted, error } of webhooks) {
        const { headers, base64 } = webhook;
        const body = base64 === undefined ? textOf(webhook.body) : Uint8Array.from(atob(base64), (char) => char.charCodeAt(0));
        const receive = () => new Chaski(account).receive({ headers, body }, new Date(now));
        if (error) {
          assertError(await failureOf(path, receive), error, path);
          continue;
        }
        const events = receive();
        same(events.map(without), wanted, path);
        const raw = base64 === undefined ? parsed(body) : { base64 };
        same(events.map(({ raw }) => raw), Array.isArray(raw) && raw.length > 0 ? raw : [raw], `${path}: raw`);
        same(new Chaski(account).receive({ headers: new Headers(headers), body: typeof body === "string" ? new TextEncoder().encode(body) : body.buffer }, Date.parse(now)), events, path);
      }
    },

    async "a webhook that is none is refused"() {
      const client = new Chaski(whatspie);
      const thrower = () => { throw new Error("mine"); };
      const webhooks = [
        undefined, null, 5, "{}", {}, [], { body: undefined }, { body: {} }, { body: 5 }, { headers: [5], body: "" }, { get body() { return thrower(); } },
        { headers: { a: { toString: thrower } }, body: "" }, { headers: [[{ toString: thrower }, "7"]], body: "" }, new Request("https://a.example", { method: "POST", body: "{}" }),
      ];
      for (const [at, webhook] of webhooks.entries()) await refused(`webhook ${at}`, () => client.receive(webhook), "invalid");
      for (const now of [NaN, Infinity, "today", null, new Date("no")]) await refused(`now ${now}`, () => client.receive({ headers: {}, body: "{}" }, now), "invalid");
      for (const body of ["", "{", "null", "[]", "\ud800", "[".repeat(100_000), new Uint8Array([255, 0])]) {
        for (const headers of [undefined, null, {}, [], { "x-signature": ["a", "b"], y: undefined }]) {
          same(client.receive({ headers, body }).map(({ type }) => type), ["other"], short(body));
        }
      }
      works();
    },

    async "each exchange goes through fetch, once, and comes to the same"() {
      const methods = { send_message: "send", message_status: "status", check_account: "check", quota: "quota", list_groups: "groups" };
      ok(answered.length > 100, "there are exchanges");
      for (const { path, account, call, request, response, reply: wanted, error } of answered) {
        const seen = [];
        const fetch = async (url, init) => {
          seen.push([init.method, url]);
          const bodiless = [204, 304].includes(response.status);
          return new Response(bodiless ? null : textOf(response.body), { status: response.status, headers: response.headers });
        };
        const [[name, value]] = Object.entries(call);
        const argument = name === "message_status" ? value.id : name === "send_message" ? value : undefined;
        const exchange = () => {
          const client = new Chaski({ ...account, fetch });
          return argument === undefined ? client[methods[name]]() : client[methods[name]](argument);
        };
        if (error) assertError(await failureOf(path, exchange), error, path);
        else same(without(await exchange()), without(wanted), path);
        same(seen, [[request.method, request.url]], path);
      }
    },

    "a file that is no text arrives byte for byte"() {
      const bytes = [0, 255, 254, 13, 10, 128];
      const media = { kind: "image", base64: btoa(String.fromCharCode(...bytes)), filename: "a.png" };
      const { body } = new Chaski(gateway).request({ send_message: { to: group, media } });
      ok(body instanceof Uint8Array, "bytes");
      ok([...body].join().includes(bytes.join()), "the file is in it");
    },

    async "an answer is text or bytes, its headers are of any form"() {
      const { account, call, response, reply: wanted } = answered.find(({ reply }) => reply?.id);
      const client = new Chaski(account);
      const text = textOf(response.body);
      const bytes = new TextEncoder().encode(text);
      const padded = new Uint8Array([32, 32, ...bytes, 32]);
      for (const body of [text, bytes, bytes.buffer, padded.subarray(2, -1), new DataView(padded.buffer, 2, bytes.length)]) {
        same(without(client.reply(call, { status: response.status, body })), without(wanted));
      }
      const pairs = [["Retry-After", "7"]];
      for (const headers of [pairs, Object.fromEntries(pairs), new Headers(pairs), new Map([["retry-after", "7"]])]) {
        const error = await failureOf("429", () => client.reply(call, { status: 429, headers, body: "{}" }));
        same([error.kind, error.retryAfter], ["rate_limited", 7]);
      }
      await refused("a Response that is not read", () => client.reply(call, new Response(text)), "invalid");
    },

    async "an account that is none is refused, with its place"() {
      const thrower = () => {
        throw new Error("from the getter");
      };
      const unreadable = [{ ...whatspie, get token() { return thrower(); } }, { get fetch() { return thrower(); } }, new Proxy(whatspie, { get: thrower })];
      for (const account of [undefined, null, 5, "whatspie", true, Symbol("a"), 1n, () => {}, [], {}, new Map([["provider", "whatspie"]]), new Date(), ...unreadable]) {
        await refused(`account ${short(account)}`, () => new Chaski(account), "invalid");
      }
      const cases = {
        "/provider": [{}, { provider: 5 }, { provider: "nobody" }, { provider: null }],
        "/token": [{ provider: "whatspie", device: "6281776521626" }, { ...whatspie, token: 5 }, { ...whatspie, token: NaN }, { ...whatspie, token: "" }, { ...whatspie, token: {} }, { ...whatspie, token: "a\nb" }],
        "/colour": [{ ...whatspie, colour: "red" }],
        "/timeout": [{ ...whatspie, timeout: NaN }, { ...whatspie, timeout: "5" }, { ...whatspie, timeout: -1 }, { ...whatspie, timeout: 5n }],
        "/fetch": [{ ...whatspie, fetch: "fetch" }],
        "/baseUrl": [{ ...whatspie, baseUrl: "https://a.example", base_url: "https://b.example" }],
        "/base_url": [{ ...gateway, base_url: "ftp://a.example" }, { ...gateway, base_url: 5 }],
      };
      for (const [pointer, accounts] of Object.entries(cases)) {
        for (const account of accounts) {
          const error = await refused(`${pointer} ${short(account)}`, () => new Chaski(account), "invalid");
          ok(pointersOf(error).includes(pointer), `${pointer}: ${JSON.stringify(error)}`);
        }
      }
      new Chaski({ ...gateway, base_url: undefined, baseUrl: "http://localhost:7001" });
      await refused("no key stands in an error", () => new Chaski({ ...whatspie, token: "s3cret\n" })).then((error) => {
        ok(!JSON.stringify(error).includes("s3cret") && !error.message.includes("s3cret"), error.message);
      });
    },

    async "a message that is none is refused, and the module still works"() {
      const cyclic = { ...hello };
      cyclic.metadata = { cyclic };
      let deep = {};
      for (let at = 0; at < 200; at += 1) deep = { deep };
      const thrower = () => {
        throw new Error("from the getter");
      };
      const messages = {
        undefined: undefined,
        null: null,
        number: 5,
        text: "Hello",
        list: [hello],
        empty: {},
        "no recipient": { text: "Hello" },
        "no text": { to: group },
        "text that is a number": { to: group, text: 5 },
        NaN: { ...hello, text: NaN },
        Infinity: { ...hello, typing: -Infinity },
        BigInt: { ...hello, text: 10n },
        symbol: { ...hello, text: Symbol("a") },
        function: { ...hello, text: () => "Hello" },
        "invalid Date": { ...hello, send_at: new Date(NaN) },
        Map: new Map(Object.entries(hello)),
        "Map inside": { ...hello, metadata: new Map() },
        Set: { ...hello, mentions: new Set(["+6281234567890"]) },
        bytes: { ...hello, text: new Uint8Array(3) },
        RegExp: { ...hello, text: /a/ },
        promise: { ...hello, text: Promise.resolve("Hello") },
        cycle: cyclic,
        "200 deep": { ...hello, metadata: deep },
        "200 deep list": { ...hello, mentions: JSON.parse("[".repeat(200) + "]".repeat(200)) },
        getter: { ...hello, get text() { return thrower(); } },
        "getter that throws nothing": { ...hello, get text() { throw undefined; } },
        "getter that throws what looks like ours": { ...hello, get text() { throw { kind: "sent" }; } },
        toJSON: { ...hello, toJSON: thrower },
        proxy: new Proxy(hello, { get: thrower, ownKeys: thrower }),
        "lone surrogate": { ...hello, text: "\ud83d Hello" },
        "lone surrogate in a name": { ...hello, "\udc00": 1 },
        "unknown member": { ...hello, txet: "Hello" },
        "not base64": { to: group, media: { kind: "image", base64: "%%%", filename: "a.png" } },
      };
      const client = new Chaski(gateway);
      for (const [name, message] of Object.entries(messages)) {
        const error = await refused(name, () => client.request({ send_message: message }));
        ok(["invalid", "unsupported"].includes(error.kind), `${name}: ${error.kind}`);
        same([error.outcome, error.provider], ["rejected", "gowhatsapp"], name);
      }
      const never = new Chaski({ ...gateway, fetch: () => ok(false, "fetch was called") });
      for (const [name, message] of Object.entries(messages)) await refused(name, () => never.send(message));
      await refused("call", () => client.request({ get send_message() { return thrower(); } }), "invalid");
      for (const call of [undefined, null, 5, "quota", {}, [], { quota: {}, check_account: {} }, { sing: {} }, { __proto__: { quota: {} } }]) {
        await refused(`call ${short(call)}`, () => client.request(call), "invalid");
        await refused(`reply to ${short(call)}`, () => client.reply(call, { status: 200 }), "invalid");
      }
    },

    async "10 MB of text are handled or refused"() {
      const text = "x".repeat(10_000_000);
      await refused("with a limit", () => new Chaski(whatspie).request({ send_message: { to: { group: "495" }, text } }), "invalid");
      same(new Chaski(gateway).request({ send_message: { to: group, text } }).body.length, text.length + '{"text":""}'.length);
      works();
    },

    async "whatever a provider answers is a reply or a ChaskiError"() {
      const bodies = [
        "", " ", "null", "true", "5", '"text"', "[]", "{}", "[[[[", '{"a":', "<!DOCTYPE html><title>502</title>", "\0", "\ufeff{}",
        '{"data":null}', '{"data":[]}', '{"data":5,"code":"x","status":[]}', '{"status":200,"data":{"id":1e999}}', '{"id":"\\ud800"}',
        '{"message":{"a":{"b":[]}},"error":[{"error":{}}]}', "[".repeat(100_000), '{"a":'.repeat(20_000), "9".repeat(20_000),
        "x".repeat(100_000), new Uint8Array([255, 254, 0, 128]), new Uint8Array(20_000),
      ];
      const samples = new Map(fixtures.filter(({ request }) => request).map((each) => [each.account.provider + Object.keys(each.call)[0], each]));
      ok(samples.size > 15, "each call of each provider");
      for (const [name, { account, call }] of samples) {
        const client = new Chaski(account);
        for (const status of [100, 200, 204, 302, 400, 404, 429, 500, 599]) {
          for (const [at, body] of bodies.entries()) {
            try {
              client.reply(call, { status, headers: { "retry-after": "soon", date: "x", location: "\ud800" }, body });
            } catch (error) {
              assertChaski(error, `${name}, ${status}, body ${at}`);
            }
          }
        }
        works();
      }
    },

    async "an answer that is none is refused"() {
      const client = new Chaski(gateway);
      const thrower = () => {
        throw new Error("from the getter");
      };
      const answers = [
        undefined, null, 5, "200", {}, [], { status: "200" }, { status: 99 }, { status: 600 }, { status: 200.5 }, { status: NaN }, { status: 200n },
        { status: 200, body: {} }, { status: 200, body: 5 }, { status: 200, body: ["{}"] }, { status: 200, body: new Map() },
        { status: 200, headers: [5] }, { status: 200, headers: { get: thrower } }, { get status() { return thrower(); } },
        { status: 200, headers: [[{ toString: thrower }, "7"]] },
      ];
      for (const [at, answer] of answers.entries()) await refused(`answer ${at}`, () => client.reply({ quota: {} }, answer), "invalid");
      for (const headers of [undefined, null, 5, {}, [], { date: 5, "retry-after": {} }]) {
        client.reply({ send_message: hello }, { status: 200, headers, body: '{"code":200,"data":{"id":"1"}}' });
      }
    },

    async "a fetch that is none loses the message, and says so"() {
      const broken = [
        () => undefined, () => null, () => 5, () => ({}), () => ({ status: "200" }), () => Promise.reject(), () => Promise.reject("why"),
        () => { throw new Error("at once"); },
        () => Response.error(), () => ({ status: 600, text: async () => "" }),
        () => ({ status: 200, headers: { get: () => { throw new Error("mine"); } }, text: async () => "{}" }),
        () => ({ status: 200, text: () => Promise.reject(new Error("cut off")) }),
        () => new Response(new ReadableStream({ start: (controller) => controller.error(new Error("cut off")) })),
      ];
      for (const [at, fetch] of broken.entries()) {
        const error = await refused(`fetch ${at}`, () => new Chaski({ ...gateway, fetch }).send(hello), "lost");
        same([error.outcome, error.provider], ["ambiguous", "gowhatsapp"], `fetch ${at}`);
        const edge = new Edge({ url: "https://a.example", key: "key", fetch });
        same((await refused(`fetch ${at} of Edge`, () => edge.send(hello), "lost")).outcome, "ambiguous");
      }
      for (const [name, options] of Object.entries({ "/timeout": { timeout: NaN }, "/signal": { signal: {} }, "": { get signal() { throw new Error("mine"); } } })) {
        const error = await refused(name, () => new Chaski({ ...gateway, fetch: () => ok(false, "fetch was called") }).send(hello, options), "invalid");
        same(pointersOf(error), [name]);
      }
    },

    async "Edge refuses what it cannot send, and what it cannot read"() {
      const good = { url: "https://a.example", key: "key" };
      const accounts = [
        undefined, null, 5, {}, { url: "a" }, { ...good, url: "http://a.example" }, { ...good, url: "https://a:b@c.example" },
        { ...good, key: "" }, { ...good, key: "a b" }, { ...good, key: 5 }, { ...good, colour: "red" }, { ...good, timeout: NaN },
        { ...good, fetch: 5 }, { get url() { throw new Error("mine"); } },
      ];
      for (const options of accounts) {
        await refused(`Edge ${short(options)}`, () => new Edge(options), "invalid");
      }
      const never = new Edge({ ...good, fetch: () => ok(false, "fetch was called") });
      const cases = {
        message: () => never.send({ text: NaN }),
        key: () => never.send(hello, { idempotencyKey: "a\nb" }),
        wait: () => never.send(hello, { wait: 0.5 }),
        id: () => never.message(".."),
        "no id": () => never.cancel(),
        surrogate: () => never.health("\ud800"),
        query: () => never.messages({ cursor: Symbol("a") }),
      };
      for (const [name, run] of Object.entries(cases)) await refused(name, run, "invalid");
      const answers = [
        [200, "<html>", "malformed"], [200, "{", "malformed"], [302, "", "malformed"], [502, "<html>", "unavailable"],
        [404, "[]", "not_found"], [418, "5", "rejected"], [401, '"a"', "auth"],
        [429, '{"code":5,"errors":"x","detail":{},"retry_after":"x"}', "rate_limited"],
      ];
      for (const [status, body, kind] of answers) {
        const edge = new Edge({ ...good, fetch: async () => new Response(body, { status }) });
        same((await refused(`${status} ${body}`, () => edge.connections(), kind)).status, status);
      }
      same(await new Edge({ ...good, fetch: async () => new Response(null, { status: 204 }) }).cancel("msg_1"), null);
    },

    async "an error tells all that is known, but no key and no body"() {
      const fetch = async () => new Response('{"message":"what people wrote"}', { status: 429, headers: { "retry-after": "7" } });
      const error = await failureOf("429", () => new Chaski({ ...whatspie, fetch }).send({ to: { group: "495" }, text: "Hello" }));
      same([error.kind, error.outcome, error.provider, error.status, error.retryAfter], ["rate_limited", "rejected", "whatspie", 429, 7]);
      same(error.body, '{"message":"what people wrote"}');
      const { name, kind } = JSON.parse(JSON.stringify(error));
      same([name, kind], ["ChaskiError", "rate_limited"]);
      ok(!Object.keys(error).includes("body"), "body is not enumerable");
      ok(![undefined, null, 5, {}, new Error("a")].some(isChaskiError), "nothing else is one");
    },
  };
}

const pointersOf = (error) => error.errors.map(({ pointer }) => pointer);
const textOf = (body) => (typeof body === "string" ? body : body === undefined ? "" : JSON.stringify(body));
const without = ({ raw, ...rest }) => rest;

/** What is no JSON stands in an event as it came. */
function parsed(body) {
  try {
    return JSON.parse(body);
  } catch {
    return body;
  }
}

export function ok(condition, message) {
  if (!condition) throw new Error(message);
}

/** Asserts that two values of plain JSON are alike, `undefined` members included. */
export function same(actual, wanted, where = "") {
  const difference = differenceOf(actual, wanted, where);
  if (difference) throw new Error(difference);
}

function differenceOf(actual, wanted, where) {
  if (Object.is(actual, wanted)) return undefined;
  const both = [actual, wanted];
  if (both.some((value) => typeof value !== "object" || value === null) || Array.isArray(actual) !== Array.isArray(wanted)) {
    return `${where}: ${short(actual)} where ${short(wanted)} was wanted`;
  }
  const names = new Set(both.flatMap((value) => Object.keys(value)));
  return [...names].map((name) => differenceOf(actual[name], wanted[name], `${where}/${name}`)).find(Boolean);
}

/** A value for a message: short, and without asking the value anything that may throw. */
function short(value) {
  try {
    return (JSON.stringify(value) ?? String(value)).slice(0, 200);
  } catch {
    return typeof value;
  }
}
