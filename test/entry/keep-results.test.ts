import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "@jest/globals";
import { systemFiles } from "../../src/adapters/storage/files.ts";
import type { ResultsFile } from "../../src/core/model/results.ts";
import { keepResults } from "../../src/entry/keep-results.ts";

const results: ResultsFile = {
  schema: "serving-gate/results@1",
  createdAt: "2026-11-22T00:00:00Z",
  environment: { fingerprint: "f" },
  status: "accepted",
  cells: [],
};
let root: string;
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), "keep-"));
});
afterEach(() => rm(root, { recursive: true, force: true }));

test("results are kept where they were wanted", async () => {
  const wanted = join(root, "results.json");
  expect(await keepResults(systemFiles(), { wanted, spare: join(root, "spare.json") }, results)).toEqual({
    place: wanted,
  });
  expect(await readdir(root)).toEqual(["results.json"]);
});

test("a place that can no longer be written costs no results: they are in the spare one, and why is told", async () => {
  await writeFile(join(root, "out"), "a file where the folder was");
  const spare = join(root, "spare.json");
  const kept = await keepResults(systemFiles(), { wanted: join(root, "out", "results.json"), spare }, results);
  expect(kept).toMatchObject({ place: spare, failure: { message: expect.stringContaining("cannot be written") } });
  expect(JSON.parse(await readFile(spare, "utf8"))).toMatchObject({ schema: results.schema });
});

test("where nothing can be written no place is named", async () => {
  await writeFile(join(root, "file"), "");
  const [wanted, spare] = [join(root, "file", "a"), join(root, "file", "b")];
  const kept = await keepResults(systemFiles(), { wanted, spare }, results);
  expect(kept).toMatchObject({ failure: { message: expect.stringContaining(wanted) } });
  expect(kept).not.toHaveProperty("place");
});
