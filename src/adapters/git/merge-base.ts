import { GateError } from "../../core/model/gate-error.ts";
import type { Checkout } from "./checkout.ts";
import { fetchObjects, isShallow, shortId } from "./fetch.ts";

/** Commits added to both histories in each round. Most branches are younger than the first; then all there is. */
const DEEPENING: readonly string[] = ["--deepen=32", "--deepen=256", "--deepen=2048", "--unshallow"];

interface Ends {
  readonly head: string;
  readonly tip: { readonly sha: string; readonly name: string };
}

/** Where HEAD left the base. A shallow history is deepened until it shows. */
export async function mergeBase(checkout: Checkout, ends: Ends): Promise<string> {
  for (const deepening of DEEPENING) {
    const found = await commonAncestor(checkout, ends);
    if (found !== undefined) return found;
    if (!(await isShallow(checkout))) break;
    await deepen(checkout, ends, deepening);
  }
  const found = await commonAncestor(checkout, ends);
  if (found !== undefined) return found;
  throw new GateError(
    "config",
    `git: HEAD (${shortId(ends.head)}) and ${ends.tip.name} have no commit in common, so there is no base to build`,
  );
}

async function commonAncestor({ git, signal }: Checkout, { head, tip }: Ends): Promise<string | undefined> {
  const found = await git(["merge-base", head, tip.sha], { signal });
  return found.ok ? found.text.trim() : undefined;
}

/** HEAD may be a commit that the remote does not know; the base is one it does. */
async function deepen(checkout: Checkout, { head, tip }: Ends, deepening: string): Promise<void> {
  const both = await fetchObjects(checkout, [head, tip.sha], [deepening]);
  const end = both.ok ? both : await fetchObjects(checkout, [tip.sha], [deepening]);
  if (end.ok) return;
  throw new GateError("config", `git: where HEAD left ${tip.name} is beyond this shallow checkout and ${end.reason}`);
}
