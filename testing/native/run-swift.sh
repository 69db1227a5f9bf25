#!/bin/sh
# Runs a program among the packages of install-swift.sh: testing/native/run-swift.sh FOLDER PROGRAM [ARGUMENT…], with the machine's own files below /host.
# In mounts of its own, which end with it; FOLDER is left as it was. Without root it asks for a user namespace.
set -eu
tree=$1
shift
[ "${COUNTERSIGN_SWIFT_INSIDE:-}" = 1 ] || {
  [ "$(id -u)" = 0 ] && as=-m || as=-rm
  COUNTERSIGN_SWIFT_INSIDE=1 exec unshare "$as" --propagation private "$0" "$tree" "$@"
}
mount --rbind / "$tree/host"
# Read, never changed: a linker that is told to write to a device changes its mode.
for folder in dev proc; do
  mount --rbind "/$folder" "$tree/$folder"
  mount -o remount,bind,ro "$tree/$folder"
done
exec env -i PATH=/usr/libexec/swift/bin:/usr/bin HOME="/host${HOME:-/tmp}" TMPDIR="/host${TMPDIR:-/tmp}" \
  LD_LIBRARY_PATH=/usr/lib/swift/linux:/usr/libexec/swift/lib/swift/linux:/usr/libexec/swift/lib \
  "$(command -v chroot || echo /usr/sbin/chroot)" "$tree" "$@"
