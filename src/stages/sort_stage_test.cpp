#include "stages/sort_stage.hpp"
