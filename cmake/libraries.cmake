# What we take from the distribution. Everything is included as SYSTEM, so that our warnings stay
# ours.
find_package(PkgConfig REQUIRED)
find_package(Threads REQUIRED)
pkg_check_modules(dpdk REQUIRED IMPORTED_TARGET libdpdk>=22.11)
pkg_check_modules(pcap REQUIRED IMPORTED_TARGET libpcap)
pkg_check_modules(inih REQUIRED IMPORTED_TARGET inih)
pkg_check_modules(idn2 REQUIRED IMPORTED_TARGET libidn2)
pkg_check_modules(spdlog REQUIRED IMPORTED_TARGET spdlog)
pkg_check_modules(httplib REQUIRED IMPORTED_TARGET cpp-httplib)
pkg_check_modules(sqlite REQUIRED IMPORTED_TARGET sqlite3)
pkg_check_modules(netlink REQUIRED IMPORTED_TARGET libnl-3.0 libnl-route-3.0)
pkg_check_modules(nftables REQUIRED IMPORTED_TARGET libnftnl libmnl)
pkg_check_modules(prometheus REQUIRED IMPORTED_TARGET prometheus-cpp-core)
pkg_check_modules(ldns REQUIRED IMPORTED_TARGET ldns)
# Without it, its headers make a macro of bool.
target_compile_definitions(PkgConfig::ldns INTERFACE HAVE_STDBOOL_H)
find_package(nlohmann_json REQUIRED)
find_package(tl-expected REQUIRED)

# The DPDK drivers are plugins of libdpdk.pc's --as-needed list; those we probe by name.
add_library(viaduct_dpdk INTERFACE)
target_include_directories(viaduct_dpdk SYSTEM INTERFACE ${dpdk_INCLUDE_DIRS})
target_compile_options(viaduct_dpdk INTERFACE ${dpdk_CFLAGS_OTHER} -march=x86-64-v3)
target_link_libraries(viaduct_dpdk INTERFACE ${dpdk_LINK_LIBRARIES})
if(VIADUCT_TESTS)
  find_package(GTest REQUIRED)
  find_package(benchmark REQUIRED)
endif()
