# Compiler and linker flags of everything we build: warnings are errors, release builds are hardened.
add_library(gadgetry_flags INTERFACE)
target_compile_options(gadgetry_flags INTERFACE
  -Wall -Wextra -Wshadow -Wconversion -Werror
  $<$<COMPILE_LANGUAGE:CXX>:-Wnon-virtual-dtor -Woverloaded-virtual>
  -fstack-protector-strong -fno-strict-aliasing -fno-plt)
target_compile_definitions(gadgetry_flags INTERFACE GADGETRY_VERSION="${PROJECT_VERSION}")
target_link_options(gadgetry_flags INTERFACE -Wl,-z,relro,-z,now,-z,noexecstack -Wl,--as-needed)

if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
  # gcc 12 reports string concatenation as overlapping copies (gcc bug 105651) when it inlines libstdc++.
  target_compile_options(gadgetry_flags INTERFACE $<$<COMPILE_LANGUAGE:CXX>:-Wno-restrict>)
endif()
if(CMAKE_CXX_COMPILER_ID STREQUAL "Clang")
  # LIBBPF_OPTS() names one field of an options struct and means zero for the others.
  target_compile_options(gadgetry_flags INTERFACE
    $<$<COMPILE_LANGUAGE:CXX>:-Wno-missing-designated-field-initializers>)
endif()
if(GADGETRY_SANITIZE)
  target_compile_options(gadgetry_flags INTERFACE
    -fsanitize=${GADGETRY_SANITIZE} -fno-omit-frame-pointer -fno-sanitize-recover=undefined)
  target_link_options(gadgetry_flags INTERFACE -fsanitize=${GADGETRY_SANITIZE})
elseif(NOT CMAKE_BUILD_TYPE STREQUAL "Debug")
  target_compile_options(gadgetry_flags INTERFACE -U_FORTIFY_SOURCE -D_FORTIFY_SOURCE=2)
endif()
if(GADGETRY_COVERAGE)
  target_compile_options(gadgetry_flags INTERFACE --coverage)
  target_link_options(gadgetry_flags INTERFACE --coverage)
endif()
include(CheckPIESupported)
check_pie_supported()
if(GADGETRY_LTO)
  include(CheckIPOSupported)
  check_ipo_supported()
  set(CMAKE_INTERPROCEDURAL_OPTIMIZATION ON)
endif()
