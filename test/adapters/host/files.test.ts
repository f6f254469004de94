import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "@jest/globals";
import { systemFiles } from "../../../src/adapters/host/files.ts";

const files = systemFiles();
let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "files-"));
});

afterEach(() => rmSync(folder, { recursive: true, force: true }));

test("a file is written with the folders above it, and no draft stays", async () => {
  const path = join(folder, "a", "b", "results.json");
  await files.assertWritable(path);
  await Promise.all([files.write(path, "whole"), files.write(join(folder, "a", "c", "d"), "other")]);
  expect(await files.read(path)).toBe("whole");
  expect(readdirSync(join(folder, "a", "b"))).toEqual(["results.json"]);
});

test("a link stays a link, and the file it names is written", async () => {
  const [real, link] = [join(folder, "real"), join(folder, "link")];
  writeFileSync(real, "old");
  symlinkSync(real, link);
  await files.write(link, "new");
  expect(readFileSync(real, "utf8")).toBe("new");
});

test("a pipe is written to, not replaced", async () => {
  const pipe = join(folder, "pipe");
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
  expect(statSync(pipe).isFIFO()).toBe(true);
});

test.each([
  ["a folder", ".", /it is a folder/],
  ["a path through a file", "file/results.json", /a part of the path is a file/],
  ["a path deep below a file", "file/a/b/results.json", /a part of the path is a file/],
  ["a place where the system makes no folders", "/proc/none/results.json", /\/proc\/none.*no such file or folder/],
])("%s is refused, before and while it is written", async (_what, path, message) => {
  writeFileSync(join(folder, "file"), "");
  mkdirSync(join(folder, "sub"));
  const place = path.startsWith("/") ? path : join(folder, path);
  await expect(files.assertWritable(place)).rejects.toThrow(message);
  await expect(files.write(place, "text")).rejects.toThrow(message);
});
