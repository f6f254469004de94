import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "@jest/globals";
import { runnerSurface } from "../../../src/adapters/github/runner-surface.ts";

/** What reaches the runner's files and commands is tested on the built action (test/entry); here are the limits. */
let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "surface-"));
});
afterEach(() => rmSync(folder, { recursive: true }));

test("a summary that would pass 1,024 KiB with what stands there is not begun: GitHub would drop all of it", async () => {
  const summaryPath = join(folder, "summary.md");
  const before = "x".repeat(1024 * 1024 - 10);
  writeFileSync(summaryPath, before);
  const outcome = await runnerSurface({ summaryPath }).summary("more than ten bytes");
  expect(outcome).toMatchObject({ kind: "failed", reason: expect.stringContaining("1048576") });
  expect(readFileSync(summaryPath, "utf8")).toBe(before);
});

test("a runner without a job summary is no failure", async () => {
  expect(await runnerSurface({ summaryPath: undefined }).summary("hello")).toMatchObject({ kind: "declined" });
});

test("a summary file that is gone has failed, with the reason", async () => {
  const outcome = await runnerSurface({ summaryPath: join(folder, "nowhere.md") }).summary("hello");
  expect(outcome).toMatchObject({ kind: "failed", reason: expect.stringContaining("ENOENT") });
});
