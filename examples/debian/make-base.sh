#!/usr/bin/env bash
# Makes a Debian base image with debootstrap and pushes it, for machines that cannot reach a public registry.
#
#   examples/debian/make-base.sh REGISTRY      e.g. localhost:5055; pushes REGISTRY/base/debian:bookworm
#
# Needs root and the Debian package debootstrap. The root file system is kept in ~/.cache/slipway-peers and reused.
# Environment: DEBIAN_MIRROR  where packages come from (debootstrap's default)
set -euo pipefail
registry=${1:?usage: make-base.sh REGISTRY}
project=$(cd "$(dirname "$0")/../.." && pwd)
cache=${PEERS_HOME:-$HOME/.cache/slipway-peers}/debian-bookworm-1

if [[ ! -f $cache/rootfs.tar ]]; then
	work=$(mktemp -d)
	trap 'rm -rf "$work"' EXIT
	debootstrap --variant=minbase bookworm "$work/root" ${DEBIAN_MIRROR:+"$DEBIAN_MIRROR"} >&2
	rm -rf "$work"/root/var/cache/apt/archives/*.deb "$work"/root/var/lib/apt/lists/*
	mkdir -p "$cache"
	tar -C "$work/root" --numeric-owner --one-file-system -cf "$cache/rootfs.tar.part" .
	mv "$cache/rootfs.tar.part" "$cache/rootfs.tar"
	printf 'FROM scratch\nADD rootfs.tar /\nENV PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin\nCMD ["bash"]\n' >"$cache/Dockerfile"
fi
node "$project/bin/slipway.cjs" build "$cache" --push "$registry/base/debian:bookworm"
