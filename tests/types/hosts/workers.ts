// Cloudflare Workers: secrets by `env`, and a Worker behind a service binding.

import { Chaski } from "chaski";
import { Edge } from "chaski/edge";

interface Env {
  WHATSPIE_TOKEN: string;
  CHASKI: Fetcher;
}

export default {
  async fetch(request, env) {
    const wa = new Chaski({ provider: "whatspie", token: env.WHATSPIE_TOKEN });
    await wa.send({ to: { group: "495" }, text: "Hello" }, { signal: request.signal });
    const edge = new Edge({ url: "https://chaski", key: "key", fetch: (url, init) => env.CHASKI.fetch(url, init) });
    return Response.json(await edge.connections());
  },
} satisfies ExportedHandler<Env>;
