/** Asks a server to forget its prefix cache, and reads what it says of it: a status alone proves nothing. */
import type { CacheReset } from "../../gate/ports.ts";
import type { PageReply, Pages } from "./dialects/dialect.ts";
import { isObject, parseJson } from "./json.ts";
import { errorMessage } from "./server-error.ts";

export function resetBy(path: string): (pages: Pages) => Promise<CacheReset> {
  return async (pages) => outcomeOf(path, await pages.post(path));
}

/** Statuses of a server that has no such page, or not with the flags it was started with. */
const absent = new Set([401, 403, 404, 405, 501]);

/** vLLM answers 200 with `{"success": false}` while requests run, SGLang 400. */
function outcomeOf(path: string, { status, text }: PageReply): CacheReset {
  if (status === undefined) return { kind: "refused", reason: `${path} got no answer` };
  if (absent.has(status)) return { kind: "none" };
  const body = parseJson(text)?.value;
  const isDenied = isObject(body) && body["success"] === false;
  if (status < 300 && !isDenied) return { kind: "reset" };
  const said = errorMessage(text);
  return { kind: "refused", reason: `${path} answered ${status}${said === "" ? "" : `: ${said}`}` };
}
