import { mkdir, mkdtemp, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "@jest/globals";
import { dirStore } from "../../../src/adapters/storage/dir-store.ts";
import { readNamedRecords } from "../../../src/adapters/storage/record-files.ts";
import type { ResultsFile } from "../../../src/core/model/results.ts";

let root: string;
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), "store-"));
});
afterEach(() => rm(root, { recursive: true, force: true }));

function record(day: number, more: Partial<ResultsFile> = {}): ResultsFile {
  const createdAt = `2026-11-${String(day).padStart(2, "0")}T00:00:00Z`;
  return {
    schema: "serving-gate/results@1",
    createdAt,
    environment: { fingerprint: "f" },
    status: "accepted",
    cells: [],
    ...more,
  };
}
const days = async (store: ReturnType<typeof dirStore>) =>
  (await store.list()).map((entry) => (entry.kind === "found" ? entry.value.createdAt.slice(8, 10) : entry.kind));

test("a store that does not exist yet is empty, not broken", async () => {
  expect(await dirStore({ path: join(root, "nowhere") }).list()).toEqual([]);
});

test("records come back oldest first, whatever order they were added in", async () => {
  const store = dirStore({ path: root });
  for (const day of [3, 1, 2]) await store.add(record(day));
  expect(await days(store)).toEqual(["01", "02", "03"]);
});

test("two runs of one second are two files", async () => {
  const store = dirStore({ path: root });
  const paths = await Promise.all([store.add(record(1)), store.add(record(1)), store.add(record(1))]);
  expect(new Set(paths.map(({ path }) => path)).size).toBe(3);
  expect(await days(store)).toHaveLength(3);
});

test("repositories that share a runner do not see each other's records", async () => {
  const ours = dirStore({ path: root, repository: "o/ours" });
  await ours.add(record(1, { source: { repository: "o/ours" } }));
  await dirStore({ path: root, repository: "o/theirs" }).add(record(2, { source: { repository: "o/theirs" } }));
  expect(await days(ours)).toEqual(["01"]);
  expect(await days(dirStore({ path: root }))).toEqual(["01", "02"]);
});

test("a repository name cannot lead out of the store", async () => {
  const { path } = await dirStore({ path: root }).add(record(1, { source: { repository: "../../etc/x" } }));
  expect(path.startsWith(`${root}/`)).toBe(true);
});

test("a record cut in half is named, and is still there afterwards", async () => {
  const store = dirStore({ path: root });
  const { path } = await store.add(record(1));
  await store.add(record(2));
  const whole = await readFile(path);
  const half = whole.subarray(0, whole.length / 2);
  await writeFile(path, half);
  const [broken, fine] = await store.list();
  expect(broken).toMatchObject({ kind: "unreadable", path });
  expect(fine).toMatchObject({ kind: "found" });
  await store.add(record(1));
  expect(await readFile(path)).toEqual(half);
});

test("a store that cannot be written says so", async () => {
  await writeFile(join(root, "file"), "");
  await expect(dirStore({ path: join(root, "file") }).add(record(1))).rejects.toThrow(
    /cannot be written to .*file.*ENOTDIR|EEXIST/,
  );
});

describe("what is pruned", () => {
  async function left(keep: number, ...records: readonly ResultsFile[]) {
    const store = dirStore({ path: root });
    for (const one of records) await store.add(one);
    const removed = await store.prune(keep);
    expect(removed).toHaveLength(records.length - (await days(store)).length);
    return days(store);
  }
  const accepted = (...list: readonly number[]) => list.map((day) => record(day));
  const suspect = (...list: readonly number[]) => list.map((day) => record(day, { status: "suspect" }));
  const rejected = (...list: readonly number[]) => list.map((day) => record(day, { status: "rejected" }));

  test("the oldest accepted records beyond the number kept, with their paths", async () => {
    const store = dirStore({ path: root });
    const [oldest] = await Promise.all(accepted(2, 3, 4).map((one) => store.add(one)));
    expect(await store.prune(2)).toEqual([oldest?.path]);
    expect(await days(store)).toEqual(["03", "04"]);
  });

  test("nothing where there are not more of them", async () => {
    expect(await left(3, ...accepted(1, 2, 3))).toEqual(["01", "02", "03"]);
  });

  test("suspect and rejected records that are older than every accepted one that stays", async () => {
    const records = [...accepted(2, 4, 6), ...suspect(1, 3, 5), ...rejected(1, 3, 5)];
    expect(await left(2, ...records)).toEqual(["04", "05", "05", "06"]);
  });

  test("suspect and rejected records beyond as many of their own", async () => {
    const records = [...accepted(1), ...suspect(2, 3, 4), ...rejected(2, 3, 4)];
    expect(await left(2, ...records)).toEqual(["01", "03", "03", "04", "04"]);
  });

  test("where nothing is accepted yet, those beyond the number alone", async () => {
    expect(await left(2, ...rejected(1, 2, 3))).toEqual(["02", "03"]);
  });

  test("of each machine apart", async () => {
    const other = (day: number) => record(day, { environment: { fingerprint: "other" } });
    expect(await left(2, ...accepted(3, 4, 5), other(1), other(2))).toEqual(["01", "02", "04", "05"]);
  });

  test("of each repository apart, where the store is asked as a whole", async () => {
    const of = (day: number, repository: string) => record(day, { source: { repository } });
    expect(await left(1, of(1, "o/ours"), of(2, "o/ours"), of(3, "o/theirs"))).toEqual(["02", "03"]);
  });

  test("never a record that cannot be read", async () => {
    const store = dirStore({ path: root });
    const [broken] = await Promise.all(accepted(1, 2, 3).map((one) => store.add(one)));
    await writeFile(broken?.path ?? "", "");
    expect(await store.prune(1)).toHaveLength(1);
    expect(await days(store)).toEqual(["unreadable", "03"]);
  });
});

test("two jobs that tidy up at the same time both come to an end", async () => {
  for (const day of [1, 2, 3, 4]) await dirStore({ path: root }).add(record(day));
  await Promise.all([1, 2, 3].map(() => dirStore({ path: root }).prune(1)));
  expect(await days(dirStore({ path: root }))).toEqual(["04"]);
});

test("every path that was named and is missing or broken is told at once", async () => {
  const cut = join(root, "cut.json");
  await writeFile(cut, '{"schema":');
  const asked = readNamedRecords([join(root, "none.json"), cut]);
  await expect(asked).rejects.toThrow(/none\.json does not exist/);
  await expect(asked).rejects.toThrow(/ends in the middle.*cut\.json/);
});

test("an existing empty folder holds no records and is no error", async () => {
  expect(await readNamedRecords([root])).toEqual([]);
});

test("a record that is named by itself and by its folder counts once", async () => {
  const { path } = await dirStore({ path: root }).add(record(1));
  expect(await readNamedRecords([root, path, path])).toHaveLength(1);
});

test("records that a folder holds as links are read like the others, each once", async () => {
  const { path } = await dirStore({ path: join(root, "real") }).add(record(1));
  await mkdir(join(root, "links"));
  await symlink(path, join(root, "links", "one.json.gz"));
  await symlink(join(root, "real"), join(root, "links", "folder"));
  await symlink(join(root, "links"), join(root, "links", "loop"));
  expect(await readNamedRecords([join(root, "links")])).toHaveLength(1);
});

test("a link that leads nowhere is named, since a record left out would change the verdict", async () => {
  await symlink(join(root, "gone.json"), join(root, "run.json"));
  await expect(readNamedRecords([root])).rejects.toThrow(/link to nothing; restore .*run\.json/);
});
