// The sandbox's own routes under /_sandbox, for tests that run in another process.

import { dispatch, readJson } from "./http.mjs";

const refuse = (status, error) => ({ status, body: { error } });

const HELP = {
  sandbox: "plays whatspie, gowhatsapp, wachat, a1base and whatsspot under /<provider>/...",
  keys: {
    whatspie: "Authorization: Bearer sandbox-token",
    gowhatsapp: "Authorization: Bearer sandbox-token",
    wachat: "APIKey: sandbox-key, Accept: application/json",
    a1base: "X-API-Key: sandbox-key, X-API-Secret: sandbox-secret, account acc-sandbox",
    whatsspot: "x-api-key: sandbox-key",
  },
  routes: {
    "GET /_sandbox/messages?provider=": "what has reached WhatsApp",
    "GET /_sandbox/requests?provider=": "every request and how it was answered",
    "GET /_sandbox/faults": "the rules and how often each was used",
    "POST /_sandbox/faults": "adds a rule {provider?, method?, path?, to?, times?, probability?, seed?, fault | scenario}",
    "DELETE /_sandbox/faults": "removes all rules",
    "POST /_sandbox/reset": "forgets messages, requests and rules",
  },
  faults: [
    { status: 503, headers: { "retry-after": "7" }, body: { any: "JSON" }, taken: false },
    { status: 502, own: true },
    { reset: "before" },
    { reset: "after" },
    { hang: true, taken: true },
    { html: 502, taken: false },
    { truncate: true },
    { slow: 500 },
    { hold: true },
    { drip: { bytes: 8, ms: 20 } },
    { empty: 200 },
  ],
};

export function createControl({ vendors, faults, messages, requests, reset }) {
  const ok = (body) => ({ status: 200, body });
  const scenarios = Object.fromEntries(Object.values(vendors).map((each) => [each.slug, Object.keys(each.scenarios)]));
  const filtered = (read) => (request) => {
    const provider = request.query.get("provider");
    if (provider !== null && !Object.hasOwn(vendors, provider)) return refuse(400, `unknown provider ${provider}`);
    return ok(read().filter((each) => provider === null || each.provider === provider));
  };

  function addFault(request) {
    const { value, problem } = readJson(request);
    if (problem) return refuse(400, problem);
    try {
      return { status: 201, body: { id: faults.add(value).id } };
    } catch (error) {
      if (error instanceof RangeError) return refuse(400, error.message);
      throw error;
    }
  }

  function resetAll() {
    reset();
    return ok({ reset: true });
  }

  const routes = [
    ["GET", /^\/_sandbox\/?$/, () => ok({ ...HELP, scenarios })],
    ["GET", /^\/_sandbox\/messages$/, filtered(messages), ["provider"]],
    ["GET", /^\/_sandbox\/requests$/, filtered(requests), ["provider"]],
    ["GET", /^\/_sandbox\/faults$/, () => ok(faults.list())],
    ["POST", /^\/_sandbox\/faults$/, addFault],
    ["DELETE", /^\/_sandbox\/faults$/, () => ok({ removed: faults.clear() })],
    ["POST", /^\/_sandbox\/reset$/, resetAll],
  ];
  return (request) => dispatch(routes, request, refuse);
}
