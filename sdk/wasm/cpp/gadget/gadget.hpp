// What modules of gadgets are written with in C++20: no exceptions, no RTTI, no C library, no allocation per
// event.
//
//   #include <gadget/gadget.hpp>
//
//   GADGET_MODULE();
//   gadget::Field<gadget::Text> comm;
//
//   GADGET_INIT {
//     gadget::Source open = gadget::get_source("open");
//     comm = open.field<gadget::Text>("proc.comm");
//     open.subscribe([](gadget::Source, gadget::Event event) { comm.set(event, "somebody"); });
//     return 0;
//   }
//
// clang++ --target=wasm32-unknown-unknown -mbulk-memory -std=c++20 -Os -fno-exceptions -fno-rtti -nostdlib
//   -Wl,--no-entry -Wl,--strip-all -I sdk/wasm/cpp program.cpp -o program.wasm
//
// What the module does not use is not in it. Functions of version 1 (module "ig") run on every host; those
// that need version 2 ask for module "gadget_v2": see gadget::has_function().
#pragma once

#include "base.hpp"
#include "batch.hpp"
#include "data.hpp"
#include "exports.h"
#include "format.hpp"
#include "machine.hpp"
#include "maps.hpp"
#include "source.hpp"
