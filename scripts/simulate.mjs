/** The full simulation behind docs/statistics.md: `npm run simulate -- [TABLE…] [--n CLEAN] [--losses LOSSY]`; Markdown on stdout. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { parseArgs } from "node:util";
import { build } from "esbuild";
import { markdownTable } from "markdown-table";

const { values, positionals } = parseArgs({
  options: { n: { type: "string", default: "4000" }, losses: { type: "string", default: "1000" } },
  allowPositionals: true,
});
const folder = mkdtempSync(join(tmpdir(), "simulate-"));
const outfile = join(folder, "figures.mjs");
await build({
  entryPoints: ["test/statistics/operating-characteristics.ts"],
  bundle: true,
  platform: "node",
  format: "esm",
  target: "node20",
  outfile,
  logLevel: "error",
  banner: { js: 'import { createRequire } from "node:module"; const require = createRequire(import.meta.url);' },
});
const { figures } = await import(pathToFileURL(outfile).href);
rmSync(folder, { recursive: true });
const unknown = positionals.filter((name) => figures[name] === undefined);
if (unknown.length > 0) {
  process.stderr.write(`${unknown.join(", ")}: no such table; expected ${Object.keys(figures).join(", ")}\n`);
  process.exit(2);
}
for (const name of positionals.length > 0 ? positionals : Object.keys(figures)) {
  const { title, header, rows } = figures[name]({ clean: Number(values.n), lossy: Number(values.losses) });
  const align = header.map((_, index) => (index === 0 ? "l" : "r"));
  process.stdout.write(`${title}\n\n${markdownTable([header, ...rows], { align })}\n\n`);
}
