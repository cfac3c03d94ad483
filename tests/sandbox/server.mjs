// One HTTP server that plays five WhatsApp gateways, each under its own path prefix.

import { createServer } from "node:http";
import a1base from "./a1base.mjs";
import gowhatsapp from "./gowhatsapp.mjs";
import wachat from "./wachat.mjs";
import whatspie from "./whatspie.mjs";
import whatsspot from "./whatsspot.mjs";
import { lines, object, oneOf, text } from "./check.mjs";
import { createControl } from "./control.mjs";
import { deliver, write } from "./deliver.mjs";
import { createFaults } from "./faults.mjs";
import { MAX_BODY, readBody } from "./http.mjs";
import { createLife } from "./life.mjs";
import { createSubscriber } from "./subscriber.mjs";
import { createWebhooks } from "./webhooks.mjs";

const vendors = { whatspie, gowhatsapp, wachat, a1base, whatsspot };
const SECRET_HEADERS = ["authorization", "apikey", "x-api-key", "x-api-secret", "cookie", "proxy-authorization"];
const MAX_REQUESTS = 10_000;

// Only these two tell how far a message is, by the id that they gave in their answer.
const checkSettlement = object({
  required: { status: oneOf("queued", "sent", "delivered", "read", "failed") },
  optional: { provider: oneOf("whatspie", "wachat"), to: text() },
});

/**
 * Starts a sandbox in this process.
 *
 * - `onMessage`: called with the record of each message the moment it is taken, before it is answered.
 * - `onRequest`: called with the record of each request to a vendor, before it is taken or answered.
 * - `onEvent`: called with `{ id, at, event }` for each event that its subscriber takes.
 * - `choose`: called with each good request that no rule fits, as `{ provider, method, path, to, text }`; the `{ fault }` or
 *   `{ scenario }` that it returns holds for this request.
 * - `first`: the number of the first message, from which the ids follow.
 * - `webhooks`: where the vendors' webhooks go, `{ whatspie: { url }, gowhatsapp: { url, secret }, … }`; without it nowhere.
 * - `pause`: how long, in ms, it takes a message from one step of its life to the next.
 */
