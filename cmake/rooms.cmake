# What is precompiled for whom: the large headers that nearly every file pulls in, and those of our
# own that most files of a layer pull in. Layers whose compiler flags are the same share a header.
set(precompiled_json <nlohmann/json.hpp> <algorithm> <array> <map> <memory> <optional> <span> <string>
                     <tuple> <vector> <gmock/gmock.h>)
set(precompiled_model ${precompiled_json} <dataplane/document.h>)
set(precompiled_path ${precompiled_json} <dataplane/core/worker.h>)
set(precompiled_guest ${precompiled_json} <services/guest/daemon/guest_services.h>)
set(precompiled_control ${precompiled_json} <httplib.h> <controlplane/control.h>)

# The first target of a layer makes the header; the others' definitions are those of the first, and
# perhaps more. Clang only: GCC 12 crashed now and then on files that used a precompiled header.
#   viaduct_precompile(TARGET model|path|guest|control|"") with json for the empty one
function(viaduct_precompile name layer)
  if(NOT layer)
    set(layer json)
  endif()
  if(NOT CMAKE_CXX_COMPILER_ID STREQUAL "Clang")
    return()
  endif()
  # As GoogleTest's own target has it.
  target_compile_definitions(${name} PRIVATE GTEST_HAS_PTHREAD=1)
  get_property(owner GLOBAL PROPERTY precompiled_${layer}_owner)
  if(owner)
    target_precompile_headers(${name} REUSE_FROM ${owner})
  else()
    target_precompile_headers(${name} PRIVATE ${precompiled_${layer}})
    set_property(GLOBAL PROPERTY precompiled_${layer}_owner ${name})
  endif()
endfunction()

# GCC takes the files of a room together, so many at a time, and reads what they include only once:
# that takes less than half of the time. Clang, which has the precompiled headers, takes them one by
# one: it tells where a name hides another, which means nothing here. No two files of a room may define
# the same name, but for overloads.
# -DCMAKE_UNITY_BUILD=OFF is for those who change a file again and again.
if(NOT CMAKE_CXX_COMPILER_ID STREQUAL "Clang")
  if(NOT DEFINED CMAKE_UNITY_BUILD)
    set(CMAKE_UNITY_BUILD ON)
  endif()
  set(CMAKE_UNITY_BUILD_BATCH_SIZE 12)
  add_compile_options(-Wno-shadow -Wno-subobject-linkage)
endif()

# A folder's files tell what they are by their names: X_test.cc are unit tests, X_fuzz.cc fuzzers,
# X_bench.cc micro-benchmarks, main.cc and X_main.cc programs; everything else is the library.
# Files that go ALONE have names for themselves that others of the room have too, or have the packet
# path in them, that the compiler is to inline as it was measured.
#   viaduct_room(NAME FOLDER... [LIBRARIES ...] [PRECOMPILED layer] [EXCLUDE regex] [ALONE regex])
function(viaduct_room name)
  cmake_parse_arguments(ROOM "" "EXCLUDE;ALONE;PRECOMPILED" "FOLDERS;LIBRARIES" ${ARGN})
  set(sources)
  set(tests)
  set(fuzzers)
  set(benches)
  foreach(folder IN LISTS ROOM_FOLDERS)
    file(GLOB found CONFIGURE_DEPENDS ${folder}/*.cc)
    foreach(file IN LISTS found)
      if(ROOM_EXCLUDE AND file MATCHES "${ROOM_EXCLUDE}")
        continue()
      endif()
      if(file MATCHES "_test\\.cc$")
        list(APPEND tests ${file})
      elseif(file MATCHES "_fuzz\\.cc$")
        list(APPEND fuzzers ${file})
      elseif(file MATCHES "_bench\\.cc$")
        list(APPEND benches ${file})
      elseif(NOT file MATCHES "(^|[/_])main\\.cc$")
        list(APPEND sources ${file})
        if(ROOM_ALONE AND file MATCHES "${ROOM_ALONE}")
          set_source_files_properties(${file} PROPERTIES SKIP_UNITY_BUILD_INCLUSION ON)
        endif()
      endif()
    endforeach()
  endforeach()
  add_library(${name} STATIC ${sources})
  target_link_libraries(${name} PUBLIC ${ROOM_LIBRARIES})
  viaduct_precompile(${name} "${ROOM_PRECOMPILED}")
  if(VIADUCT_FUZZERS)
    foreach(file IN LISTS fuzzers)
      get_filename_component(target ${file} NAME_WE)
      add_executable(${target} ${file})
      target_link_options(${target} PRIVATE -fsanitize=fuzzer)
      target_link_libraries(${target} PRIVATE ${name})
      viaduct_precompile(${target} "${ROOM_PRECOMPILED}")
    endforeach()
  endif()
  if(VIADUCT_TESTS)
    set(${name}_tests ${tests} PARENT_SCOPE)
    set(${name}_benches ${benches} PARENT_SCOPE)
  endif()
endfunction()

# One test program for a layer: fewer links, same sentences.
#   viaduct_tests(NAME SOURCES... LIBRARIES ... [PRECOMPILED layer])
function(viaduct_tests name)
  cmake_parse_arguments(TEST "" "PRECOMPILED" "SOURCES;LIBRARIES" ${ARGN})
  if(NOT VIADUCT_TESTS OR NOT TEST_SOURCES)
    return()
  endif()
  add_executable(${name} ${TEST_SOURCES})
  # Tests name their helpers alike.
  set_target_properties(${name} PROPERTIES UNITY_BUILD OFF)
  target_link_libraries(${name} PRIVATE ${TEST_LIBRARIES} GTest::gtest GTest::gmock)
  viaduct_precompile(${name} "${TEST_PRECOMPILED}")
  if(CMAKE_CXX_COMPILER_ID STREQUAL "Clang")
    # Resources that tests declare have members that only templates use.
    target_compile_options(${name} PRIVATE -Wno-unused-const-variable -Wno-unused-function)
  endif()
  viaduct_test_runs(${name} ${name})
endfunction()

# Runs of a test program, a quarter of its tests each: a process for each test would take longer to
# start than to test. What each test said lies in ./reports.
#   viaduct_test_runs(RUN PROGRAM [ENVIRONMENT variable=value...] [ARGUMENTS ...])
function(viaduct_test_runs run program)
  cmake_parse_arguments(RUN "" "" "ENVIRONMENT;ARGUMENTS" ${ARGN})
  foreach(shard RANGE 3)
    add_test(NAME ${run}_${shard} COMMAND ${program} ${RUN_ARGUMENTS})
    set_tests_properties(${run}_${shard} PROPERTIES ENVIRONMENT
      "GTEST_TOTAL_SHARDS=4;GTEST_SHARD_INDEX=${shard};GTEST_BRIEF=1;GTEST_OUTPUT=xml:${CMAKE_BINARY_DIR}/reports/${run}_${shard}.xml;${RUN_ENVIRONMENT}")
  endforeach()
endfunction()
