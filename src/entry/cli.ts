#!/usr/bin/env node
import { CLIENT_VERSION } from "../core/model/version.ts";
import { EXIT } from "./exit-codes.ts";

type Command = (argv: readonly string[]) => Promise<number>;

/** Each command is a chunk of its own, loaded when asked for, so that --help costs nothing. */
const commands: Readonly<Record<string, { readonly does: string; readonly load: () => Promise<Command> }>> = {
  demo: {
    does: "the main job on the embedded engine, in a minute, without a GPU",
    load: async () => (await import("./commands/demo.ts")).demo,
  },
  run: {
    does: "start the server(s), drive the workloads, write results",
    load: async () => (await import("./commands/run.ts")).run,
  },
  compare: {
    does: "gate a candidate's results against a baseline, offline",
    load: async () => (await import("./commands/compare.ts")).compare,
  },
  report: {
    does: "render results as a pull-request comment or a serving log",
    load: async () => (await import("./commands/report.ts")).report,
  },
  baseline: {
    does: "the stored runs: list, add, prune, and calibrate what the gate can see",
    load: async () => (await import("./commands/baseline.ts")).baseline,
  },
  validate: {
    does: "check a config; print the plan and how long it takes",
    load: async () => (await import("./commands/validate.ts")).validate,
  },
  serve: { does: "the embedded engine as a server", load: async () => (await import("./commands/serve.ts")).serve },
};

const help = `serving-gate COMMAND [flags]

Stops pull requests that make an LLM inference server slower.

${Object.entries(commands)
  .map(([name, { does }]) => `  ${name.padEnd(10)}${does}`)
  .join("\n")}

Every command has --help. Exit codes: 0 pass, 1 regression, 2 the job could not be done.
`;

async function main(argv: readonly string[]): Promise<number> {
  const [name, ...rest] = argv;
  if (name === undefined || name === "--help" || name === "-h" || name === "help") {
    process.stdout.write(help);
    return name === undefined ? EXIT.unable : EXIT.ok;
  }
  if (name === "--version") {
    process.stdout.write(`${CLIENT_VERSION}\n`);
    return EXIT.ok;
  }
  const command = Object.hasOwn(commands, name) ? commands[name] : undefined;
  if (command === undefined) {
    process.stderr.write(
      `serving-gate: "${name.slice(0, 60)}" is not a command; expected one of ${Object.keys(commands).join(", ")}\n`,
    );
    return EXIT.unable;
  }
  const { guarded } = await import("./guarded.ts");
  return guarded(async () => (await command.load())(rest));
}

// A reader that went away (`| head`): a run goes on without its messages, and ends where nobody takes its result.
process.stderr.on("error", () => undefined);
process.stdout.on("error", () => process.exit(EXIT.unable));
process.exitCode = await main(process.argv.slice(2));
