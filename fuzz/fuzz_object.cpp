#include "bpf/object.hpp"
