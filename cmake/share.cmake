# What gadgetctl finds beside itself: build/<preset>/share/gadgetry holds, as an installation does,
#   sdk/bpf      headers for gadget authors, with kernel types for amd64 and arm64 (cmake/vmlinux.cmake)
#   sdk/wasm     headers, crate and package for Wasm modules of gadgets in C++, C, Rust and Go
#   gadgets      the shipped gadgets, as an OCI layout
#   completion   shell completion
include(vmlinux)
set(GADGETRY_SHARE ${PROJECT_BINARY_DIR}/share/gadgetry)

file(GLOB GADGETRY_SDK_HEADERS CONFIGURE_DEPENDS ${PROJECT_SOURCE_DIR}/sdk/bpf/gadget/*.h)
# libbpf's headers for programs come along (from the installed libbpf), so that authors need no libbpf.
pkg_get_variable(libbpf_includes libbpf includedir)
set(GADGETRY_LIBBPF_HEADERS)
foreach(name bpf_helpers bpf_helper_defs bpf_core_read bpf_endian bpf_tracing usdt.bpf)
  list(APPEND GADGETRY_LIBBPF_HEADERS ${libbpf_includes}/bpf/${name}.h)
endforeach()
add_custom_command(OUTPUT ${PROJECT_BINARY_DIR}/sdk.stamp
  COMMAND ${CMAKE_COMMAND} -E make_directory ${GADGETRY_SDK_DIR}/gadget ${GADGETRY_SDK_DIR}/bpf
  COMMAND ${CMAKE_COMMAND} -E copy_if_different ${GADGETRY_SDK_HEADERS} ${GADGETRY_SDK_DIR}/gadget
  COMMAND ${CMAKE_COMMAND} -E copy_if_different ${GADGETRY_LIBBPF_HEADERS} ${GADGETRY_SDK_DIR}/bpf
  COMMAND ${CMAKE_COMMAND} -E touch ${PROJECT_BINARY_DIR}/sdk.stamp
  DEPENDS ${GADGETRY_SDK_HEADERS} ${GADGETRY_VMLINUX} VERBATIM)

file(GLOB_RECURSE GADGETRY_WASM_SDK_FILES CONFIGURE_DEPENDS ${PROJECT_SOURCE_DIR}/sdk/wasm/*)
list(FILTER GADGETRY_WASM_SDK_FILES EXCLUDE REGEX "/target/")
add_custom_command(OUTPUT ${PROJECT_BINARY_DIR}/wasm_sdk.stamp
  COMMAND ${CMAKE_COMMAND} -DFROM=${PROJECT_SOURCE_DIR}/sdk/wasm -DTO=${GADGETRY_SHARE}/sdk/wasm
          -P ${PROJECT_SOURCE_DIR}/cmake/copy_wasm_sdk.cmake
  COMMAND ${CMAKE_COMMAND} -E touch ${PROJECT_BINARY_DIR}/wasm_sdk.stamp
  DEPENDS ${GADGETRY_WASM_SDK_FILES} ${PROJECT_SOURCE_DIR}/cmake/copy_wasm_sdk.cmake VERBATIM)

# One image for each folder of gadgets/. The compiled gadgetctl builds them, as an author would.
file(GLOB gadgets CONFIGURE_DEPENDS ${PROJECT_SOURCE_DIR}/gadgets/*/gadget.yaml)
set(stamps)
foreach(metadata IN LISTS gadgets)
  cmake_path(GET metadata PARENT_PATH folder)
  cmake_path(GET folder FILENAME name)
  file(GLOB sources CONFIGURE_DEPENDS ${folder}/*.c ${folder}/*.h ${folder}/*.yaml)
  set(modules)
  foreach(suffix c cc cpp h hpp rs toml lock go mod sum wasm)
    list(APPEND modules ${folder}/*.${suffix})
  endforeach()
  file(GLOB_RECURSE modules CONFIGURE_DEPENDS ${modules})
  list(APPEND sources ${modules})
  list(FILTER sources EXCLUDE REGEX "/(target|tests)/")
  list(REMOVE_DUPLICATES sources)
  set(stamp ${PROJECT_BINARY_DIR}/gadgets/${name}.stamp)
  add_custom_command(OUTPUT ${stamp}
    COMMAND ${CMAKE_COMMAND} -E env SOURCE_DATE_EPOCH=0
            $<TARGET_FILE:gadgetctl> --store ${GADGETRY_SHARE}/gadgets build --sdk ${GADGETRY_SDK_DIR} -t ${name} ${folder}
    COMMAND ${CMAKE_COMMAND} -E make_directory ${PROJECT_BINARY_DIR}/gadgets
    COMMAND ${CMAKE_COMMAND} -E touch ${stamp}
    DEPENDS ${sources} ${PROJECT_BINARY_DIR}/sdk.stamp ${PROJECT_BINARY_DIR}/wasm_sdk.stamp gadgetctl
    COMMENT "Gadget ${name}" VERBATIM)
  list(APPEND stamps ${stamp})
endforeach()
add_custom_target(gadgets ALL DEPENDS ${stamps})

file(GLOB completions CONFIGURE_DEPENDS ${PROJECT_SOURCE_DIR}/completion/gadgetctl.*)
file(COPY ${completions} DESTINATION ${GADGETRY_SHARE}/completion)
set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${completions})

install(DIRECTORY ${GADGETRY_SHARE}/ DESTINATION ${CMAKE_INSTALL_DATADIR}/gadgetry PATTERN "*.lock" EXCLUDE)
install(DIRECTORY ${PROJECT_SOURCE_DIR}/docs/ DESTINATION ${CMAKE_INSTALL_DOCDIR})
install(FILES completion/gadgetctl.bash DESTINATION ${CMAKE_INSTALL_DATADIR}/bash-completion/completions RENAME gadgetctl)
install(FILES completion/gadgetctl.zsh DESTINATION ${CMAKE_INSTALL_DATADIR}/zsh/site-functions RENAME _gadgetctl)
install(FILES completion/gadgetctl.fish DESTINATION ${CMAKE_INSTALL_DATADIR}/fish/vendor_completions.d)
file(GLOB pages CONFIGURE_DEPENDS ${PROJECT_SOURCE_DIR}/man/*.1)
install(FILES ${pages} DESTINATION ${CMAKE_INSTALL_MANDIR}/man1)
