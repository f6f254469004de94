import { readFileSync } from "node:fs";
import { expect, test } from "@jest/globals";
import { parseConfig } from "../../../src/core/config/parse-config.ts";

const root = new URL("../../../", import.meta.url);
const read = (path: string) => readFileSync(new URL(path, root), "utf8");

/** The YAML blocks of a page that are configs. */
function configBlocks(path: string): string[] {
  const blocks = [...read(path).matchAll(/```yaml\n(.*?)```/gs)].map(([, block]) => block ?? "");
  return blocks.filter((block) => /^server:/m.test(block));
}

test.each([
  ["docs/configuration.md", configBlocks("docs/configuration.md")],
  ["README.md", configBlocks("README.md")],
  ["README.ru.md", configBlocks("README.ru.md")],
  [".github/serving-gate.example.yml", [read(".github/serving-gate.example.yml")]],
])("the configs of %s are valid", (file, texts) => {
  expect(texts.length).toBeGreaterThan(0);
  for (const text of texts) expect(parseConfig(text, { file, purpose: "run" })).toMatchObject({ ok: true });
});
