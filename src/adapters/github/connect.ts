import { getOctokit } from "@actions/github";

export type GitHubApi = ReturnType<typeof getOctokit>;

/** GitHub's REST API, on github.com or an Enterprise server; proxies come from the environment. */
export function connectGitHub({ token, apiUrl }: { readonly token: string; readonly apiUrl: string }): GitHubApi {
  const api = getOctokit(token, { baseUrl: apiUrl, userAgent: "serving-gate", log: silent });
  api.hook.before("request", (request) => {
    request.headers["x-github-api-version"] = "2022-11-28";
  });
  return api;
}

/** octokit would print what the server says straight to our output, where the runner looks for commands. */
const silent = { debug: ignore, info: ignore, warn: ignore, error: ignore };
function ignore(): void {}
