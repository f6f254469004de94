/*
 * Speaks OpenAI-style SSE over HTTP/1.1 keep-alive as fast as the kernel takes it, and remembers when it wrote each token.
 *
 * One thread over epoll. A POST streams "max_tokens" tokens, each an HTTP chunk of its own, and ends with the finish
 * reason, usage and [DONE]:
 *   POST with "flood":1    tokens as fast as the socket takes them; no times are kept
 *   POST otherwise         token k at receipt + TTFT + k * ITL (absolute deadlines)
 * GET /log                 the times since the last GET /log, CLOCK_MONOTONIC in ms, as doubles:
 *                          per stream [tokens, received, written_0, written_1, ...]
 * GET anything else        a page of one model.
 *
 * sse-server TTFT_US ITL_US       prints its port and serves until it is killed.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum { MAX_FD = 8192, IN_SIZE = 65536, PATTERN_TOKENS = 512, MAX_TAIL = 1024 };

static const char HEAD[] = "HTTP/1.1 200 OK\r\ncontent-type: text/event-stream; charset=utf-8\r\n"
                           "transfer-encoding: chunked\r\nconnection: keep-alive\r\n\r\n";
static const char *WORDS[] = {" the", " quick", " brown", " fox", " jumps", " over", " a", " lazy", " dog", ".\\n"};

typedef struct {
  int open, flood, heap_at;
  long tokens, next;       /* of the stream; tokens 0: idle */
  double received;         /* ms */
  double *written;         /* ms, one a token; paced only */
  char in[IN_SIZE];
  size_t in_len;
  char *out;               /* what the socket did not take */
  size_t out_len, out_at;
  size_t pattern_at;       /* flood: byte position in the pattern */
  long flood_left;         /* flood: bytes left of the token part */
} Conn;

static Conn *conns[MAX_FD];
static int heap[MAX_FD], heap_n;
static double ttft_ms, itl_ms;
static int ep;
static char pattern[PATTERN_TOKENS * 320];
static size_t token_at[PATTERN_TOKENS + 1];
static double *logged;
static size_t log_n, log_cap;

static double now_ms(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return t.tv_sec * 1e3 + t.tv_nsec / 1e6;
}

static size_t put_event(char *to, const char *json) {
  return sprintf(to, "%zx\r\ndata: %s\n\n\r\n", strlen(json) + 8, json);
}

static size_t put_token(char *to, long index) {
  char json[320];
  sprintf(json,
          "{\"id\":\"chatcmpl-4f0a7c1be39d4d6f8b6c\",\"object\":\"chat.completion.chunk\",\"created\":1764000000,"
          "\"model\":\"bench\",\"choices\":[{\"index\":0,\"delta\":{\"content\":\"%s\"},\"logprobs\":null,"
          "\"finish_reason\":null}]}",
          WORDS[index % 10]);
  return put_event(to, json);
}

static size_t put_tail(char *to, long tokens) {
  char json[320];
  size_t n = put_event(to, "{\"id\":\"chatcmpl-4f0a7c1be39d4d6f8b6c\",\"object\":\"chat.completion.chunk\","
                           "\"created\":1764000000,\"model\":\"bench\",\"choices\":[{\"index\":0,\"delta\":{},"
                           "\"logprobs\":null,\"finish_reason\":\"length\"}]}");
  sprintf(json, "{\"id\":\"chatcmpl-4f0a7c1be39d4d6f8b6c\",\"object\":\"chat.completion.chunk\",\"created\":1764000000,"
                "\"model\":\"bench\",\"choices\":[],\"usage\":{\"prompt_tokens\":8,\"completion_tokens\":%ld}}", tokens);
  n += put_event(to + n, json);
  return n + sprintf(to + n, "e\r\ndata: [DONE]\n\n\r\n0\r\n\r\n");
}

/* --- the streams by their next deadline --- */

static double due(int fd) { return conns[fd]->received + ttft_ms + conns[fd]->next * itl_ms; }

static void heap_set(int at, int fd) { heap[at] = fd; conns[fd]->heap_at = at; }

static void heap_fix(int at) {
  int fd = heap[at];
  while (at > 0 && due(heap[(at - 1) / 2]) > due(fd)) { heap_set(at, heap[(at - 1) / 2]); at = (at - 1) / 2; }
  for (;;) {
    int child = 2 * at + 1;
    if (child >= heap_n) break;
    if (child + 1 < heap_n && due(heap[child + 1]) < due(heap[child])) child++;
    if (due(heap[child]) >= due(fd)) break;
    heap_set(at, heap[child]);
    at = child;
  }
  heap_set(at, fd);
}

