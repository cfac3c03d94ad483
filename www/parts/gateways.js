// The five gateways as the page shows them: an account with nobody's keys, and what one group is called at each.

/** What stands as "$NAME" is a secret, which the page neither has nor needs. */
export const gateways = [
  {
    name: "Whatspie",
    account: { provider: "whatspie", token: "$WHATSPIE_TOKEN", device: "6281776521626" },
    group: "495",
  },
  {
    name: "Go WhatsApp Multi-Session",
    account: { provider: "gowhatsapp", base_url: "https://gowhatsapp.example.com", token: "$GOWHATSAPP_TOKEN" },
    group: "120363025246125016@g.us",
  },
  {
    name: "WAChat",
    account: { provider: "wachat", api_key: "$WACHAT_KEY" },
    group: "6285156055377-1607992695",
  },
  {
    name: "A1Base",
    account: { provider: "a1base", account_id: "your-account", api_key: "$A1BASE_KEY", api_secret: "$A1BASE_SECRET", from: "+14155552671" },
    group: "group-thread-id-123",
  },
  {
    name: "WhatsSpot",
    account: { provider: "whatsspot", api_key: "$WHATSSPOT_KEY" },
    group: "120363025246125016@g.us",
  },
];

/** The alias that the examples use: your name for a group, which each gateway calls otherwise. */
export const alias = "ops-team";
