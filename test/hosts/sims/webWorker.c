/*
 * webWorker COMMAND: what a hole in a web application looks like from outside: a process that calls itself
 * a web server's worker, runs as www-data, and has started `sh -c COMMAND`. Prints `server N` and `shell N`.
 */
#define _GNU_SOURCE
#include <grp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

int main(int argc, char **argv) {
  if (argc < 2) return 2;
  char *command = strdup(argv[1]);
  int report[2];
  if (pipe(report)) return 1;
  pid_t server = fork();
  if (server != 0) {
    char text[32] = "";
    close(report[1]);
    if (read(report[0], text, sizeof text - 1) <= 0) return 1;
    printf("server %d\nshell %s\n", server, text);
    return 0;
  }
  setsid();
  size_t room = argv[argc - 1] + strlen(argv[argc - 1]) + 1 - argv[0];
  memset(argv[0], 0, room);
  snprintf(argv[0], room, "nginx: worker process");
  prctl(PR_SET_NAME, "nginx");
  if (setgroups(0, 0) || setgid(33) || setuid(33)) return 1;
  pid_t shell = fork();
  if (shell == 0) {
    for (int fd = 0; fd < 8; fd++) close(fd);
    execl("/bin/sh", "sh", "-c", command, (char *)0);
    return 1;
  }
  dprintf(report[1], "%d", shell);
  for (int fd = 0; fd < 8; fd++) close(fd);
  waitpid(shell, 0, 0);
  return 0;
}
