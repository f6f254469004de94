import { mkdirSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "@jest/globals";
import { commit, git, newRepository, pullRequest, repositoryIn, shallowCheckout } from "./repositories.ts";

test("a file is read as it stands in the commit, whatever the checkout holds", async () => {
  const folder = newRepository();
  const before = commit(folder, { ".github/serving-gate.yml": "gate: {}\n", "-x": "dash" });
  commit(folder, { ".github/serving-gate.yml": "changed", "new.txt": "new" });
  const { fileAt } = repositoryIn(folder);
  const label = `.github/serving-gate.yml of ${before.slice(0, 12)}`;
  const found = { kind: "found", value: "gate: {}\n", path: label };
  expect(await fileAt(before, ".github/serving-gate.yml")).toEqual(found);
  expect(await fileAt(before, join(folder, ".github/serving-gate.yml"))).toEqual(found);
  expect(await fileAt(before, "./docs/../.github/serving-gate.yml")).toEqual(found);
  expect(await fileAt(before, "-x")).toMatchObject({ kind: "found", value: "dash" });
  expect(await fileAt(before, "new.txt")).toEqual({ kind: "missing" });
  expect(await fileAt(before, "*")).toEqual({ kind: "missing" });
});

test("in a folder below the root a path is meant from there", async () => {
  const folder = newRepository();
  const sha = commit(folder, { "gate.yml": "of the root", "serving/gate.yml": "of the folder" });
  const { fileAt } = repositoryIn(join(folder, "serving"));
  expect(await fileAt(sha, "gate.yml")).toMatchObject({ kind: "found", value: "of the folder" });
  expect(await fileAt(sha, "../gate.yml")).toMatchObject({ kind: "found", value: "of the root" });
  expect(await fileAt(sha, join(folder, "gate.yml"))).toMatchObject({ kind: "found", value: "of the root" });
});

test("what leads out of the repository, or is no plain file, is not read", async () => {
  const folder = newRepository();
  mkdirSync(join(folder, "served"));
  symlinkSync("/etc/passwd", join(folder, "link"));
  const sha = commit(folder, { "served/a.txt": "a" });
  const { fileAt } = repositoryIn(folder);
  const unreadable = (reason: RegExp) => ({ kind: "unreadable", reason: expect.stringMatching(reason) });
  expect(await fileAt(sha, "../other/a.txt")).toMatchObject(unreadable(/leads out of the repository/));
  expect(await fileAt(sha, "/etc/passwd")).toMatchObject(unreadable(/leads out of the repository/));
  expect(await fileAt(sha, "served")).toMatchObject(unreadable(/served is no plain file/));
  expect(await fileAt(sha, "link")).toMatchObject(unreadable(/link is no plain file/));
});

test("a commit that is not here is fetched; one of nowhere is unreadable", async () => {
  const { upstream, main, merge } = pullRequest();
  const folder = shallowCheckout(upstream, merge);
  expect(await repositoryIn(folder).fileAt(main, "main.txt")).toMatchObject({ kind: "found", value: "0" });
  const nowhere = await repositoryIn(folder).fileAt("1".repeat(40), "main.txt");
  expect(nowhere).toMatchObject({ kind: "unreadable", reason: expect.stringMatching(/is not in this checkout/) });
  expect(git(folder, "rev-parse", "HEAD")).toBe(merge);
});

test("what is no id of a commit is not looked for", async () => {
  const folder = newRepository();
  commit(folder, { "a.txt": "a" });
  const answer = await repositoryIn(folder).fileAt("--help", "a.txt");
  expect(answer).toMatchObject({ kind: "unreadable", reason: '"--help" is not the id of a commit' });
});