static void heap_add(int fd) { heap_set(heap_n++, fd); heap_fix(heap_n - 1); }

static void heap_remove(int fd) {
  int at = conns[fd]->heap_at;
  if (at < 0) return;
  conns[fd]->heap_at = -1;
  if (at != --heap_n) { heap_set(at, heap[heap_n]); heap_fix(at); }
}

/* --- writing --- */

static void watch(int fd, int writable) {
  struct epoll_event e = {.events = EPOLLIN | (writable ? EPOLLOUT : 0), .data.fd = fd};
  epoll_ctl(ep, EPOLL_CTL_MOD, fd, &e);
}

static void drop(int fd) {
  heap_remove(fd);
  free(conns[fd]->written);
  free(conns[fd]->out);
  free(conns[fd]);
  conns[fd] = NULL;
  close(fd);
}

/* Keeps what the socket does not take; -1 where the connection is gone. */
static int put(int fd, const char *bytes, size_t n) {
  Conn *c = conns[fd];
  ssize_t done = c->out_len > 0 ? 0 : send(fd, bytes, n, MSG_NOSIGNAL);
  if (done < 0 && errno != EAGAIN) return -1;
  if (done < 0) done = 0;
  if ((size_t)done == n) return 0;
  c->out = realloc(c->out, c->out_len + n - done);
  memcpy(c->out + c->out_len, bytes + done, n - done);
  c->out_len += n - done;
  watch(fd, 1);
  return 0;
}

static void log_stream(Conn *c) {
  size_t need = log_n + c->tokens + 2;
  if (need > log_cap) logged = realloc(logged, (log_cap = need * 2) * sizeof(double));
  logged[log_n] = c->tokens;
  logged[log_n + 1] = c->received;
  memcpy(logged + log_n + 2, c->written, c->tokens * sizeof(double));
  log_n = need;
}

static void write_due(int fd) {
  Conn *c = conns[fd];
  char bytes[512 + MAX_TAIL];
  long k = c->next;
  size_t from = token_at[k % PATTERN_TOKENS], n = token_at[k % PATTERN_TOKENS + 1] - from;
  memcpy(bytes, pattern + from, n);
  int last = k + 1 == c->tokens;
  if (last) n += put_tail(bytes + n, c->tokens);
  c->written[k] = now_ms();
  c->next++;
  if (last) {
    log_stream(c);
    heap_remove(fd);
    c->tokens = 0;
  } else heap_fix(c->heap_at);
  if (put(fd, bytes, n) < 0) drop(fd);
}

/* Whole turns of the pattern until the socket is full. */
static void flood(int fd) {
  Conn *c = conns[fd];
  size_t whole = token_at[PATTERN_TOKENS];
  while (c->flood_left > 0) {
    size_t n = whole - c->pattern_at;
    if ((long)n > c->flood_left) n = c->flood_left;
    ssize_t done = send(fd, pattern + c->pattern_at, n, MSG_NOSIGNAL);
    if (done < 0) {
      if (errno == EAGAIN) watch(fd, 1);
      else drop(fd);
      return;
    }
    c->flood_left -= done;
    c->pattern_at = (c->pattern_at + done) % whole;
  }
  char tail[MAX_TAIL];
  size_t n = put_tail(tail, c->tokens);
  c->flood = 0;
  c->tokens = 0;
  watch(fd, 0);
  if (put(fd, tail, n) < 0) drop(fd);
}

/* --- requests --- */

static void answer_get(int fd, const char *request) {
  char head[256];
  static const char page[] = "{\"object\":\"list\",\"data\":[{\"id\":\"bench\",\"object\":\"model\"}]}";
  int is_log = strncmp(request, "GET /log ", 9) == 0;
  const char *body = is_log ? (const char *)logged : page;
  size_t n = is_log ? log_n * sizeof(double) : sizeof page - 1;
  sprintf(head, "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: %zu\r\n\r\n", n);
  if (put(fd, head, strlen(head)) < 0 || put(fd, body, n) < 0) drop(fd);
  if (is_log) log_n = 0;
}

