#!/usr/bin/env bash
# Installs what the tests and benchmarks of WebRTC run of others' software: Debian's packages (as root), the packages of npm that package-lock.json
# names, and pion's peer, which is built. What is there already is left as it is. CONTRIBUTING.md says what for.
set -euo pipefail
cd "$(dirname "$0")"

# A program or file that a package brings, and the package.
needed=(
  /usr/bin/chromium=chromium
  /usr/bin/chromedriver=chromium-driver
  /usr/bin/firefox-esr=firefox-esr
  /usr/bin/turnserver=coturn
  /usr/bin/faketime=faketime
  /usr/bin/openssl=openssl
  /usr/lib/postgresql=postgresql
  /usr/bin/go=golang-go
  /usr/share/gocode/src/github.com/pion/webrtc/go.mod=golang-github-pion-webrtc.v3-dev
)
command -v node > /dev/null || needed+=(/usr/bin/node=nodejs)
command -v npm > /dev/null || needed+=(/usr/bin/npm=npm)
missing=()
for pair in "${needed[@]}"; do
  [ -e "${pair%%=*}" ] || missing+=("${pair#*=}")
done
if [ ${#missing[@]} -gt 0 ]; then
  # A machine that has just been made may know old versions only, or none.
  apt-get update -qq
  # coturn would start a server of its own.
  RUNLEVEL=1 DEBIAN_FRONTEND=noninteractive apt-get install -qq --no-install-recommends "${missing[@]}" > /dev/null
fi

[ node_modules/.package-lock.json -nt package-lock.json ] || npm ci --no-progress

# pion is a Debian package, so Go builds as it did before modules: from a GOPATH, here one that ends with this script.
if [ ! -e bin/pion ] || [ -n "$(find pion -newer bin/pion)" ]; then
  path=$(mktemp -d)
  trap 'rm -rf "$path"' EXIT
  mkdir -p bin "$path/src/netflux"
  ln -s "$PWD/pion" "$path/src/netflux/pion"
  GO111MODULE=off GOPATH="$path:/usr/share/gocode" go build -buildvcs=false -o bin/pion netflux/pion
fi
