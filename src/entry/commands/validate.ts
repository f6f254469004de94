import { systemFiles } from "../../adapters/storage/files.ts";
import { describePlan } from "../../core/plan/describe-plan.ts";
import { makePlan } from "../../core/plan/make-plan.ts";
import { EXIT } from "../exit-codes.ts";
import { readFlags } from "../flags.ts";
import { DEFAULT_CONFIG, loadConfig } from "../load-config.ts";

const help = `serving-gate validate [-c FILE]

Checks a config and prints the plan: trials, server starts, what runs on which start, and how long it takes.

  -c, --config FILE     the config (${DEFAULT_CONFIG})
`;

export async function validate(argv: readonly string[]): Promise<number> {
  const flags = readFlags(argv, {
    flags: { help: { kind: "switch", short: "h" }, config: { kind: "value", short: "c" } },
  });
  if (flags.has("help")) {
    process.stdout.write(help);
    return EXIT.ok;
  }
  flags.assertNone("validate");
  const config = await loadConfig(systemFiles(), flags.value("config") ?? DEFAULT_CONFIG, "run");
  process.stdout.write(`${describePlan(makePlan(config), config).trimEnd()}\n`);
  return EXIT.ok;
}
