#!/usr/bin/env bash
# The real tools that tests and benches run against, from Debian packages and Go modules only (Debian 12 or newer, root, Go).
#
#   scripts/peers.sh install [NAME...]   all that the tests need, or those named; cached by version
#   scripts/peers.sh path                the folder to put on PATH
#
# Names: apt  crane  conformance (the OCI distribution suite)
# Environment: PEERS_HOME  where compiled tools live (~/.cache/slipway-peers)
set -euo pipefail
home=${PEERS_HOME:-$HOME/.cache/slipway-peers}
bin=$home/bin
packages=(skopeo docker-registry debootstrap busybox-static zstd)

# go_tool NAME VERSION PACKAGE: compiled in a module of its own, since some refuse `go install package@version`.
go_tool() {
	local name=$1 version=$2 package=$3 dir=$home/src/$1
	if [[ $(cat "$bin/.$name" 2>/dev/null) == "$version" ]]; then
		echo "$name $version (cached)"
		return
	fi
	command -v go >/dev/null || { echo "peers.sh: $name needs Go to compile" >&2; return 1; }
	rm -rf "$dir"
	mkdir -p "$dir" "$bin"
	if ! (
		cd "$dir"
		export CGO_ENABLED=0 GOFLAGS=-mod=mod GOBIN=$dir/bin
		go mod init "peer/$name"
		go get -tool "$package@$version"
		go install -ldflags='-s -w' "$package"
	) >"$home/$name.log" 2>&1; then
		tail -n 5 "$home/$name.log" >&2
		echo "peers.sh: $name did not compile, see $home/$name.log" >&2
		return 1
	fi
	mv "$dir/bin/$(basename "$package")" "$bin/$name"
	rm -rf "$dir"
	echo "$version" >"$bin/.$name"
	echo "$name $version"
}

install() {
	local name
	for name; do
		case $name in
		apt)
			if ! dpkg -s "${packages[@]}" >/dev/null 2>&1; then
				apt-get update -qq >&2
				DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${packages[@]}" >/dev/null
			fi
			echo "apt ${packages[*]}"
			;;
		conformance) go_tool conformance v0.0.0-20260831232431-97274622c111 github.com/opencontainers/distribution-spec/conformance ;;
		crane) go_tool crane v0.22.1 github.com/google/go-containerregistry/cmd/crane ;;
		*)
			echo "peers.sh: no tool named $name" >&2
			return 2
			;;
		esac
	done
}

case ${1-} in
install)
	shift
	if (($#)); then install "$@"; else install apt crane conformance; fi
	;;
path) echo "$bin" ;;
*)
	sed -n '2,/^set /{/^#/s/^# \?//p}' "$0"
	exit 2
	;;
esac
