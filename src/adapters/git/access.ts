import type { Git, Variables } from "./git.ts";

/** How the remote is convinced, as variables of git's environment: never on a command line, never in a file. */
export interface Access {
  /** Where the checkout keeps its own credentials, git finds them by itself and this is empty. */
  readonly ofCheckout: Readonly<Record<string, string>>;
  /** Submodules are cloned anew and know nothing of the checkout's own credentials. */
  readonly ofSubmodules: Readonly<Record<string, string>>;
}

export interface Credentials {
  readonly token?: string | undefined;
  /** Whose token it is: it goes to remotes below this address only. */
  readonly serverUrl: string;
}

/** Values that must never be printed. */
export function secretsOf({ token }: Credentials): readonly string[] {
  return token === undefined || token === "" ? [] : [token, basic(token)];
}

/** What to give git for this remote; nothing where its address is not below the server's. */
export async function accessTo(
  remoteUrl: string,
  { token, serverUrl }: Credentials,
  { git, environment, signal }: { readonly git: Git; readonly environment: Variables; readonly signal: AbortSignal },
): Promise<Access> {
  const server = serverOf(remoteUrl, serverUrl);
  if (server === undefined) return { ofCheckout: {}, ofSubmodules: {} };
  const key = `http.${server.address}.extraheader`;
  const written = await git(["config", "--get-urlmatch", "http.extraheader", remoteUrl], { signal });
  const own = written.ok && written.text.trim() !== "" ? written.text.trim() : undefined;
  // Two such headers are refused by GitHub, so the checkout's own stands alone.
  const header = own ?? (token === undefined || token === "" ? undefined : `AUTHORIZATION: basic ${basic(token)}`);
  if (header === undefined) return { ofCheckout: {}, ofSubmodules: {} };
  const submodules: Settings = [
    // Empty: forget what a wider config says, and say it once.
    [key, ""],
    [key, header],
    [`url.${server.address}.insteadOf`, `git@${server.host}:`],
  ];
  return {
    ofCheckout: own === undefined ? settingVariables([[key, header]], environment) : {},
    ofSubmodules: settingVariables(submodules, environment),
  };
}

function basic(token: string): string {
  return Buffer.from(`x-access-token:${token}`).toString("base64");
}

/** The server's address with a slash at its end, where the remote is below it. */
function serverOf(
  remoteUrl: string,
  serverUrl: string,
): { readonly address: string; readonly host: string } | undefined {
  if (!URL.canParse(remoteUrl) || !URL.canParse(serverUrl)) return undefined;
  const remote = new URL(remoteUrl);
  const server = new URL(serverUrl);
  const address = `${server.origin}${server.pathname.replace(/\/+$/, "")}/`;
  const isBelow = /^https?:$/.test(remote.protocol) && `${remote.origin}${remote.pathname}`.startsWith(address);
  return isBelow ? { address, host: server.hostname } : undefined;
}

type Settings = readonly (readonly [key: string, value: string])[];

/** Settings as git reads them from its environment (git-config(1), GIT_CONFIG_COUNT), after those that are there already. */
function settingVariables(settings: Settings, { GIT_CONFIG_COUNT }: Variables): Readonly<Record<string, string>> {
  const first = Number(GIT_CONFIG_COUNT ?? 0) || 0;
  const pairs = settings.flatMap(([key, value], index) => [
    [`GIT_CONFIG_KEY_${first + index}`, key],
    [`GIT_CONFIG_VALUE_${first + index}`, value],
  ]);
  return { ...Object.fromEntries(pairs), GIT_CONFIG_COUNT: `${first + settings.length}` };
}
