import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { lstat, mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "@jest/globals";
import { systemFiles } from "../../../src/adapters/storage/files.ts";

const files = systemFiles();
let root: string;
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), "files-"));
});
afterEach(() => rm(root, { recursive: true, force: true }));

test("a file is written whole, with the folders above it, and nothing else is left", async () => {
  await files.write(join(root, "a", "b", "c.json"), "first");
  await files.write(join(root, "a", "b", "c.json"), "second");
  expect(await files.read(join(root, "a", "b", "c.json"))).toBe("second");
  expect(await readdir(join(root, "a", "b"))).toEqual(["c.json"]);
});

test("files of one folder are written at the same time", async () => {
  const names = ["a.json", "b.json", "c.json"];
  await Promise.all(names.map((name) => files.write(join(root, name), name)));
  expect(await Promise.all(names.map((name) => files.read(join(root, name))))).toEqual(names);
});

test("a link stays a link, and the file it names is written", async () => {
  const [real, link] = [join(root, "real"), join(root, "link")];
  await writeFile(real, "old");
  await symlink(real, link);
  await files.write(link, "new");
  expect(await readFile(real, "utf8")).toBe("new");
  expect((await lstat(link)).isSymbolicLink()).toBe(true);
});

test("a pipe is written to, not replaced", async () => {
  const pipe = join(root, "pipe");
  execFileSync("mkfifo", [pipe]);
  const reader = spawn("cat", [pipe]);
  let read = "";
  reader.stdout.on("data", (text) => {
    read += text;
  });
  await files.assertWritable(pipe);
  await files.write(pipe, "through");
  await once(reader, "close");
  expect(read).toBe("through");
  expect((await lstat(pipe)).isFIFO()).toBe(true);
});

test("a place that can be written is left as it was by the check", async () => {
  await writeFile(join(root, "r.json"), "old");
  await files.assertWritable(join(root, "r.json"));
  expect(await readdir(root)).toEqual(["r.json"]);
  expect(await readFile(join(root, "r.json"), "utf8")).toBe("old");
});

test("a file in the way of a folder is told before and while writing", async () => {
  await writeFile(join(root, "file"), "");
  const place = join(root, "file", "r.json");
  await expect(files.assertWritable(place)).rejects.toThrow(/r\.json cannot be written: a part of the path is a file/);
  await expect(files.write(place, "")).rejects.toThrow(/a part of the path is a file/);
});

test("a folder in the place of a file is told before and while writing", async () => {
  await mkdir(join(root, "r.json"));
  await expect(files.assertWritable(join(root, "r.json"))).rejects.toThrow(/it is a folder; name a file in it/);
  await expect(files.write(join(root, "r.json"), "")).rejects.toThrow(/it is a folder/);
  expect(await readdir(root)).toEqual(["r.json"]);
});

test("a place where no folder can be made is an answer, not an endless wait", async () => {
  await expect(files.assertWritable("/proc/none/r.json")).rejects.toThrow(/\/proc\/none\/r\.json cannot be written/);
});

test("what cannot be read is named", async () => {
  await expect(files.read(join(root, "none.yml"))).rejects.toThrow(/none\.yml cannot be read: no such file/);
});
