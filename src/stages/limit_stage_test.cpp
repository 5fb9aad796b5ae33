#include "stages/limit_stage.hpp"
