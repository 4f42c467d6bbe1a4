/* memfdRunner FILE ARGV0 [ARGUMENT…]: runs FILE from an anonymous memory file, with a command line of its own. */
#define _GNU_SOURCE
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <unistd.h>

extern char **environ;

int main(int argc, char **argv) {
  struct stat status;
  if (argc < 3) return 2;
  int file = open(argv[1], O_RDONLY | O_CLOEXEC), memory = memfd_create("", MFD_CLOEXEC);
  if (file < 0 || memory < 0 || fstat(file, &status)) return 1;
  for (off_t done = 0; done < status.st_size;)
    if (sendfile(memory, file, &done, status.st_size - done) <= 0) return 1;
  unlink(argv[1]);
  unlink(argv[0]);
  fexecve(memory, argv + 2, environ);
  return 1;
}
