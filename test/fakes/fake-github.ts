import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { contractViolations } from "./github-contract.ts";

/** A comment as the fake keeps it. */
interface StoredComment {
  readonly id: number;
  readonly issue: number;
  readonly author: string;
  readonly body: string;
  /** Times it was edited. */
  readonly edits: number;
}

/** An answer instead of the real one, for as many requests as `times` says. */
interface Fault {
  /** Absent: any. */
  readonly method?: "GET" | "POST" | "PATCH";
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly message?: string;
  /** The request is carried out all the same: the answer is lost on the way back. */
  readonly carriedOut?: boolean;
  readonly times?: number;
}

export interface FakeGitHub extends AsyncDisposable {
  readonly apiUrl: string;
  readonly comments: readonly StoredComment[];
  /** "GET /repos/o/r/issues/7/comments?per_page=100", in order. */
  readonly requests: readonly string[];
  /** Where a request or an answer broke GitHub's description of its API; a test ends with none. */
  readonly violations: readonly string[];
  seed(comment: { readonly issue: number; readonly author: string; readonly body: string }): number;
  fail(fault: Fault): void;
}

export interface FakeGitHubOptions {
  /** Token → login. A token that is not here gets 401. */
  readonly tokens: Readonly<Record<string, string>>;
  /** Tokens that may read and not write. */
  readonly readOnly?: readonly string[];
  readonly issues: readonly number[];
}

/** Counted in characters, as GitHub does; its description does not say it. */
const longestBody = 65_536;

interface State {
  readonly options: FakeGitHubOptions;
  readonly comments: StoredComment[];
  readonly faults: { fault: Fault; left: number }[];
  readonly requests: string[];
  readonly violations: string[];
  url: string;
}

interface Answer {
  readonly status: number;
  readonly body: unknown;
  readonly headers?: Readonly<Record<string, string>>;
}

