/*
 * reverseShell PORT SECONDS: a listener on 127.0.0.1, and beside it a shell whose stdin, stdout and stderr
 * are a connection to it. Nobody types anything; both end after SECONDS.
 * Prints the pids: `listener N` and `shell N`.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

int main(int argc, char **argv) {
  if (argc < 3) return 2;
  struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(atoi(argv[1]))};
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  int server = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), one = 1;
  setsockopt(server, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
  if (bind(server, (void *)&address, sizeof address) || listen(server, 1)) return 1;
  pid_t listener = fork();
  if (listener == 0) {
    int operator = accept4(server, 0, 0, SOCK_CLOEXEC);
    for (int fd = 0; fd < 3; fd++) close(fd);
    setsid();
    sleep(atoi(argv[2]));
    close(operator);
    return 0;
  }
  pid_t shell = fork();
  if (shell == 0) {
    setsid();
    int line = socket(AF_INET, SOCK_STREAM, 0);
    if (connect(line, (void *)&address, sizeof address)) return 1;
    for (int fd = 0; fd < 3; fd++) dup2(line, fd);
    close(line);
    execl("/bin/sh", "sh", "-i", (char *)0);
    return 1;
  }
  printf("listener %d\nshell %d\n", listener, shell);
  return 0;
}
