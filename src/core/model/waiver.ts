import type { CellKey } from "./results.ts";

/** What a waiver grants: a loss that was decided to be worth its price, up to a ceiling and a day. */
export interface AcceptedLoss {
  /** Ratio: the largest worsening that is still accepted. */
  readonly ceiling: number;
  /** `2026-12-31`, the last day on which it holds (UTC). */
  readonly expires: string;
  readonly issue: string;
  readonly reason: string;
}

/** One row of `.github/serving-gate-waivers.yml` (DESIGN §8.6). It matches one metric of one cell, and nothing like it. */
export interface Waiver extends AcceptedLoss {
  readonly cell: CellKey;
  readonly metric: string;
}
