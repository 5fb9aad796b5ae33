// Families whose file is not written yet: none.
#include "bpf/attach_families.hpp"
