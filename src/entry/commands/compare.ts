import { systemFiles } from "../../adapters/storage/files.ts";
import { readNamedRecords } from "../../adapters/storage/record-files.ts";
import { serialiseComparison } from "../../core/model/comparison-file.ts";
import { GateError } from "../../core/model/gate-error.ts";
import { exitCode } from "../../core/verdict/exit-code.ts";
import { judgeRun } from "../../core/verdict/judge-run.ts";
import { gatedPhases } from "../../gate/judge-candidate.ts";
import { EXIT } from "../exit-codes.ts";
import { type Flags, readFlags } from "../flags.ts";
import { DEFAULT_CONFIG, loadOfflineConfig } from "../load-config.ts";
import { ownWaivers, WAIVERS_FILE } from "../rules.ts";
import { say } from "../say.ts";

const help = `serving-gate compare --baseline PATH --candidate FILE [-c FILE] [-o comparison.json]

Gates a candidate's results against a baseline, offline.

      --baseline PATH   a results file, or a folder of them; may be repeated. An empty folder is a first baseline
      --candidate FILE  the results to gate
  -c, --config FILE     a config, for its gate: part (${DEFAULT_CONFIG} if it is there, else the defaults)
      --waivers FILE    losses that were accepted (${WAIVERS_FILE} if it is there)
  -o, --output FILE     where the comparison goes (standard output)

Exit codes: 0 pass or inconclusive (unless the policy fails it), 1 fail, 2 could not compare.
`;

export async function compare(argv: readonly string[]): Promise<number> {
  const flags = readFlags(argv, {
    flags: {
      help: { kind: "switch", short: "h" },
      baseline: { kind: "list" },
      candidate: { kind: "value" },
      config: { kind: "value", short: "c" },
      waivers: { kind: "value" },
      output: { kind: "value", short: "o" },
    },
  });
  if (flags.has("help")) {
    process.stdout.write(help);
    return EXIT.ok;
  }
  if (!flags.has("baseline")) flags.problem("--baseline is missing; expected a results file or a folder of them");
  if (!flags.has("candidate")) flags.problem("--candidate is missing; expected a results file");
  flags.assertNone("compare");
  return judge(flags);
}

async function judge(flags: Flags): Promise<number> {
  const files = systemFiles();
  const { config } = await loadOfflineConfig(files, flags.value("config"));
  const baseline = (await readNamedRecords(flags.list("baseline"))).map(({ results }) => results);
  const [candidate, ...more] = await readNamedRecords([flags.value("candidate") ?? ""]);
  if (candidate === undefined || more.length > 0) {
    throw new GateError(
      "config",
      `--candidate ${flags.value("candidate")} holds ${more.length === 0 ? "no" : more.length + 1} results files; expected one file`,
    );
  }
  const phases = gatedPhases(config);
  const comparison = judgeRun({
    baseline,
    candidate: candidate.results,
    policy: config.gate,
    waivers: await ownWaivers(files, flags.value("waivers")),
    ...(phases === undefined ? {} : { gatedPhases: phases }),
  });
  const text = serialiseComparison(comparison);
  const output = flags.value("output");
  if (output === undefined) process.stdout.write(text);
  else await files.write(output, text);
  say(`${comparison.verdict}: ${comparison.reason}`);
  return exitCode(comparison, config.gate);
}
