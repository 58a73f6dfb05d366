#!/usr/bin/env bash
# Runs the README's commands in a bare Debian 12 that knows nothing of this computer.
#
# Usage, as root on Debian, with debootstrap and git:
#   packaging/check_fresh_root.sh [--with PATH]... [VERB]...
#
# VERB      what do.py shall do there, in this order; without any: test demo
# --with    a file or folder that this computer's pip configuration points to (a
#           mirror on disk, say); copied to the same place in the bare root
#
# What is committed is what is tested. The mirror, the certificates and pip's
# configuration are this computer's. The root is a temporary folder, removed at the
# end; with KEEP=1 it stays.
set -euo pipefail

usage() { sed -n '2,/^set /p' "$0" | sed '$d; s/^# \{0,1\}//'; exit 2; }

with=() verbs=()
while (($#)); do
  case $1 in
    --with) with+=("${2:?--with needs a path}"); shift 2 ;;
    -*) usage ;;
    *) verbs+=("$1"); shift ;;
  esac
done
((${#verbs[@]})) || verbs=(test demo)

project=$(git -C "$(dirname "${BASH_SOURCE[0]}")" rev-parse --show-toplevel)
folder=$(mktemp -d)
root=$folder/root

leave() {
  for mounted in "$root/dev/shm" "$root/dev/pts" "$root/proc"; do
    if mountpoint -q "$mounted"; then umount "$mounted"; fi
  done
  if [[ ${KEEP:-} ]]; then echo "Left as it is: $root"; else rm -rf --one-file-system "$folder"; fi
}
trap leave EXIT

# The address that apt itself uses for the main archive.
mirror() {
  apt-get indextargets --format '$(SITE) $(ORIGIN) $(CODENAME) $(COMPONENT)' 'Created-By: Packages' |
    awk '$2 == "Debian" && $3 == "bookworm" && $4 == "main" && !found {print $1; found = 1}'
}

# A file or folder of this computer, at the same place there.
carry() {
  for path in "$@"; do
    if [[ -e $path ]]; then mkdir -p "$root$(dirname "$path")" && cp -rL "$path" "$root$path"; fi
  done
}

inside() {
  local settings
  mapfile -t settings < <(env | grep -E '^(PIP_|CI=|[a-z]+_proxy=)' || true)
  env -i "${settings[@]}" HOME=/root PATH=/usr/sbin:/usr/bin:/sbin:/bin PIP_CERT=/etc/certificates \
    chroot "$root" "$@"
}

timed() {
  local started=$SECONDS
  "$@"
  echo "== $((SECONDS - started)) s: ${*: -1}"
}

debootstrap --variant=minbase bookworm "$root" "$(mirror)" > "$folder/debootstrap.log" ||
  { tail -20 "$folder/debootstrap.log"; exit 1; }
carry /etc/resolv.conf /etc/hosts /etc/pip.conf /etc/xdg/pip
cp /etc/ssl/certs/ca-certificates.crt "$root/etc/certificates" # apt may lay its own bundle anew
carry "${with[@]}"
mount -t proc proc "$root/proc"
mount -t devpts devpts "$root/dev/pts"
mount -t tmpfs tmpfs "$root/dev/shm"
git clone --quiet --no-hardlinks "$project" "$root/root/project"

inside apt-get -q -q update
timed inside sh -c 'DEBIAN_FRONTEND=noninteractive apt-get -q -q install -y --no-install-recommends python3 > /dev/null'
for verb in "${verbs[@]}"; do
  timed inside sh -c "cd /root/project && python3 do.py $verb"
done
timed inside sh -c "cd /root/project && python3 do.py setup"
