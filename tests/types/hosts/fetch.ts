// What the host itself brings fits, where it has `fetch`.

import { Chaski, type Call } from "chaski";
import { Edge } from "chaski/edge";

const wa = new Chaski({ provider: "whatspie", token: "token", fetch });
const edge = new Edge({ url: "http://localhost:8787", key: "key", fetch });
const { signal } = new AbortController();

await wa.send({ to: { group: "495" }, text: "Hello" }, { signal });
await wa.check({ signal: AbortSignal.timeout(1000) });
await edge.connections({ signal });

// One's own, around the host's.
new Chaski({ provider: "whatspie", token: "token", fetch: (url, init) => fetch(url, init) });
new Chaski({
  provider: "whatspie",
  token: "token",
  fetch: async (url, init) => {
    const { method, headers } = init;
    const response = await fetch(url, { ...init, headers: { ...headers, "x-trace": method } });
    return new Response(await response.text(), { status: response.status, headers: response.headers });
  },
});

const call = { list_groups: {} } satisfies Call;
const { url, ...request } = wa.request(call);
const response = await fetch(url, { ...request, redirect: "manual" });
wa.reply(call, { status: response.status, headers: response.headers, body: await response.text() });
wa.reply(call, { status: response.status, headers: response.headers, body: await response.arrayBuffer() });

// @ts-expect-error its body must be read first
wa.reply(call, response);
// @ts-expect-error a controller is no signal
await wa.check({ signal: new AbortController() });
// @ts-expect-error no function like fetch
new Chaski({ provider: "whatspie", token: "token", fetch: (url: number) => fetch(String(url)) });
// @ts-expect-error no answer
new Chaski({ provider: "whatspie", token: "token", fetch: async () => ({ ok: true }) });
