// An account is the one or the other provider's: a missing field, a wrong one and another provider's do not compile.

import { Chaski, type Account, type ChaskiOptions, type ProviderSlug, type WhatspieAccount } from "chaski";
import type { Equal, Expect } from "./expect.js";

declare const env: Record<"SET", string> & Record<"UNSET", string | undefined>;

export const all: ChaskiOptions[] = [
  { provider: "whatspie", token: env.SET, device: "6281776521626" },
  { provider: "gowhatsapp", base_url: "http://localhost:7001", token: env.SET, webhook_secret: env.SET },
  { provider: "gowhatsapp", baseUrl: "http://localhost:7001", token: env.SET },
  { provider: "wachat", api_key: env.SET, device_id: "1", sender: "62855" },
  { provider: "a1base", account_id: "1", api_key: env.SET, api_secret: env.SET, from: "+14155552671", dialect: "content" },
  { provider: "whatsspot", api_key: env.SET, baseUrl: "https://proxy.example.com/whatsspot" },
  { provider: "whatspie", token: env.SET, number: env.UNSET, inbound_key: undefined, pace: { per_minute: 20, burst: undefined } },
  { provider: "whatspie", token: env.SET, timeout: 0, fetch: undefined },
];

new Chaski({ provider: "whatspie", token: env.SET });
export const stored = { provider: "whatspie", token: env.SET } as const satisfies WhatspieAccount;
new Chaski(stored);
new Chaski({ ...stored, timeout: 1000 });

// @ts-expect-error the token is missing
new Chaski({ provider: "whatspie" });
// @ts-expect-error the token may be missing
new Chaski({ provider: "whatspie", token: env.UNSET });
// @ts-expect-error the token is misspelled
new Chaski({ provider: "whatspie", tokn: env.SET });
// @ts-expect-error one member too many
new Chaski({ provider: "whatspie", token: env.SET, tokn: env.SET });
// @ts-expect-error another provider's field
new Chaski({ provider: "whatspie", token: env.SET, api_key: env.SET });
// @ts-expect-error another provider's field
new Chaski({ provider: "wachat", api_key: env.SET, webhook_secret: env.SET });
// @ts-expect-error another provider's fields
new Chaski({ provider: "whatsspot", token: env.SET });
// @ts-expect-error no provider
new Chaski({ token: env.SET });
// @ts-expect-error no such provider
new Chaski({ provider: "whatsapp", token: env.SET });
// @ts-expect-error neither base_url nor baseUrl
new Chaski({ provider: "gowhatsapp", token: env.SET });
// @ts-expect-error both spellings
new Chaski({ provider: "gowhatsapp", token: env.SET, base_url: "https://a.example", baseUrl: "https://b.example" });
// @ts-expect-error both spellings
new Chaski({ provider: "whatspie", token: env.SET, base_url: "https://a.example", baseUrl: "https://b.example" });
// @ts-expect-error no such dialect
new Chaski({ provider: "a1base", account_id: "1", api_key: env.SET, api_secret: env.SET, from: "+14155552671", dialect: "v2" });
// @ts-expect-error a number is a string
new Chaski({ provider: "whatspie", token: env.SET, device: 6281776521626 });
// @ts-expect-error no such pace
new Chaski({ provider: "whatspie", token: env.SET, pace: { per_hour: 20 } });
// @ts-expect-error milliseconds
new Chaski({ provider: "whatspie", token: env.SET, timeout: "30s" });
// @ts-expect-error no function
new Chaski({ provider: "whatspie", token: env.SET, fetch: true });
// @ts-expect-error nothing at all
new Chaski();

export type Tests = [
  Expect<Equal<Account["provider"], ProviderSlug>>,
  Expect<Equal<ChaskiOptions["provider"], ProviderSlug>>,
  // Words, not any text.
  Expect<Equal<string extends ProviderSlug ? true : false, false>>,
  Expect<Equal<Extract<ProviderSlug, "whatspie" | "nobody">, "whatspie">>,
];
