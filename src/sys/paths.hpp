// Where things are on this machine.
#pragma once

#include <string>
#include <string_view>

namespace gadgetry::sys {

// The folder with the gadgets, headers and kernel types that come with the installation: $GADGETRY_DATA_DIR,
// else
// ../share/gadgetry beside the folder of the running program if that exists, else the compiled-in default.
std::string data_dir();

// $HOST_ROOT without a trailing slash; "" when it is unset or "/".
std::string host_root();

// The path under which we can read an absolute path of the host's file system: below $HOST_ROOT if set; else
// below /proc/1/root if it can be read there and we are in the host's pid namespace; else the path itself.
std::string host_file(std::string_view absolute_path);

// The proc file system of the host: $HOST_ROOT/proc or /proc.
std::string host_proc();

}  // namespace gadgetry::sys
