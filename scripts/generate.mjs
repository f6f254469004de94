/** Writes what is derived from the code: schema/results.schema.json, and the tables of inputs and outputs in the READMEs. */
import { readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import { parse } from "yaml";

const root = join(dirname(fileURLToPath(import.meta.url)), "..");

async function loadTypescript(path) {
  const { outputFiles } = await build({ entryPoints: [join(root, path)], bundle: true, format: "esm", write: false });
  return import(`data:text/javascript;base64,${Buffer.from(outputFiles[0].contents).toString("base64")}`);
}

const { resultsJsonSchema } = await loadTypescript("src/core/model/results-schema.ts");
writeFileSync(join(root, "schema/results.schema.json"), `${JSON.stringify(resultsJsonSchema(), null, 2)}\n`);

const action = parse(readFileSync(join(root, "action.yml"), "utf8"));
const { inputTable, outputTable } = await import("./action-tables.mjs");
for (const [file, language] of [
  ["README.md", "en"],
  ["README.ru.md", "ru"],
]) {
  const text = readFileSync(join(root, file), "utf8");
  writeFileSync(
    join(root, file),
    fill(fill(text, "inputs", inputTable(action, language)), "outputs", outputTable(action, language)),
  );
}

/** Replaces what stands between `<!-- generated:NAME -->` and `<!-- /generated:NAME -->`. */
function fill(text, name, content) {
  const pattern = new RegExp(`(<!-- generated:${name} -->\n)[\\s\\S]*?(<!-- /generated:${name} -->)`);
  if (!pattern.test(text)) throw new Error(`the README has no place for ${name}`);
  return text.replace(pattern, (_all, open, close) => `${open}${content}\n${close}`);
}
