// CommonJS: Node loads the module by `require`.

import chaski = require("chaski");
import edge = require("chaski/edge");

const wa: chaski.Chaski = new chaski.Chaski({ provider: "whatspie", token: "token" });
const guard: (value: unknown) => boolean = edge.isChaskiError;
export = { wa, guard };
