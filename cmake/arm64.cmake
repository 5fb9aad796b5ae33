# Toolchain file for 64-bit Arm: clang and lld with a folder of Debian's arm64 packages (tests/vm/fetch sysroot-arm64
# makes one, and prints where).
#
#   GADGETRY_SYSROOT=$(tests/vm/fetch sysroot-arm64) cmake --preset arm64
set(CMAKE_SYSTEM_NAME Linux)
set(CMAKE_SYSTEM_PROCESSOR aarch64)
set(GADGETRY_SYSROOT "$ENV{GADGETRY_SYSROOT}" CACHE PATH "folder with the files of arm64 packages")
list(APPEND CMAKE_TRY_COMPILE_PLATFORM_VARIABLES GADGETRY_SYSROOT)
if(NOT IS_DIRECTORY "${GADGETRY_SYSROOT}/usr")
  message(FATAL_ERROR "GADGETRY_SYSROOT names no folder with arm64 packages: see cmake/arm64.cmake")
endif()

set(CMAKE_SYSROOT ${GADGETRY_SYSROOT})
set(CMAKE_C_COMPILER clang-19)
set(CMAKE_CXX_COMPILER clang++-19)
set(CMAKE_C_COMPILER_TARGET aarch64-linux-gnu)
set(CMAKE_CXX_COMPILER_TARGET aarch64-linux-gnu)
set(CMAKE_LIBRARY_ARCHITECTURE aarch64-linux-gnu)
# What clang calls and libgcc has not: products of 128 bits with a check.
file(GLOB GADGETRY_BUILTINS ${GADGETRY_SYSROOT}/usr/lib/llvm-19/lib/clang/19/lib/linux/libclang_rt.builtins-aarch64.a)
set(CMAKE_CXX_STANDARD_LIBRARIES "${GADGETRY_BUILTINS}")
foreach(kind EXE SHARED MODULE)
  set(CMAKE_${kind}_LINKER_FLAGS_INIT "-fuse-ld=lld-19")
endforeach()

set(CMAKE_FIND_ROOT_PATH ${GADGETRY_SYSROOT})
set(CMAKE_FIND_ROOT_PATH_MODE_PROGRAM NEVER)
set(CMAKE_FIND_ROOT_PATH_MODE_LIBRARY ONLY)
set(CMAKE_FIND_ROOT_PATH_MODE_INCLUDE ONLY)
set(CMAKE_FIND_ROOT_PATH_MODE_PACKAGE ONLY)
set(ENV{PKG_CONFIG_SYSROOT_DIR} ${GADGETRY_SYSROOT})
set(ENV{PKG_CONFIG_LIBDIR} ${GADGETRY_SYSROOT}/usr/lib/aarch64-linux-gnu/pkgconfig:${GADGETRY_SYSROOT}/usr/share/pkgconfig)
