#!/bin/bash
# Programs, scripts and executions that fail.
. "$(dirname "$0")/../../tests/lib.sh"
need_root
printf '#!/bin/sh\n:\n' >"$work/script"
chmod +x "$work/script"

start_gadget trace_exec -o json
/bin/echo hello 'two words' '' end >/dev/null
"$work/script" argument
perl -e 'exec {"/nowhere/prog"} "prog", "-x"' 2>/dev/null || true
perl -e 'exec "/bin/true", ("x" x 100) x 60'
sleep 0.3
stop_gadget
expect_event '.args == "/bin/echo hello two words  end" and .argv == ["/bin/echo", "hello", "two words", "", "end"] and .args_count == 5 and .args_size == 31
  and .proc.comm == "echo" and .error == "" and .proc.parent.pid == '$$' and .inode > 0 and .dev_major >= 0 and .timestamp_raw > 0'
expect_event ".args == \"/bin/sh $work/script argument\" and .proc.comm == \"script\""
expect_event '.proc.comm == "true" and (.argv | length) == 42 and .args_count == 61 and .args_size == 4096 and (.args | length) == 4096'
expect_no_event '.error != ""'

start_gadget trace_exec -o json --ignore-failed=false --paths
(cd /usr && exec "$work/script" argument)
perl -e 'exec {"/nowhere/prog"} "prog", "-x", "y z"' 2>/dev/null || true
sleep 0.3
stop_gadget
expect_event ".args == \"/bin/sh $work/script argument\" and .file == \"$work/script\" and .cwd == \"/usr\" and .exepath == \"$(readlink -f /bin/sh)\""
expect_event '.args == "prog -x y z" and .argv == ["prog", "-x", "y z"] and .error == "ENOENT" and .args_count == 3 and .file == "/nowhere/prog" and .proc.comm == "perl"'
expect_event '.proc.comm == "perl" and .error == "" and (.parent_exepath | endswith("bash"))'
