// Where the sources and the build are, for tests (written by cmake/room.cmake).
#pragma once

namespace gadgetry::base {

extern const char* const kTestSourceDir;
extern const char* const kTestBinaryDir;

}  // namespace gadgetry::base
