# A room is one folder of src/: a static library whose link list is its row in ARCHITECTURE.md.
# Because a room sees only the rooms it links, a wrong arrow between rooms is a link (or include) error.
#
#   gadgetry_room(NAME data SOURCES a.cpp b.cpp ROOMS base LIBS fmt::fmt)
#   gadgetry_test(NAME data_test SOURCES a_test.cpp ROOMS data)

function(gadgetry_room)
  cmake_parse_arguments(ROOM "" "NAME" "SOURCES;ROOMS;LIBS" ${ARGN})
  add_library(room_${ROOM_NAME} STATIC ${ROOM_SOURCES})
  set_target_properties(room_${ROOM_NAME} PROPERTIES POSITION_INDEPENDENT_CODE ON)
  target_include_directories(room_${ROOM_NAME} PUBLIC ${PROJECT_SOURCE_DIR}/src)
  foreach(other IN LISTS ROOM_ROOMS)
    target_link_libraries(room_${ROOM_NAME} PUBLIC room_${other})
  endforeach()
  target_link_libraries(room_${ROOM_NAME} PUBLIC gadgetry_flags ${ROOM_LIBS})
endfunction()

function(gadgetry_test)
  cmake_parse_arguments(TEST "" "NAME" "SOURCES;ROOMS;LIBS" ${ARGN})
  if(NOT GADGETRY_TESTS)
    return()
  endif()
  add_executable(${TEST_NAME} ${TEST_SOURCES})
  foreach(other IN LISTS TEST_ROOMS)
    target_link_libraries(${TEST_NAME} PRIVATE room_${other})
  endforeach()
  target_link_libraries(${TEST_NAME} PRIVATE gadgetry_flags ${TEST_LIBS} GTest::gmock GTest::gtest_main)
  target_compile_definitions(${TEST_NAME} PRIVATE
    GADGETRY_SOURCE_DIR="${PROJECT_SOURCE_DIR}" GADGETRY_BINARY_DIR="${PROJECT_BINARY_DIR}")
  add_test(NAME ${TEST_NAME} COMMAND ${TEST_NAME})
endfunction()

# A libFuzzer target; built only with the fuzz preset (clang). Seeds live in fuzz/corpus/NAME.
function(gadgetry_fuzz)
  cmake_parse_arguments(FUZZ "" "NAME" "SOURCES;ROOMS;LIBS" ${ARGN})
  if(NOT GADGETRY_FUZZ)
    return()
  endif()
  add_executable(${FUZZ_NAME} ${FUZZ_SOURCES})
  foreach(other IN LISTS FUZZ_ROOMS)
    target_link_libraries(${FUZZ_NAME} PRIVATE room_${other})
  endforeach()
  target_link_libraries(${FUZZ_NAME} PRIVATE gadgetry_flags ${FUZZ_LIBS} -fsanitize=fuzzer)
endfunction()
