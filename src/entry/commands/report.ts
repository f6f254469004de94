import { join } from "node:path";
import { createRenderer } from "../../adapters/render/renderer.ts";
import { systemFiles } from "../../adapters/storage/files.ts";
import { readNamedRecords } from "../../adapters/storage/record-files.ts";
import { withSummaries } from "../../core/metrics/with-summaries.ts";
import { parseComparison } from "../../core/model/comparison-file.ts";
import type { ReportLanguage } from "../../core/model/config.ts";
import { GateError } from "../../core/model/gate-error.ts";
import type { ReportInput } from "../../core/report/input.ts";
import { mergeRuns } from "../../gate/merge-runs.ts";
import type { Renderer } from "../../gate/ports.ts";
import { renderComment, renderServingLog } from "../../gate/render-reports.ts";
import { EXIT } from "../exit-codes.ts";
import { type Flags, readFlags } from "../flags.ts";
import { DEFAULT_CONFIG, loadOfflineConfig } from "../load-config.ts";
import { packageRoot } from "../package-root.ts";
import { phaseLinks, REPRODUCE_COMMAND } from "../report-context.ts";

const styles = ["pr-comment", "serving-log"] as const;
type Style = (typeof styles)[number];

const help = `serving-gate report --style STYLE [--language en|ru|both] [--comparison FILE] RESULTS... [-o FILE]

Renders results as Markdown. Several results files are one report: each adds its cells.

      --style STYLE      ${styles.join(" or ")}
      --language LANG    en, ru or both (en)
      --comparison FILE  what \`compare\` wrote; without it a report shows values and no verdict
  -c, --config FILE      a config, for titles and which phase compares with which (${DEFAULT_CONFIG} if it is there)
  -o, --output FILE      where the report goes (standard output)
`;

export async function report(argv: readonly string[]): Promise<number> {
  const flags = readFlags(argv, {
    flags: {
      help: { kind: "switch", short: "h" },
      style: { kind: "value" },
      language: { kind: "value" },
      comparison: { kind: "value" },
      config: { kind: "value", short: "c" },
      output: { kind: "value", short: "o" },
    },
    words: "results files",
  });
  if (flags.has("help")) {
    process.stdout.write(help);
    return EXIT.ok;
  }
  const style = flags.choice("style", styles);
  const language = flags.choice("language", ["en", "ru", "both"]) ?? "en";
  if (!flags.has("style")) flags.problem(`--style is missing; expected ${styles.join(" or ")}`);
  if (flags.words.length === 0) flags.problem("no results file is named; expected one or more");
  flags.assertNone("report");
  const text = await rendered(flags, style ?? "serving-log", language);
  const output = flags.value("output");
  if (output === undefined) process.stdout.write(text);
  else await systemFiles().write(output, text);
  return EXIT.ok;
}

async function rendered(flags: Flags, style: Style, language: ReportLanguage): Promise<string> {
  const input = await reportInput(flags);
  const renderer: Renderer = createRenderer({ templatesDir: join(packageRoot, "templates") });
  return style === "pr-comment"
    ? renderComment(input, language, renderer)
    : renderServingLog(input, language, renderer);
}

async function reportInput(flags: Flags): Promise<ReportInput> {
  const files = systemFiles();
  const { config, path } = await loadOfflineConfig(files, flags.value("config"));
  const comparisonPath = flags.value("comparison");
  const comparison =
    comparisonPath === undefined ? undefined : parseComparison(await files.read(comparisonPath), comparisonPath);
  const records = await readNamedRecords(flags.words);
  const [first, ...rest] = records.map(({ results }) => results);
  if (first === undefined)
    throw new GateError("config", `report: ${flags.words.join(", ")} holds no results file; expected one or more`);
  const links = phaseLinks(config);
  return {
    candidate: withSummaries(mergeRuns([first, ...rest])),
    ...(comparison === undefined ? {} : { comparison }),
    // What the comparison was judged by, whatever config lies here today.
    policy: { ...config.gate, ...comparison?.policy },
    ...(links === undefined ? {} : { phaseLinks: links }),
    context: { reproduceCommand: REPRODUCE_COMMAND, ...(path === undefined ? {} : { configPath: path }) },
  };
}
