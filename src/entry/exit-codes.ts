/** What the process says by its end (DESIGN §6). */
export const EXIT = {
  /** Pass; also inconclusive, unless the policy says fail. */
  ok: 0,
  /** The verdict is fail. */
  fail: 1,
  /** The job could not be done: usage, config, server, I/O. */
  unable: 2,
} as const;
