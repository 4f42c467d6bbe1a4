/*
 * A harmless stand-in for a miner: it spins a linear congruential generator in some threads, hashes
 * nothing, and may talk stratum to the lab's fake pool. It ends by itself.
 *
 * Environment, so that the command line is free to look like anything:
 *   LAB_DUTY     per cent of one core for each thread (default 25)
 *   LAB_THREADS  number of threads (default 1)
 *   LAB_SECONDS  life time (default 600)
 *   LAB_POOL     IPv4:PORT of a pool; `-o IPv4:PORT` on the command line does the same
 *   LAB_TITLE    replaces the command line, as kernel-thread masquerades do
 *   LAB_COMM     replaces the thread name (15 bytes)
 *   LAB_HIDE     when set, the variables above are wiped from /proc/PID/environ
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

extern char **environ;
static int duty = 25;
static double deadline;

static double now(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return t.tv_sec + t.tv_nsec / 1e9;
}

static int number(const char *name, int otherwise) {
  const char *text = getenv(name);
  return text ? atoi(text) : otherwise;
}

static void *burn(void *unused) {
  volatile unsigned long x = 1;
  while (now() < deadline) {
    double started = now();
    while (now() - started < duty / 1000.0)
      for (int i = 0; i < 20000; i++) x = x * 6364136223846793005UL + 1;
    usleep((100 - duty) * 1000);
  }
  return unused;
}

static int say(int pool, const char *line) { return send(pool, line, strlen(line), MSG_NOSIGNAL) < 0; }

static int dial(const char *target) {
  char host[64];
  snprintf(host, sizeof host, "%s", target);
  char *port = strchr(host, ':');
  if (!port) return -1;
  *port++ = 0;
  struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(atoi(port))};
  if (inet_pton(AF_INET, host, &address.sin_addr) != 1) return -1;
  int pool = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (connect(pool, (void *)&address, sizeof address)) {
    close(pool);
    return -1;
  }
  say(pool, "{\"id\":1,\"jsonrpc\":\"2.0\",\"method\":\"login\",\"params\":{\"login\":\"SIMULATED\",\"pass\":\"x\","
            "\"agent\":\"sim/1\",\"algo\":[\"rx/0\"]}}\n");
  return pool;
}

/* Keeps a stratum conversation until the deadline; a lost pool is dialled again every two seconds. */
static void talk(const char *target) {
  char heard[2048];
  double last_share = now();
  int pool = -1;
  while (now() < deadline) {
    if (pool < 0) pool = dial(target);
    if (pool >= 0 && recv(pool, heard, sizeof heard, MSG_DONTWAIT) == 0) {
      close(pool);
      pool = -1;
    }
    if (pool >= 0 && now() - last_share > 10) {
      last_share = now();
      say(pool, "{\"id\":2,\"jsonrpc\":\"2.0\",\"method\":\"submit\",\"params\":{\"id\":\"sim\",\"job_id\":\"1\","
                "\"nonce\":\"00000000\",\"result\":\"00\"}}\n");
    }
    sleep(2);
  }
}

static void forge(int argc, char **argv) {
  const char *title = getenv("LAB_TITLE"), *comm = getenv("LAB_COMM");
  char kept[256] = "";
  if (comm) prctl(PR_SET_NAME, comm);
  if (title) snprintf(kept, sizeof kept, "%s", title);
  if (getenv("LAB_HIDE"))
    for (char **variable = environ; *variable; variable++)
      if (!strncmp(*variable, "LAB_", 4)) memset(*variable, 0, strlen(*variable));
  if (!*kept) return;
  size_t room = argv[argc - 1] + strlen(argv[argc - 1]) + 1 - argv[0];
  memset(argv[0], 0, room);
  snprintf(argv[0], room, "%s", kept);
}

int main(int argc, char **argv) {
  const char *pool = getenv("LAB_POOL");
  for (int i = 1; i + 1 < argc; i++)
    if (!strcmp(argv[i], "-o")) pool = argv[i + 1];
  if (pool) pool = strdup(pool);
  duty = number("LAB_DUTY", duty);
  if (duty < 1 || duty > 99) duty = 25;
  deadline = now() + number("LAB_SECONDS", 600);
  int threads = number("LAB_THREADS", 1);
  forge(argc, argv);
  pthread_t thread;
  for (int i = pool ? 0 : 1; i < threads; i++) pthread_create(&thread, 0, burn, 0);
  if (pool) talk(pool);
  else burn(0);
  return 0;
}
