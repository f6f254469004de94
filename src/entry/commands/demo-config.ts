import { stringify } from "yaml";

/** One warm-up, before the first workload, is enough for an engine that has nothing to compile. */
const shortened = { "output-tokens": [32, 40], warmup: 0 };

/**
 * The config of the demo: the five built-in workloads in their own shapes, shortened to about a second each.
 *
 * Requests arrive faster than they are answered, so that most tokens come at a full batch: there the median gap does not
 * hang on which request met which step, and runs differ by well under 1 %.
 *
 * The engine runs at half its costs. Slower and the demo would not fit into a minute; much faster and the client's own timer
 * would be a visible part of a 5 ms gap between tokens.
 */
export function demoConfig(options: {
  readonly node: string;
  readonly cli: string;
  readonly slowdown: string | undefined;
}): string {
  const slowdown = options.slowdown === undefined ? [] : ["--slowdown", options.slowdown];
  return stringify({
    server: {
      // The slowdown is part of the build under test, not of its arguments: other arguments are another lane.
      command: [
        options.node,
        options.cli,
        "serve",
        "--port",
        "{{port}}",
        "--time-scale",
        "0.5",
        ...slowdown,
        "{{args}}",
      ],
      "ready-timeout": "20s",
    },
    models: [{ id: "embedded/reference", label: "Reference" }],
    phases: [
      {
        id: "paged",
        title: "Embedded engine, paged KV cache",
        args: "--batching continuous --kv-cache paged",
        headline: "paged_attention",
      },
    ],
    workloads: [
      { name: "baseline", requests: 5, "output-tokens": 24, warmup: 1 },
      { name: "continuous_batching", requests: 16, ...shortened, arrivals: { process: "uniform", rate: 64 } },
      { name: "paged_attention", requests: 16, ...shortened },
      { name: "chunked_prefill", requests: 12, ...shortened, arrivals: { process: "poisson", rate: 60 } },
      { name: "prefix_caching", requests: 12, ...shortened, arrivals: { process: "uniform", rate: 60 } },
    ],
    trials: 3,
    // The tail of a 15 ms step is whatever else this machine does: on a GPU of one's own the default blocks on it too.
    gate: { blocking: ["output_throughput", "itl_p50"] },
  });
}