static void answer_post(int fd, const char *body) {
  Conn *c = conns[fd];
  const char *asked = strstr(body, "\"max_tokens\":");
  c->tokens = asked ? atol(asked + 13) : 16;
  if (c->tokens < 1) c->tokens = 1;
  c->next = 0;
  c->received = now_ms();
  if (put(fd, HEAD, sizeof HEAD - 1) < 0) return drop(fd);
  if (strstr(body, "\"flood\":1")) {
    long laps = c->tokens / PATTERN_TOKENS, rest = c->tokens % PATTERN_TOKENS;
    c->flood = 1;
    c->pattern_at = 0;
    c->flood_left = laps * (long)token_at[PATTERN_TOKENS] + (long)token_at[rest];
    return flood(fd);
  }
  c->written = realloc(c->written, c->tokens * sizeof(double));
  heap_add(fd);
}

static void on_bytes(int fd) {
  Conn *c = conns[fd];
  ssize_t got = recv(fd, c->in + c->in_len, IN_SIZE - 1 - c->in_len, 0);
  if (got < 0 && errno == EAGAIN) return;
  if (got <= 0) return drop(fd);
  c->in_len += got;
  c->in[c->in_len] = 0;
  char *end = strstr(c->in, "\r\n\r\n");
  if (!end) return;
  char *length = strcasestr(c->in, "content-length:");
  size_t body = length && length < end ? strtoul(length + 15, NULL, 10) : 0;
  if (c->in_len < (size_t)(end + 4 - c->in) + body) return;
  c->in_len = 0;
  if (c->in[0] == 'G') answer_get(fd, c->in);
  else answer_post(fd, end + 4);
}

static void on_writable(int fd) {
  Conn *c = conns[fd];
  if (c->out_len > 0) {
    ssize_t done = send(fd, c->out + c->out_at, c->out_len - c->out_at, MSG_NOSIGNAL);
    if (done < 0) { if (errno != EAGAIN) drop(fd); return; }
    if ((c->out_at += done) < c->out_len) return;
    c->out_len = c->out_at = 0;
    watch(fd, 0);
  }
  if (c->flood) flood(fd);
}

static void on_connection(int listener) {
  int fd = accept4(listener, NULL, NULL, SOCK_NONBLOCK);
  if (fd < 0) return;
  if (fd >= MAX_FD) { close(fd); return; }
  int one = 1;
  setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
  conns[fd] = calloc(1, sizeof(Conn));
  conns[fd]->heap_at = -1;
  struct epoll_event e = {.events = EPOLLIN, .data.fd = fd};
  epoll_ctl(ep, EPOLL_CTL_ADD, fd, &e);
}

static int start_listening(void) {
  struct sockaddr_in at = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
  socklen_t size = sizeof at;
  int listener = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
  if (bind(listener, (struct sockaddr *)&at, size) < 0 || listen(listener, 4096) < 0) { perror("listen"); exit(1); }
  getsockname(listener, (struct sockaddr *)&at, &size);
  printf("%d\n", ntohs(at.sin_port));
  fflush(stdout);
  return listener;
}

int main(int argc, char **argv) {
  ttft_ms = argc > 1 ? atof(argv[1]) / 1e3 : 50;
  itl_ms = argc > 2 ? atof(argv[2]) / 1e3 : 10;
  signal(SIGPIPE, SIG_IGN);
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  prctl(PR_SET_TIMERSLACK, 1);
  for (long i = 0; i < PATTERN_TOKENS; i++) token_at[i + 1] = token_at[i] + put_token(pattern + token_at[i], i);
  ep = epoll_create1(0);
  int listener = start_listening();
  struct epoll_event e = {.events = EPOLLIN, .data.fd = listener}, ready[256];
  epoll_ctl(ep, EPOLL_CTL_ADD, listener, &e);
  for (;;) {
    /* Sleeps until 50 us before the next deadline and spins the rest, still reading. */
    struct timespec wait = {0, 0}, *timeout = heap_n > 0 ? &wait : NULL;
    double left = heap_n > 0 ? due(heap[0]) - now_ms() - 0.05 : 0;
    if (left > 0) { wait.tv_sec = left / 1e3; wait.tv_nsec = (left - wait.tv_sec * 1e3) * 1e6; }
    int n = epoll_pwait2(ep, ready, 256, timeout, NULL);
    for (int i = 0; i < n; i++) {
      int fd = ready[i].data.fd;
      if (fd == listener) { on_connection(fd); continue; }
      if (ready[i].events & EPOLLOUT && conns[fd]) on_writable(fd);
      if (ready[i].events & (EPOLLIN | EPOLLHUP | EPOLLERR) && conns[fd]) on_bytes(fd);
    }
    /* A round of at most so many, so that new requests are received between. */
    for (int i = 0; i < 64 && heap_n > 0 && due(heap[0]) <= now_ms(); i++) write_due(heap[0]);
  }
}
