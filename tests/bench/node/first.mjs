// `node first.mjs chaski|zod|a1base-node`: milliseconds from the import to the first request that is built.

import { message } from "../support/messages.mjs";

const account = { provider: "a1base", account_id: "bench-account", api_key: "bench-key", api_secret: "bench-secret", from: "+14155552671" };

const first = {
  async chaski() {
    const { Chaski } = await import("../../../build/npm/index.js");
    return new Chaski(account).request({ send_message: message }).body;
  },
  async zod() {
    const { Message } = await import("../subjects/lib/message.js");
    const { text } = Message.parse(message);
    return JSON.stringify({ from: account.from, thread_id: message.to.group, service: "whatsapp", content: text });
  },
  async "a1base-node"() {
    const { default: { A1BaseAPI } } = await import("a1base-node");
    const vendor = new A1BaseAPI({ credentials: { apiKey: account.api_key, apiSecret: account.api_secret } });
    let body;
    vendor.apiService.axiosInstance.defaults.adapter = async (config) => ((body = config.data), { data: "{}", status: 200, headers: {}, config });
    await vendor.sendGroupMessage(account.account_id, { from: account.from, thread_id: message.to.group, service: "whatsapp", content: message.text });
    return body;
  },
};

const started = performance.now();
const body = await first[process.argv[2]]();
const took = performance.now() - started;
if (JSON.parse(body).content !== message.text) throw new Error("not the request");
console.log(took);
