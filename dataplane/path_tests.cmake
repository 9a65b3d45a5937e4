# Unit tests, fuzzers and micro-benchmarks of the packet path: real stages and real buffers, with a
# worker but without devices (see tests/world.h).
set(path_test_folders core exchange flow fragment helper icmp neighbour parse punt runtime ${rooms} route)
foreach(kind test fuzz bench)
  set(path_${kind})
  foreach(folder IN LISTS path_test_folders)
    file(GLOB found CONFIGURE_DEPENDS ${CMAKE_CURRENT_LIST_DIR}/${folder}/*_${kind}.cc)
    if(folder IN_LIST rooms OR folder STREQUAL "route")
      list(FILTER found INCLUDE REGEX "(stage|mappings)[a-z_]*_${kind}\\.cc$")
    endif()
    list(APPEND path_${kind} ${found})
  endforeach()
endforeach()

if(VIADUCT_TESTS OR VIADUCT_FUZZERS)
  find_package(GTest REQUIRED)
  file(GLOB world CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/tests/world*.cc
       ${CMAKE_SOURCE_DIR}/tests/frames*.cc)
  add_library(viaduct_world STATIC ${world})
  target_link_libraries(viaduct_world PUBLIC viaduct_dataplane GTest::gtest)
  viaduct_precompile(viaduct_world path)
endif()
# The packet path, explain and a reference model judge the same packets.
file(GLOB reference CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/tests/reference/*.cc)
viaduct_tests(reference_tests SOURCES ${reference} LIBRARIES viaduct_world GTest::gtest_main
              PRECOMPILED path)
if(VIADUCT_TESTS AND CMAKE_UNITY_BUILD)
  set_target_properties(reference_tests PROPERTIES UNITY_BUILD ON)
endif()
viaduct_tests(dataplane_tests SOURCES ${path_test} LIBRARIES viaduct_world GTest::gtest_main
              PRECOMPILED path)
if(VIADUCT_TESTS)
  add_executable(dataplane_bench ${path_bench})
  set_target_properties(dataplane_bench PROPERTIES UNITY_BUILD OFF)
  target_link_libraries(dataplane_bench PRIVATE viaduct_dataplane benchmark::benchmark_main)
endif()
if(VIADUCT_FUZZERS)
  foreach(target frame_fuzz fragment_fuzz icmp_error_fuzz control_fuzz)
    target_link_libraries(${target} PRIVATE viaduct_world)
  endforeach()
endif()
if(VIADUCT_TESTS)
  # The same once more, of three workers that hand packets over to each other; but for what is about
  # the one worker there is, what fills its table, and the order in which a burst leaves.
  set(about_one Report.* SourceNatPool.DropsWhenEveryPortIsTaken Flow.KeepsTheOrderOfABurst NextHop.GetsWhatWaitedInOrder
                Arping.DefendsItsAddressesButNotForEver
                IcmpError.MayNotCrossFromOneGuestNetworkIntoAnothersSession)
  list(JOIN about_one ":" about_one)
  viaduct_test_runs(three_workers dataplane_tests ENVIRONMENT VIADUCT_WORKERS=3
                    ARGUMENTS --gtest_filter=-${about_one})
endif()
