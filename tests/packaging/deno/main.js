import * as chaski from "chaski";
import { checksOf, runChecks } from "./checks.mjs";
import fixtures from "./fixtures.mjs";
import { wireChecksOf } from "./wire.mjs";

const servers = JSON.parse(process.argv[2]);
console.log(JSON.stringify(await runChecks({ ...checksOf(chaski, fixtures), ...wireChecksOf(chaski, servers) })));
