import { stringify } from "yaml";

/**
 * The config of the demo: the five workloads of the seed table in their own shapes, shortened to about a second each.
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
        title: "Embedded engine — continuous batching, paged KV cache",
        args: "--batching continuous --kv-cache paged",
        headline: "paged_attention",
      },
    ],
    workloads: [
      { name: "baseline", requests: 3, "output-tokens": 48, warmup: 1 },
      {
        name: "continuous_batching",
        requests: 16,
        "output-tokens": [24, 48],
        arrivals: { process: "uniform", rate: 16 },
        warmup: 1,
      },
      { name: "paged_attention", requests: 16, "output-tokens": [32, 48], warmup: 1 },
      {
        name: "chunked_prefill",
        requests: 12,
        "output-tokens": [24, 48],
        arrivals: { process: "poisson", rate: 12 },
        warmup: 1,
      },
      {
        name: "prefix_caching",
        requests: 12,
        "output-tokens": 32,
        arrivals: { process: "uniform", rate: 12 },
        warmup: 1,
      },
    ],
    trials: 3,
  });
}
