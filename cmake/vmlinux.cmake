# vmlinux.h for both architectures, in the build tree where gadgetctl looks for the SDK. Target: vmlinux.
# Made once; the script keeps its results in the user's cache, so other build folders need no network.
set(GADGETRY_SDK_DIR ${PROJECT_BINARY_DIR}/share/gadgetry/sdk/bpf)
set(GADGETRY_VMLINUX ${GADGETRY_SDK_DIR}/gadget/amd64/vmlinux.h ${GADGETRY_SDK_DIR}/gadget/arm64/vmlinux.h)
add_custom_command(
  OUTPUT ${GADGETRY_VMLINUX}
  COMMAND ${PROJECT_SOURCE_DIR}/scripts/vmlinux.sh ${GADGETRY_SDK_DIR}/gadget
  COMMAND ${CMAKE_COMMAND} -E touch ${GADGETRY_VMLINUX}
  DEPENDS ${PROJECT_SOURCE_DIR}/scripts/vmlinux.sh ${PROJECT_SOURCE_DIR}/scripts/kernel_btf.pl
          ${PROJECT_SOURCE_DIR}/scripts/vmlinux_portable.pl
  COMMENT "Kernel types for amd64 and arm64"
  USES_TERMINAL VERBATIM)
add_custom_target(vmlinux ALL DEPENDS ${GADGETRY_VMLINUX})
