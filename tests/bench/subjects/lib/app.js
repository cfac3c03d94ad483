// The Worker that a good developer would write in an afternoon, with the same features as ours; of which Hono, and which
// schema of a message, is its caller's to say.

import { gateways, lacking } from "./gateways.js";
import { pointersOf } from "./pointers.js";
import { Problem, ask, isKey, unauthorized } from "./problem.js";

let configuration;
export const configOf = (env) => (configuration ??= JSON.parse(env.CHASKI_CONFIG));

export function appOf(app, Message) {
  app.onError((error) => {
    if (error instanceof Problem) return error.respond();
    return new Problem(500, "unavailable", "a fault in the Worker").respond();
  });

  app.use("/v1/*", async (context, next) => {
    if (!isKey(context.req.header("authorization") ?? null, `Bearer ${context.env.CHASKI_API_KEY}`)) throw unauthorized();
    await next();
  });

  app.post("/v1/send", async (context) => {
    const message = await read(context, Message);
    const { provider, ...account } = configOf(context.env).connections.a1;
    const { url, ...init } = built(provider, account, message);
    return context.json(gateways[provider].sent(await ask(url, init)));
  });

  app.post("/v1/messages/preview", async (context) => {
    const message = await read(context, Message);
    const { connections, routes, groups } = configOf(context.env);
    const names = message.via === undefined ? routes.default : [message.via].flat().flatMap((name) => routes[name] ?? [name]);
    const items = names.map((connection) => {
      const { provider, ...account } = connections[connection] ?? {};
      if (provider === undefined) throw wrong("/via", "no connection of this name");
      const to = message.to.group === undefined ? message.to : { group: groups[message.to.group]?.[connection] ?? message.to.group };
      return { connection, provider, request: masked(built(provider, account, { ...message, to })), error: null };
    });
    return noStore(context, { items, next: null });
  });

  app.get("/v1/connections/:name/groups", async (context) => {
    const { provider, ...account } = configOf(context.env).connections[context.req.param("name")] ?? {};
    if (provider === undefined) throw new Problem(404, "not_found", "no connection of this name");
    const { url, ...init } = gateways[provider].groups(account);
    return noStore(context, { items: gateways[provider].listed(await ask(url, init)), next: null });
  });

  return app;
}

export async function read(context, Message) {
  let json;
  try {
    json = await context.req.json();
  } catch {
    throw new Problem(400, "malformed", "the body is not JSON");
  }
  const { success, data, error } = Message.safeParse(json);
  if (!success) throw new Problem(422, "invalid", "the message is wrong", { errors: pointersOf(error.issues) });
  return data;
}

export function built(provider, account, message) {
  const missing = Array.isArray(message.to) ? ["to"] : lacking(gateways[provider], message);
  if (missing.length > 0) {
    const errors = missing.map((name) => ({ pointer: `/${name}`, detail: `${provider} cannot do this` }));
    throw new Problem(422, "unsupported", `${provider} cannot do this`, { errors });
  }
  return gateways[provider].send(account, message);
}

const wrong = (pointer, detail) => new Problem(422, "invalid", detail, { errors: [{ pointer, detail }] });

const SECRET = new Set(["authorization", "x-api-key", "x-api-secret", "apikey"]);

function masked({ headers, body, ...request }) {
  const shown = Object.entries(headers).map(([name, value]) => [name, SECRET.has(name) ? "***" : value]);
  return { ...request, headers: Object.fromEntries(shown), body: JSON.parse(body) };
}

function noStore(context, value) {
  return context.json(value, 200, { "cache-control": "no-store", "x-content-type-options": "nosniff" });
}
