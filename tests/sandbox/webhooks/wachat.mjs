// WAChat's "Inbox Push URL": apidoc.wachat-api.com. A form of five fields that tells neither a group nor a delivery,
// and is not signed.

import { text } from "../check.mjs";
import { GATEWAY } from "../wachat.mjs";

const received = ({ id, member, text, at }) => ({
  id: String(Number.parseInt(id, 16)),
  gateway_number: GATEWAY,
  originator: member.phone,
  // Its form is not on the page: that of the dates in the API's answers, without a zone.
  receive_date: at.toISOString().slice(0, 19),
  msg: text,
});

export default {
  settings: {},
  group: text({ max: 128 }),
  received,
  reports: {},
  type: "application/x-www-form-urlencoded",
  write: (value) => new URLSearchParams(value).toString(),
};
