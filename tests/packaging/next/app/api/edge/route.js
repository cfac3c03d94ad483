import * as chaski from "chaski";
import { checksOf, runChecks } from "../../../checks.mjs";
import fixtures from "../../../fixtures.mjs";

export const runtime = "edge";

export async function GET() {
  return Response.json(await runChecks(checksOf(chaski, fixtures)));
}
