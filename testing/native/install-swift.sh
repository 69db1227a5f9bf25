#!/usr/bin/env bash
# Puts Debian trixie's Swift compiler, with all that it runs on, below one folder: testing/native/install-swift.sh [FOLDER, default testing/native/.swift].
# The packages are fetched and verified by apt (the archive's keys of debian-archive-keyring) and unpacked, never installed: the machine's own are not touched,
# and none of their scripts run. With it come WebKit's JavaScriptCore and its headers. Does nothing where this very script put all of it before. Some 500 MB are fetched, 1.5 GB stay.
set -euo pipefail

folder=${1:-$(cd "$(dirname "$0")" && pwd)/.swift}
keyring=/usr/share/keyrings/debian-archive-keyring.gpg

red() {
  echo "install-swift.sh: $1" >&2
  exit 1
}

stamp=$(sha256sum <"$0")
[ "$(cat "$folder/.stands" 2>/dev/null)" = "$stamp" ] && exit 0
for tool in apt-get dpkg; do command -v "$tool" >/dev/null || red "there is no $tool: the compiler comes as Debian packages, from a Debian or Ubuntu machine"; done
[ -r "$keyring" ] || red "there is no $keyring: apt-get install debian-archive-keyring"

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
# apt fetches as its own user, who has to reach the folder.
chmod 755 "$work"
mkdir -p "$work/lists/partial" "$work/archives/partial"
: >"$work/status"

# Where this machine's Debian comes from, a mirror near it perhaps; Debian's own address where it has none.
mirror=$(apt-get indextargets --format '$(REPO_URI)' 'Created-By: Packages' 2>/dev/null | grep -E '/debian/?$' | head -n 1 || true)
echo "deb [signed-by=$keyring] ${mirror:-http://deb.debian.org/debian} trixie main" >"$work/sources.list"

# Nothing counts as installed, so that the whole closure is fetched.
apt=(apt-get -q
  -o "Dir::Etc::sourcelist=$work/sources.list" -o Dir::Etc::sourceparts=- -o Dir::Etc::preferences=- -o Dir::Etc::preferencesparts=-
  -o "Dir::State=$work" -o "Dir::State::status=$work/status" -o "Dir::Cache=$work" -o Acquire::Retries=3)
"${apt[@]}" update >"$work/log" 2>&1 && ! grep -qE '^(Err:|E:|W: Failed)' "$work/log" ||
  red "Debian trixie's list of packages was not to be had from ${mirror:-deb.debian.org}: is there a network, and has apt its proxy? $(grep -E '^(E|W|Err):?' "$work/log" | head -n 3)"
"${apt[@]}" install -y --download-only --no-install-recommends swiftlang libc6-dev libstdc++-14-dev libjavascriptcoregtk-4.1-0 >"$work/log" 2>&1 ||
  red "the packages were not to be had: $(tail -n 3 "$work/log")"
# For its headers alone: what it depends on would be a desktop's.
(cd "$work/archives/partial" && "${apt[@]}" download libjavascriptcoregtk-4.1-dev >"$work/log" 2>&1 && mv ./*.deb ..) ||
  red "the headers of JavaScriptCore were not to be had: $(tail -n 3 "$work/log")"

made=$folder.new
rm -rf "$made"
mkdir -p "$made/usr/"{bin,lib,lib64,sbin} "$made/"{dev,host,proc,tmp}
# Debian's own layout since usr and / are one.
for name in bin lib lib64 sbin; do ln -s "usr/$name" "$made/$name"; done
# Other programs of the packages that compile nothing, and libraries for other targets.
tools=./usr/libexec/swift
for package in "$work/archives/"*.deb; do
  dpkg-deb --fsys-tarfile "$package" | tar -x -C "$made" --keep-directory-symlink --no-same-owner \
    --exclude="$tools/bin/*lldb*" --exclude="$tools/bin/clangd" --exclude="$tools/bin/sourcekit-lsp" --exclude="$tools/lib/liblldb*" \
    --exclude="$tools/lib/libsourcekit*" --exclude="$tools/lib/swift/embedded" --exclude="$tools/lib/swift_static" --exclude=./usr/share/doc
done

rm -rf "$folder"
echo "$stamp" >"$made/.stands"
mv "$made" "$folder"
