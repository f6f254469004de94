import { existsSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect } from "@jest/globals";

/** Compares with test/golden/NAME; what differs is written beside it as NAME.got.md, to look at and to take over. */
export function expectGolden(name: string, got: string): void {
  const path = join("test/golden", name);
  const gotPath = path.replace(/\.md$/, ".got.md");
  const wanted = existsSync(path) ? readFileSync(path, "utf8") : "";
  if (wanted === got) rmSync(gotPath, { force: true });
  else writeFileSync(gotPath, got);
  expect(got).toBe(wanted);
}
