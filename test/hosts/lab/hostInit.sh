#!/bin/sh
# PID 1 of a lab host until it execs the real init. It runs in new mount, uts, ipc, pid, cgroup and
# network namespaces. Variables: LAB_NAME, LAB_ROOT (lower layer), LAB_FOLDER (upper, work, mount point,
# seed), LAB_INIT (systemd, plain or mini), LAB_DROP (what this script is the last to need).
set -eu
new=$LAB_FOLDER/mount
echo "$LAB_NAME" >/proc/sys/kernel/hostname
mount -t overlay overlay -o "lowerdir=$LAB_ROOT,upperdir=$LAB_FOLDER/upper,workdir=$LAB_FOLDER/work" "$new"
mkdir -p "$new/proc" "$new/sys" "$new/dev" "$new/run"
mount -t proc -o nosuid,nodev,noexec proc "$new/proc"
mount -t sysfs -o nosuid,nodev,noexec,ro sysfs "$new/sys"
mount -t tmpfs -o mode=755,nosuid tmpfs "$new/dev"
for node in "null 1 3" "zero 1 5" "full 1 7" "random 1 8" "urandom 1 9" "tty 5 0"; do
  set -- $node
  mknod -m 666 "$new/dev/$1" c "$2" "$3"
done
mkdir -p "$new/dev/pts" "$new/dev/shm" "$new/dev/mqueue"
mount -t devpts -o newinstance,ptmxmode=0666,mode=620,gid=5 devpts "$new/dev/pts"
ln -s pts/ptmx "$new/dev/ptmx"
ln -s /proc/self/fd "$new/dev/fd"
ln -s /proc/self/fd/0 "$new/dev/stdin"
ln -s /proc/self/fd/1 "$new/dev/stdout"
ln -s /proc/self/fd/2 "$new/dev/stderr"
mount -t tmpfs -o nosuid,nodev shm "$new/dev/shm"
mount -t tmpfs -o mode=755,nosuid,nodev tmpfs "$new/run"
mount -t cgroup2 cgroup2 "$new/sys/fs/cgroup"
# What is the whole machine's, and not this host's, stays read-only.
for knob in sys/kernel sys/vm sys/fs sys/debug sysrq-trigger; do
  [ -e "$new/proc/$knob" ] || continue
  mount --bind "$new/proc/$knob" "$new/proc/$knob"
  mount -o remount,bind,ro "$new/proc/$knob"
done
# A boot id of its own for every boot, as container managers give one.
mount --bind "$LAB_FOLDER/boot_id" "$new/proc/sys/kernel/random/boot_id"
# The host's own files (names, keys, sshd settings), without touching the folders that hold them.
# A host that boots again keeps what it has.
[ ! -e "$LAB_FOLDER/seed" ] || tar -C "$LAB_FOLDER/seed" -cf - . | tar -C "$new" --no-overwrite-dir -xpf -

cd "$new"
mkdir -p .old
pivot_root . .old
cd /
umount -l /.old
rmdir /.old
case $LAB_INIT in
systemd)
  exec setpriv --bounding-set "$LAB_DROP" --inh-caps "$LAB_DROP" \
    env -i container=lab TERM=linux PATH=/usr/sbin:/usr/bin:/sbin:/bin \
    /lib/systemd/systemd --log-target=journal
  ;;
plain)
  mkdir -p /run/sshd
  [ -x /usr/sbin/cron ] && /usr/sbin/cron
  exec setpriv --bounding-set "$LAB_DROP" --inh-caps "$LAB_DROP" \
    env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin /usr/sbin/sshd -D -E /var/log/sshd.log
  ;;
mini)
  exec env -i PATH=/sbin:/bin HOME=/root /sbin/init
  ;;
esac
