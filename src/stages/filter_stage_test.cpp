#include "stages/filter_stage.hpp"
