#!/bin/bash
# A container that starts while the gadget runs: a process with namespaces of its own in a cgroup of its own. gadgetctl runs
# in a network namespace that stands for the host, so that the machine's own network is not touched.
. "$(dirname "$0")/../lib.sh"
. "$(dirname "$0")/../net.sh"

cgroups=/sys/fs/cgroup
[ ! -d "$cgroups/unified" ] || cgroups=$cgroups/unified
name=gadgetry-container-$$
on_exit "rmdir $cgroups/$name"
on_exit "kill -9 \$(cat $cgroups/$name/cgroup.procs)"
# The network namespace is a named one, for its number; it is entered before the pid namespace is made.
cat >"$work/container" <<EOF
#!/bin/bash
mkdir "$cgroups/$name"
echo \$\$ >"$cgroups/$name/cgroup.procs"
exec nsenter --net="/run/netns/$right" unshare --pid --fork --kill-child sleep 300
EOF
chmod +x "$work/container"
cat >"$work/gadgetctl" <<EOF
#!/bin/bash
exec nsenter --net="/run/netns/$left" "$GADGETCTL" "\$@"
EOF
chmod +x "$work/gadgetctl"
GADGETCTL=$work/gadgetctl

number=$(net_ns_number "$right")
for row in tc/ingress tc/egress socket; do expect_row "$row (container)" ".value == $number"; done

attached() { [ "$(grep -c 'program on_.* attached to .*container' "$work/err")" -ge 3 ]; }
detached() { [ "$(grep -c 'program on_.* detached' "$work/err")" -ge 3 ]; }
all_seen() { [ "$(wc -l <"$work/out")" -ge 3 ]; }

trigger() {
  "$work/container" &
  pair row0 far0 0
  wait_until 20 attached || { echo "the container was not found"; exit 1; }
  ping_right 10.77.0.2
  wait_until 10 all_seen || true
  kill -9 $(cat "$cgroups/$name/cgroup.procs")
  wait_until 20 detached || { echo "still attached though the container has ended"; exit 1; }
}
check_gone() {
  no_tc "$left" row0
  no_links "$left"
}

run_area --containers "$name*"
