/** Variables by name, as `process.env` holds them. */
export type Variables = Readonly<Record<string, string | undefined>>;

/**
 * What a server may see of our environment: all of it, but
 *
 * - what a workflow gives to us: INPUT_*, ACTIONS_*, GITHUB_*, STATE_* and RUNNER_* (RUNNER_TRACKING_ID stays: by it
 *   the runner finds and ends processes that outlive their job);
 * - what is named like a secret, by a whole word of the name: HF_TOKEN is one, TOKENIZERS_PARALLELISM is not;
 * - what holds the same value as one of those, under whatever name;
 *
 * plus what the config passes by name (`env.pass`, which wins over these rules) and what it sets (`env.set`, which wins
 * over all).
 */
export function serverEnvironment(
  ours: Variables,
  wanted: { readonly pass: readonly string[]; readonly set: Readonly<Record<string, string>> },
): Record<string, string> {
  const kept = keptValues(ours);
  const allowed = Object.entries(ours).filter(
    ([name, value = ""]) => wanted.pass.includes(name) || (isHarmless(name) && !kept.has(value)),
  );
  const present = allowed.filter((entry): entry is [string, string] => entry[1] !== undefined);
  return { ...Object.fromEntries(present), ...wanted.set };
}

/** Values that are secrets by their names. Short ones are left: a password of "true" would take half the environment. */
function keptValues(ours: Variables): ReadonlySet<string> {
  const secrets = Object.entries(ours).filter(([name]) => NAMED_LIKE_A_SECRET.test(name.replaceAll("-", "_")));
  return new Set(secrets.flatMap(([, value = ""]) => (value.length >= SHORTEST_TOKEN ? [value] : [])));
}
const SHORTEST_TOKEN = 12;

function isHarmless(name: string): boolean {
  if (name === "RUNNER_TRACKING_ID") return true;
  return !OF_THE_WORKFLOW.test(name) && !NAMED_LIKE_A_SECRET.test(name);
}

const OF_THE_WORKFLOW = /^(INPUT|ACTIONS|GITHUB|STATE|RUNNER)_/i;
const NAMED_LIKE_A_SECRET =
  /(^|_)(TOKEN|TOKENS|PAT|SECRETS?|PASSWORD|PASSWD|PASSPHRASE|CREDENTIALS?|(API|ACCESS|PRIVATE|SECRET)_?KEYS?|AUTH)(_|$)/i;
