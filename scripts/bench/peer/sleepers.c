/*
 * Starts COUNT programs that sleep, each with a few open files and a socket, prints a
 * line when they run, and ends every one of them by its pid when its input ends.
 */
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

static void become_sleeper(void) {
  int pair[2];
  for (int index = 0; index < 6; index += 1)
    if (open("/dev/null", O_RDONLY) < 0) _exit(1);
  if (socketpair(AF_UNIX, SOCK_STREAM, 0, pair) != 0) _exit(1);
  execl("/bin/sleep", "sleep", "3600", (char *)0);
  _exit(1);
}

int main(int count, char **arguments) {
  int wanted = count > 1 ? atoi(arguments[1]) : 0;
  pid_t *pids = calloc(wanted + 1, sizeof *pids);
  int started = 0;
  for (; started < wanted; started += 1) {
    pids[started] = fork();
    if (pids[started] < 0) break;
    if (pids[started] == 0) {
      close(0);
      if (open("/dev/null", O_RDONLY) != 0) _exit(1);
      become_sleeper();
    }
  }
  printf("%d\n", started);
  fflush(stdout);
  char byte;
  while (read(0, &byte, 1) > 0) continue;
  for (int index = 0; index < started; index += 1) kill(pids[index], SIGKILL);
  while (wait(0) > 0) continue;
  return 0;
}
