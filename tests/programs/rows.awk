# Finds the rows of a program test in its eBPF source: prints "ROW<tab>PROGRAM" for each SEND_ROW, in order. A program is
# the function behind SEC(...): `int name(` or `int BPF_MACRO(name,`.
/^SEC\("/ && !/SEC\("(\.maps|license|\.struct_ops)/ { in_section = 1 }
in_section && /\(/ && !/^SEC\("[^"]*"\)[ \t]*$/ {
  line = $0
  sub(/^SEC\("[^"]*"\)[ \t]*/, "", line)
  if (match(line, /BPF_[A-Z0-9_]+\(/)) {
    line = substr(line, RSTART + RLENGTH)
    match(line, /^[A-Za-z0-9_]+/)
  } else {
    sub(/\(.*/, "", line)
    match(line, /[A-Za-z0-9_]+$/)
  }
  program = substr(line, RSTART, RLENGTH)
  in_section = 0
}
{
  rest = $0
  while (match(rest, /SEND_ROW(_VALUE)?\([^"]*"[^"]*"/)) {
    found = substr(rest, RSTART, RLENGTH)
    rest = substr(rest, RSTART + RLENGTH)
    sub(/^[^"]*"/, "", found)
    sub(/"$/, "", found)
    if (!((found, program) in seen)) print found "\t" program
    seen[found, program] = 1
  }
}
