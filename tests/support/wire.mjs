// What a client must do over real connections, in every runtime. Like checks.mjs: plain JavaScript, all is handed in.

import { ok, same } from "./checks.mjs";

/** An origin where nobody listens, on a port that fetch does not refuse by itself. */
const NOBODY = "http://127.0.0.1:2";

/**
 * The checks by name.
 *
 * - `sandbox`, `trouble`: the origins of those two servers.
 * - `tellsRefused`: this runtime's fetch says that a connection was refused.
 */
export function wireChecksOf({ Chaski, isChaskiError, providers }, { sandbox, trouble, tellsRefused }) {
  const accounts = {
    whatspie: { token: "sandbox-token", device: "6281776521626" },
    gowhatsapp: { token: "sandbox-token" },
    wachat: { api_key: "sandbox-key", device_id: "11074-1", sender: "6281100000000" },
    a1base: { account_id: "acc-sandbox", api_key: "sandbox-key", api_secret: "sandbox-secret", from: "+14155552671" },
    whatsspot: { api_key: "sandbox-key" },
  };
  const groups = {
    whatspie: "495",
    gowhatsapp: "120363025246125016@g.us",
    wachat: "6285156055377-1607992695",
    a1base: "group-thread-id-123",
    whatsspot: "120363025246125016@g.us",
  };
  const clientOf = (provider) => new Chaski({ provider, ...accounts[provider], baseUrl: `${sandbox}/${provider}` });

  /** A client whose server is in this trouble; what it has seen of it, and the promise that a request is there. */
  function troubled(name, more) {
    const id = crypto.randomUUID();
    return {
      client: new Chaski({ provider: "whatspie", ...accounts.whatspie, baseUrl: `${trouble}/${name}/${id}`, ...more }),
      seen: async (suffix = "") => Number(await textOf(`${trouble}/seen/${id}${suffix}`)),
      arrived: () => textOf(`${trouble}/arrived/${id}`),
    };
  }
  const hello = { to: { group: "495" }, text: "Hello" };

  async function assertFails(name, promise, kind, outcome) {
    const error = await promise.then(
      (value) => Promise.reject(new Error(`${name}: ${JSON.stringify(value)}`)),
      (error) => error,
    );
    ok(isChaskiError(error), `${name}: ${error?.stack ?? error}`);
    same([error.kind, error.outcome, error.provider], [kind, outcome, "whatspie"], `${name}: ${error.message}`);
    return error;
  }

  /** A send that fails so, and that the server has seen exactly once. */
  async function assertOnce(name, kind, outcome, options) {
    const { client, seen } = troubled(name);
    const error = await assertFails(name, client.send(hello, options), kind, outcome);
    same(await seen(), 1, name);
    return error;
  }

  return {
    async "a message arrives through each provider, once"() {
      for (const provider of Object.keys(accounts)) {
        const text = `Hello ${crypto.randomUUID()}`;
        const receipt = await clientOf(provider).send({ to: { group: groups[provider] }, text });
        same(receipt.outcome, "accepted", provider);
        const messages = JSON.parse(await textOf(`${sandbox}/_sandbox/messages?provider=${provider}`));
        same(messages.filter((message) => message.text === text).length, 1, provider);
      }
    },

    async "the other calls are answered too, where there are any"() {
      for (const { slug, calls } of providers()) {
        const client = clientOf(slug);
        if (calls.includes("check_account")) ok((await client.check()).connected !== false, slug);
        if (calls.includes("list_groups")) ok(Array.isArray((await client.groups()).items), slug);
        if (calls.includes("quota")) ok((await client.quota()).raw, slug);
        if (calls.includes("message_status")) {
          const { id, job } = await client.send({ to: { group: groups[slug] }, text: "Hello" });
          if (id ?? job) ok((await client.status(String(id ?? job))).status, slug);
        }
      }
    },

    async "twenty at a time keep to themselves"() {
      const texts = Array.from({ length: 20 }, () => `Hello ${crypto.randomUUID()}`);
      const client = clientOf("whatspie");
      const receipts = await Promise.all(texts.map((text) => client.send({ to: { group: groups.whatspie }, text })));
      same(new Set(receipts.map(({ id, job }) => id ?? job)).size, 20);
    },

    async "who has aborted before sends nothing"() {
      const { client, seen } = troubled("fine");
      const why = new Error("changed my mind");
      const error = await assertFails("before", client.send(hello, { signal: AbortSignal.abort(why) }), "rejected", "rejected");
      ok(error.cause === why, "the reason is the cause");
      same(await seen(), 0);
    },

    async "who aborts while it is under way is told that it may have been done"() {
      for (const name of ["silent", "begun"]) {
        const { client, seen, arrived } = troubled(name);
        const controller = new AbortController();
        const failed = assertFails(name, client.send(hello, { signal: controller.signal }), "lost", "ambiguous");
        await Promise.race([arrived(), failed]);
        controller.abort("enough");
        same((await failed).cause, "enough");
        same(await seen(), 1, name);
      }
    },

    async "a timeout ends the wait for an answer, and for its end"() {
      for (const name of ["silent", "begun"]) {
        const error = await assertOnce(name, "lost", "ambiguous", { timeout: 300 });
        ok(error.message.includes("300 ms"), error.message);
      }
      const { client } = troubled("silent", { timeout: 100 });
      await assertFails("timeout of the client", client.check(), "lost", "ambiguous");
    },

    async "no timeout and a long one are both kept"() {
      const { client } = troubled("fine", { timeout: 0 });
      for (const timeout of [undefined, 0, Infinity, 2 ** 40, 10_000]) await client.send(hello, { timeout });
    },

    async "a connection that breaks loses the message, without a second try"() {
      for (const name of ["reset", "closed", "cut-off"]) {
        // The first one opens the connections that the next ones may use again: there, too, nothing is sent twice.
        await clientOf("whatspie").check();
        await troubled("fine").client.send(hello);
        ok((await assertOnce(name, "lost", "ambiguous")).cause, name);
      }
    },

    async "where nobody listens, nothing was sent"() {
      const client = new Chaski({ provider: "whatspie", ...accounts.whatspie, baseUrl: NOBODY });
      const [kind, outcome] = tellsRefused ? ["offline", "rejected"] : ["lost", "ambiguous"];
      ok((await assertFails("refused", client.send(hello), kind, outcome)).cause, "what fetch threw is the cause");
    },

    async "a redirect is not followed"() {
      for (const name of ["301", "302", "307", "308"]) {
        const { client, seen } = troubled(name);
        const error = await client.send(hello).catch((error) => error);
        ok(isChaskiError(error), `${name}: ${error?.stack}`);
        same([await seen(), await seen("-followed")], [1, 0], name);
      }
    },

    async "an answer without end is cut off"() {
      const error = await assertOnce("endless", "malformed", "ambiguous", { timeout: 20_000 });
      same(error.status, 200);
    },

    async "an error page is told with its status"() {
      same((await assertOnce("html", "unavailable", "ambiguous")).status, 502);
    },
  };
}

async function textOf(url) {
  return (await fetch(url)).text();
}