/** GitHub's issue comments on loopback: state, pages, permissions, limits and faults. Any owner and repository will do. */
export async function startFakeGitHub(options: FakeGitHubOptions): Promise<FakeGitHub> {
  const state: State = { options, comments: [], faults: [], requests: [], violations: [], url: "" };
  const server = createServer((request, response) => void serve(state, request, response));
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  state.url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return {
    apiUrl: state.url,
    comments: state.comments,
    requests: state.requests,
    violations: state.violations,
    seed: ({ issue, author, body }) => store(state, { issue, author, body }).id,
    fail: (fault) => state.faults.push({ fault, left: fault.times ?? 1 }),
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

async function serve(state: State, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const method = request.method ?? "GET";
  const target = request.url ?? "/";
  const requestBody = await readBody(request);
  const answer = answerTo(state, { method, target, requestBody, headers: request.headers });
  const { status, body: responseBody, headers } = answer;
  state.requests.push(`${method} ${target}`);
  state.violations.push(...contractViolations({ method, target, requestBody, status, responseBody }));
  response.writeHead(status, { "content-type": "application/json; charset=utf-8", ...headers });
  response.end(JSON.stringify(responseBody));
}

interface Asked {
  readonly method: string;
  readonly target: string;
  readonly requestBody: unknown;
  readonly headers: IncomingMessage["headers"];
}

function answerTo(state: State, asked: Asked): Answer {
  const pending = state.faults.find(({ fault, left }) => left > 0 && (fault.method ?? asked.method) === asked.method);
  if (pending === undefined) return carryOut(state, asked);
  pending.left -= 1;
  const { status, message, headers = {}, carriedOut } = pending.fault;
  if (carriedOut === true) carryOut(state, asked);
  return { ...error(status, message ?? `fault ${status}`), headers };
}

function carryOut(state: State, asked: Asked): Answer {
  const token = /^(?:token|bearer) (.+)$/i.exec(asked.headers.authorization ?? "")?.[1] ?? "";
  const login = state.options.tokens[token];
  if (login === undefined) return error(401, "Bad credentials");
  if (asked.headers["user-agent"] === undefined) return error(403, "Request forbidden by administrative rules.");
  const url = new URL(asked.target, state.url);
  const issue = Number(/^\/repos\/[^/]+\/[^/]+\/issues\/(\d+)\/comments$/.exec(url.pathname)?.[1]);
  const comment = Number(/^\/repos\/[^/]+\/[^/]+\/issues\/comments\/(\d+)$/.exec(url.pathname)?.[1]);
  if (!state.options.issues.includes(issue) && Number.isNaN(comment)) return error(404, "Not Found");
  if (asked.method === "GET") return page(state, issue, url);
  if (state.options.readOnly?.includes(token) === true) return error(403, "Resource not accessible by integration");
  return write(state, { issue, comment, author: login }, asked.requestBody);
}

function write(
  state: State,
  { issue, comment, author }: { readonly issue: number; readonly comment: number; readonly author: string },
  requestBody: unknown,
): Answer {
  const body = (requestBody as { body?: unknown } | undefined)?.body;
  if (typeof body !== "string" || body === "") return invalid("body is missing");
  if ([...body].length > longestBody) return invalid(`body is too long (maximum is ${longestBody} characters)`);
  if (!Number.isNaN(comment)) return edit(state, comment, body);
  return { status: 201, body: shown(state, store(state, { issue, author, body })) };
}

function store(state: State, comment: Pick<StoredComment, "issue" | "author" | "body">): StoredComment {
  const stored = { ...comment, id: 1000 + state.comments.length, edits: 0 };
  state.comments.push(stored);
  return stored;
}

function edit(state: State, id: number, body: string): Answer {
  const index = state.comments.findIndex((comment) => comment.id === id);
  const before = state.comments[index];
  if (before === undefined) return error(404, "Not Found");
  const after = { ...before, body, edits: before.edits + 1 };
  state.comments[index] = after;
  return { status: 200, body: shown(state, after) };
}

/** Comments by ascending id, 30 a page unless asked, at most 100; the next page is told in the Link header only. */
function page(state: State, issue: number, url: URL): Answer {
  const size = Math.min(100, Number(url.searchParams.get("per_page") ?? 30));
  const number = Number(url.searchParams.get("page") ?? 1);
  const all = state.comments.filter((comment) => comment.issue === issue);
  const last = Math.max(1, Math.ceil(all.length / size));
  const link = (to: number, rel: string) => {
    const target = new URL(url);
    target.searchParams.set("page", String(to));
    return `<${target.href}>; rel="${rel}"`;
  };
  const links = [
    ...(number > 1 ? [link(number - 1, "prev"), link(1, "first")] : []),
    ...(number < last ? [link(number + 1, "next"), link(last, "last")] : []),
  ];
  const body = all.slice((number - 1) * size, number * size).map((comment) => shown(state, comment));
  return { status: 200, body, headers: links.length === 0 ? {} : { link: links.join(", ") } };
}

function shown(state: State, { id, issue, author, body }: StoredComment): object {
  const at = "2026-11-22T00:00:00Z";
  return {
    id,
    node_id: `IC_${id}`,
    url: `${state.url}/repos/o/r/issues/comments/${id}`,
    html_url: `https://github.test/o/r/pull/${issue}#issuecomment-${id}`,
    issue_url: `${state.url}/repos/o/r/issues/${issue}`,
    body,
    user: user(author),
    created_at: at,
    updated_at: at,
    author_association: "NONE",
  };
}

function user(login: string): object {
  const url = `https://api.github.test/users/${encodeURIComponent(login)}`;
  const addresses = ["followers", "following", "gists", "starred", "subscriptions", "organizations", "repos", "events"];
  return {
    login,
    id: 41898282,
    node_id: "U_1",
    avatar_url: "https://avatars.github.test/u/1",
    gravatar_id: "",
    url,
    html_url: `https://github.test/${encodeURIComponent(login)}`,
    received_events_url: `${url}/received_events`,
    type: login.endsWith("[bot]") ? "Bot" : "User",
    site_admin: false,
    ...Object.fromEntries(addresses.map((name) => [`${name}_url`, `${url}/${name}`])),
  };
}

function error(status: number, message: string): Answer {
  return { status, body: { message, documentation_url: "https://docs.github.test/rest", status: String(status) } };
}

function invalid(message: string): Answer {
  const errors = [{ resource: "IssueComment", code: "unprocessable", field: "data", message }];
  return {
    status: 422,
    body: { message: "Validation Failed", errors, documentation_url: "https://docs.github.test/rest" },
  };
}

async function readBody(request: IncomingMessage): Promise<unknown> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  const text = Buffer.concat(chunks).toString("utf8");
  return text === "" ? undefined : JSON.parse(text);
}