export async function startSandbox({
  port = 0,
  host = "127.0.0.1",
  quiet = true,
  onMessage,
  onRequest,
  onEvent,
  choose,
  first = 1,
  webhooks: targets = {},
  pause = 600,
} = {}) {
  let messages, requests, seen, handlers, settlements;
  const faults = createFaults(vendors, choose);
  const stopping = new AbortController();
  const webhooks = createWebhooks({ pause });
  webhooks.aim(targets);
  const life = createLife({ webhooks, pause });
  const subscriber = createSubscriber(onEvent);

  function reset() {
    messages = [];
    requests = [];
    seen = 0;
    settlements = [];
    faults.clear();
    life.end();
    subscriber.clear();
    // Ids follow from the number of the message, so that runs can be compared.
    const world = { n: () => messages.length + first, now: () => new Date().toISOString(), settled };
    handlers = Object.fromEntries(Object.values(vendors).map((vendor) => [vendor.slug, vendor.open(world)]));
  }
  const isMeant = (each, provider, to) => (each.provider ?? provider) === provider && to.some((one) => one.includes(each.to ?? ""));
  const settled = (provider, { to, id }) =>
    settlements.findLast((each) => isMeant(each, provider, to))?.status ?? life.statusOf(provider, id);
  reset();
  const control = createControl({ vendors, faults, reset, messages: () => messages, requests: () => requests, webhooks, life, subscriber });

  function take(request, { message, taken }) {
    taken?.();
    if (!message) return;
    const { to, kind, text, body, id } = message;
    const record = {
      n: messages.length + first,
      provider: request.provider,
      at: new Date().toISOString(),
      to,
      kind,
      text,
      body,
      headers: withoutSecrets(request.headers),
      id,
    };
    messages.push(record);
    if (!quiet) console.log(describe(record));
    onMessage?.(record);
    life.begin(record);
  }

  function note(request, answer, picked) {
    const answered = picked ? picked.fault.status ?? picked.fault.html ?? picked.fault.empty : undefined;
    const silent = picked?.kind === "hang" || picked?.kind === "reset";
    const record = {
      n: (seen += 1),
      provider: request.provider,
      at: new Date().toISOString(),
      method: request.method,
      path: request.path,
      headers: withoutSecrets(request.headers),
      status: silent ? null : picked?.kind === "truncate" ? 200 : (answered ?? answer.status),
      taken: answer.status < 400 && (picked?.taken ?? true),
      fault: picked?.fault ?? null,
      refusal: answer.status < 400 ? null : answer.body,
    };
    requests.push(record);
    if (requests.length > MAX_REQUESTS) requests.shift();
    onRequest?.(record);
  }

  async function serve(req, res) {
    const [path, search = ""] = req.url.split(/\?(.*)/s);
    const vendor = Object.values(vendors).find(({ slug }) => path.startsWith(`/${slug}/`));
    const body = await readBody(req, vendor?.maxBody ?? MAX_BODY);
    const request = {
      provider: vendor?.slug ?? null,
      method: req.method,
      path,
      query: new URLSearchParams(search),
      headers: req.headers,
      body,
    };

    if (/^\/_sandbox(\/|$)/.test(path)) {
      return write(res, body ? await control(request) : { status: 413, body: { error: "body too large" } });
    }
    const answer = answerOf(vendor, request);
    const picked =
      answer.status < 400 ? faults.pick({ ...request, to: answer.message?.to ?? [], text: answer.message?.text }) : null;
    note(request, answer, picked);
    if (answer.status < 400 && (picked?.taken ?? true)) take(request, answer);
    return deliver(res, answer, picked, stopping.signal);
  }

  function answerOf(vendor, request) {
    if (!vendor) return { status: 404, body: { error: `no provider at ${request.path}; see /_sandbox` } };
    if (request.body === null) return vendor.refuse(413, "Request Entity Too Large");
    try {
      return handlers[vendor.slug]({ ...request, path: request.path.slice(vendor.slug.length + 1) });
    } catch (error) {
      console.error(error);
      return { status: 500, body: { error: `the sandbox failed: ${error.message}` } };
    }
  }

  const server = createServer((req, res) => {
    serve(req, res).catch((error) => {
      // A client that left and a sandbox that stops are no news; anything else is a mistake in here.
      if (!req.destroyed && !stopping.signal.aborted) console.error(error);
      res.destroy();
    });
  });
  // Longer than any pause in a test: a kept connection must not be closed under a client's next request.
  server.keepAliveTimeout = 120_000;
  await new Promise((resolve, reject) => server.once("error", reject).listen(port, host, resolve));
  const { port: bound } = server.address();

  return {
    url: `http://${host.includes(":") ? `[${host}]` : host}:${bound}`,
    port: bound,
    messages: () => structuredClone(messages),
    requests: () => structuredClone(requests),
    reset,
    // Adds a rule and returns a function that removes it; throws a RangeError for an invalid rule.
    fail: (rule) => faults.add(rule).remove,
    heal: () => faults.clear(),
    // From now on the vendors' webhooks go there; throws a RangeError for what cannot be.
    aim: (targets) => webhooks.aim(targets),
    // Somebody writes in a chat: { provider, group | phone, text, name? }. Resolves to { value, problem? }: the webhook.
    say: (saying) => life.say(saying),
    // What its subscriber got: { id, at, event } for each.
    received: () => structuredClone(subscriber.received()),
    // From now on the status calls tell this of messages by this vendor and to this recipient; the latest word counts.
    settle(settlement) {
      const problems = checkSettlement(settlement);
      if (problems.length) throw new RangeError(lines(problems).join("; "));
      settlements.push({ ...settlement });
    },
    async stop() {
      stopping.abort();
      life.end();
      const closed = new Promise((resolve) => server.close(resolve));
      server.closeAllConnections();
      await closed;
    },
  };
}

const withoutSecrets = (headers) =>
  Object.fromEntries(Object.entries(headers).filter(([name]) => !SECRET_HEADERS.includes(name)));

// One line, with nothing in it that a terminal would obey and little of the recipient.
function describe({ provider, kind, to, text }) {
  const ending = to[0].split("@")[0].slice(-2);
  const more = to.length > 1 ? ` and ${to.length - 1} more` : "";
  const said = [...text.replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]+/gu, " ")].slice(0, 40).join("");
  return `${provider} ${kind} ..${ending}${more} "${said}"`;
}
