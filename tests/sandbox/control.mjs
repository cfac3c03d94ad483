// The sandbox's own routes under /_sandbox, for tests that run in another process.

import { dispatch, readJson } from "./http.mjs";
import { SECRET } from "./subscriber.mjs";

const refuse = (status, error) => ({ status, body: { error } });

const HELP = {
  routes: {
    "GET /_sandbox/messages?provider=": "what has reached WhatsApp",
    "GET /_sandbox/requests?provider=": "every request and how it was answered",
    "GET /_sandbox/faults": "the rules and how often each was used",
    "POST /_sandbox/faults": "adds a rule {provider?, method?, path?, to?, times?, probability?, seed?, fault | scenario}",
    "DELETE /_sandbox/faults": "removes all rules",
    "POST /_sandbox/webhooks": "where the vendors' webhooks go, {whatspie: {url, version?}, gowhatsapp: {url, secret}, wachat: {url}, a1base: {url, secret?}, whatsspot: {url, secret?}}; {} for nowhere",
    "POST /_sandbox/say": "somebody writes in a chat, {provider, group | phone, text, name?}",
    "POST /_sandbox/subscriber": "takes Standard Webhooks signed with " + SECRET,
    "GET /_sandbox/subscriber": "the last 1000 of those",
    "POST /_sandbox/reset": "forgets messages, requests, rules and what the subscriber got",
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

export function createControl({ vendors, faults, messages, requests, reset, webhooks, life, subscriber }) {
  const ok = (body) => ({ status: 200, body });
  const each = (tell) => Object.fromEntries(Object.values(vendors).map((vendor) => [vendor.slug, tell(vendor)]));
  const sandbox = `plays ${Object.keys(vendors).join(", ")} under /<provider>/...`;
  const help = { sandbox, keys: each(({ key }) => key), ...HELP, scenarios: each(({ scenarios }) => Object.keys(scenarios)) };
  const filtered = (read) => (request) => {
    const provider = request.query.get("provider");
    if (provider !== null && !Object.hasOwn(vendors, provider)) return refuse(400, `unknown provider ${provider}`);
    return ok(read().filter((each) => provider === null || each.provider === provider));
  };

  // What does not fit is told by a RangeError.
  const given = (act) => async (request) => {
    const { value, problem } = readJson(request);
    if (problem) return refuse(400, problem);
    try {
      return await act(value);
    } catch (error) {
      if (error instanceof RangeError) return refuse(400, error.message);
      throw error;
    }
  };

  const addFault = given((rule) => ({ status: 201, body: { id: faults.add(rule).id } }));

  const aim = given((targets) => {
    webhooks.aim(targets);
    return ok({ webhooks: Object.keys(targets) });
  });

  const say = given(async (saying) => {
    const { value, problem } = await life.say(saying);
    return problem ? refuse(502, `the webhook was not taken: ${problem}`) : ok({ webhook: value });
  });

  function resetAll() {
    reset();
    return ok({ reset: true });
  }

  const routes = [
    ["GET", /^\/_sandbox\/?$/, () => ok(help)],
    ["GET", /^\/_sandbox\/messages$/, filtered(messages), ["provider"]],
    ["GET", /^\/_sandbox\/requests$/, filtered(requests), ["provider"]],
    ["GET", /^\/_sandbox\/faults$/, () => ok(faults.list())],
    ["POST", /^\/_sandbox\/faults$/, addFault],
    ["DELETE", /^\/_sandbox\/faults$/, () => ok({ removed: faults.clear() })],
    ["POST", /^\/_sandbox\/webhooks$/, aim],
    ["POST", /^\/_sandbox\/say$/, say],
    ["POST", /^\/_sandbox\/subscriber$/, subscriber.take],
    ["GET", /^\/_sandbox\/subscriber$/, () => ok(subscriber.received())],
    ["POST", /^\/_sandbox\/reset$/, resetAll],
  ];
  return (request) => dispatch(routes, request, refuse);
}
