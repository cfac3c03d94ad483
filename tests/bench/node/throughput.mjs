// `node throughput.mjs MILLISECONDS ROUNDS`: the npm module in Node against what one would call instead, by turns. Prints JSON:
// for each comparison the times a second of each round.

import a1base from "a1base-node";
import { Chaski } from "../../../build/npm/index.js";
import { message } from "../support/messages.mjs";
import { samples } from "../support/samples.mjs";
import { Message } from "../subjects/lib/message.js";

const [milliseconds, count] = process.argv.slice(2).map(Number);
const json = { "content-type": "application/json" };

/** Who does the work of one send: reading and checking the message, the gateway's request, its answer. */
function workersOf({ account, group, answer }) {
  const client = new Chaski(account);
  const said = { ...message, to: { group } };
  const call = { send_message: said };
  const text = JSON.stringify(answer);
  const body = JSON.parse(client.request(call).body);
  const plain = () => JSON.stringify(body).length + Object.keys(JSON.parse(text)).length;
  return {
    chaski: () => client.request(call).body.length + client.reply(call, { status: 200, headers: json, body: text }).status.length,
    json: plain,
    zod: () => Message.parse(said).text.length + plain(),
  };
}

/** The same with all that a client does around it, and an answer at once. */
function clients() {
  const { account, group, answer } = samples.find(({ account }) => account.provider === "a1base");
  const text = JSON.stringify(answer);
  const client = new Chaski({ ...account, fetch: async () => new Response(text, { headers: json }) });
  const vendor = new a1base.A1BaseAPI({ credentials: { apiKey: account.api_key, apiSecret: account.api_secret } });
  vendor.apiService.axiosInstance.defaults.adapter = async (config) => ({ data: text, status: 200, statusText: "OK", headers: json, config });
  // Ten a second, if nobody tells it otherwise.
  vendor.apiService.rateLimitConfig = { requestsPerSecond: Infinity, maxQueueSize: Infinity, retryAfter: 0 };
  const data = { from: account.from, thread_id: group, service: "whatsapp", content: message.text };
  return {
    chaski: () => client.send({ ...message, to: { group } }),
    "a1base-node": () => vendor.sendGroupMessage(account.account_id, data),
  };
}

function perSecond(work) {
  const started = performance.now();
  let times = 0;
  let left;
  do {
    for (let some = 0; some < 50; some += 1) work();
    times += 50;
    left = milliseconds - (performance.now() - started);
  } while (left > 0);
  return (times / (milliseconds - left)) * 1000;
}

async function perSecondAwaited(work) {
  const started = performance.now();
  let times = 0;
  while (performance.now() - started < milliseconds) {
    for (let some = 0; some < 10; some += 1) await work();
    times += 10;
  }
  return (times / (performance.now() - started)) * 1000;
}

async function byTurns(workers, measure) {
  const names = Object.keys(workers);
  const found = Object.fromEntries(names.map((name) => [name, []]));
  for (let round = -1; round < count; round += 1) {
    for (const name of names) {
      const value = await measure(workers[name]);
      // The first round is for V8.
      if (round >= 0) found[name].push(value);
    }
  }
  return found;
}

const found = {};
for (const sample of samples) found[sample.account.provider] = await byTurns(workersOf(sample), perSecond);
found.clients = await byTurns(clients(), perSecondAwaited);
console.log(JSON.stringify(found));
