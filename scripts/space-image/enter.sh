#!/bin/sh
# Becomes a container's first process. Runs in new mount and process namespaces, as root:
#   enter.sh ROOT VIEW UID FOLDER WRITABLE [NAME=VALUE...] COMMAND...
# ROOT is the container's file system; it is seen at VIEW, read-only but for the folder WRITABLE and /tmp.
set -eu
root=$1 view=$2 uid=$3 folder=$4 writable=$5
shift 5

mount --bind "$root" "$view"
mount --bind "$view$writable" "$view$writable"
mount -o remount,bind,ro "$view"
mount -t tmpfs -o mode=1777 tmpfs "$view/tmp"
mount -t proc proc "$view/proc"
mount -t tmpfs -o mode=755 tmpfs "$view/dev"
for device in null zero full random urandom; do
  : >"$view/dev/$device"
  mount --bind "/dev/$device" "$view/dev/$device"
done
# In a network of its own there is nothing but this.
ip link set lo up

account="--reuid=$uid --regid=$uid --clear-groups --no-new-privs --bounding-set=-all --inh-caps=-all"
# Another user forgets whose death it was to follow.
# shellcheck disable=SC2086 -- these are words
exec chroot "$view" /usr/bin/setpriv $account --pdeathsig=KILL \
  /usr/bin/env --ignore-environment --chdir="$folder" "$@"
