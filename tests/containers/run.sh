#!/bin/bash
# run.sh PYTEST_ARGS - build the images, and run the tests of this folder with podman and dockerd.
#
# Both run in namespaces of their own, and keep their images in $BUILD/containers: the machine's own
# containers, networks and firewall are not touched, and whatever is left ends with the namespace.
set -euo pipefail
here=tests/containers
work=$(realpath -m "$BUILD")/containers
run_root=/run/migrinit-tests

needed=(podman runc iptables mmdebstrap /usr/lib/podman/netavark /usr/lib/podman/aardvark-dns)
missing=()
for tool in "${needed[@]}"; do
    command -v "$tool" >/dev/null || missing+=("${tool##*/}")
done
[ "$(id -u)" = 0 ] || missing+=("root's rights")
if [ ${#missing[@]} -gt 0 ]; then
    echo "ok 1 - containers # SKIP not run at all, as there is no: ${missing[*]}; see make deps"
    exit 0
fi

# Where nothing may raise a limit, podman's own defaults are refused.
limit() { # name, hard limit, podman's default
    echo "\"$1=$(($2 < $3 ? $2 : $3)):$(($2 < $3 ? $2 : $3))\""
}
number() { if [ "$1" = unlimited ]; then echo 4194304; else echo "$1"; fi; }
files=$(number "$(ulimit -Hn)")
processes=$(number "$(ulimit -Hu)")

# dockerd's images are a copy, which goes when nothing has it mounted any more.
trap 'rm -rf "$work/docker"' EXIT
rm -rf "$work/docker"
mkdir -p "$work/networks"
cat >"$work/containers.conf" <<CONF
[containers]
default_ulimits = [$(limit nofile "$files" 1048576), $(limit nproc "$processes" 4194304)]
log_driver = "k8s-file"
[engine]
runtime = "runc"
cgroup_manager = "cgroupfs"
events_logger = "file"
[network]
network_backend = "netavark"
network_config_dir = "$work/networks"
CONF
cat >"$work/storage.conf" <<CONF
[storage]
driver = "overlay"
graphroot = "$work/storage"
runroot = "$run_root"
CONF
export CONTAINERS_CONF=$work/containers.conf CONTAINERS_STORAGE_CONF=$work/storage.conf

# In a process namespace, and with a /run for podman that nobody has seen before.
apart() {
    unshare --mount --pid --mount-proc --fork --kill-child "$@"
}
# shellcheck disable=SC2016 # for the other shell
apart bash -ec 'mkdir -p "$0" /run/libpod
    mount -t tmpfs run "$0"
    mount -t tmpfs libpod /run/libpod
    tests/containers/images.sh' $run_root

# No way out of here: names that podman's server does not know are asked of nobody else.
# shellcheck disable=SC2016
apart --net sh -ec 'ip link set lo up
    mount -t tmpfs run /run
    exec tests/support/both.sh "$@"' sh $here "$1"
