import { gate } from "./gate.ts";
import { baselineSection, reportSection } from "./keeping.ts";
import { models } from "./models.ts";
import { overrides } from "./overrides.ts";
import { phases } from "./phases.ts";
import { mapping, wholeNumber } from "./readers.ts";
import { serverSection } from "./server.ts";
import { workloads } from "./workloads.ts";

export const trialCount = { min: 1, max: 100 };

/** The keys of `serving-gate.yml`. */
export const sections = mapping(
  {
    server: serverSection,
    models,
    phases,
    overrides,
    workloads,
    trials: wholeNumber("a number of trials", trialCount),
    gate,
    baseline: baselineSection,
    report: reportSection,
  },
  { expected: "a mapping" },
);
export type Sections = NonNullable<ReturnType<typeof sections>>;

/** `run` needs a server in every phase; `offline` (compare, report) needs nothing: `gate:` alone is a whole file. */
export type Purpose = "run" | "offline";
