import * as chaski from "chaski";
import { checksOf, runChecks } from "../../../checks.mjs";
import fixtures from "../../../fixtures.mjs";

export const dynamic = "force-dynamic";

export async function GET() {
  return Response.json(await runChecks(checksOf(chaski, fixtures)));
}
