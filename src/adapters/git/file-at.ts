import { isAbsolute, posix, relative } from "node:path";
import type { Stored } from "../../gate/ports.ts";
import type { Checkout } from "./checkout.ts";
import { shortId } from "./fetch.ts";

/**
 * A file of a commit that is here.
 *
 * The path is meant as one of the checkout: relative to the folder we stand in, which may be below the root, or absolute.
 */
export async function fileAt(checkout: Checkout, sha: string, path: string): Promise<Stored<string>> {
  const { git, signal, root, prefix, folder } = checkout;
  const inside = posix.normalize(`${prefix}${isAbsolute(path) ? relative(folder, path) : path}`);
  const label = `${inside} of ${shortId(sha)}`;
  const unreadable = (reason: string) => ({ kind: "unreadable", path: label, reason }) as const;
  if (inside.split("/").includes("..")) {
    return unreadable(`${path} leads out of the repository ${root}; expected a file in it`);
  }
  const listed = await git(["ls-tree", "-z", "--full-tree", "--", sha, inside], { signal });
  if (!listed.ok) return unreadable(listed.reason);
  const [, mode = "", id = "", name] = /^(\d+) \S+ ([0-9a-f]+)\t([^\0]*)\0/.exec(listed.text) ?? [];
  if (name !== inside) return { kind: "missing" };
  if (!mode.startsWith("100")) return unreadable(`${inside} is no plain file in ${shortId(sha)}; expected one`);
  const content = await git(["cat-file", "blob", id], { signal });
  return content.ok ? { kind: "found", value: content.text, path: label } : unreadable(content.reason);
}
