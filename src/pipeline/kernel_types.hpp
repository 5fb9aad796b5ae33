// The types of this kernel out of an image's BTF archive, for kernels that have none of their own.
#pragma once

#include <string>
#include <string_view>

#include "base/result.hpp"

namespace gadgetry::pipeline {

// The raw BTF, not checked. Empty when the kernel has types of its own, or the archive has none for it.
base::Result<std::string> archive_types(std::string_view archive);

// What to say when a program needs types and there are none.
base::Error no_kernel_types(const std::string& gadget, bool has_archive);

}  // namespace gadgetry::pipeline
