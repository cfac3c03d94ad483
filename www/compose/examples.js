// Messages to begin with. Every number and address in them is made up or a vendor's own sample.

import { alias } from "../parts/gateways.js";

const to = { group: alias };

/** An hour from now, to the minute. */
const later = () => `${new Date(Date.now() + 3_600_000).toISOString().slice(0, 16)}:00Z`;

export const examples = {
  Text: () => ({ to, text: "Deploy 42 is live. Thank you, team!" }),
  Mention: () => ({ to, text: "@62856123456, can you have a look?", mentions: ["+62856123456"] }),
  Image: () => ({ to, text: "Last night, from the roof", media: { kind: "image", url: "https://example.com/roof.jpg" } }),
  Document: () => ({ to, media: { kind: "document", url: "https://example.com/report.pdf", filename: "report.pdf" } }),
  Reply: () => ({ to, text: "Done.", reply_to: "3EB0ABC123DEF456789", typing: true }),
  Later: () => ({ to, text: "Stand-up in ten minutes", send_at: later() }),
};
