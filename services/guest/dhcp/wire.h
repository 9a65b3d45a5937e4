#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

// Where the fixed fields of a message are, in bytes from its beginning (RFC 2131 2).
namespace viaduct::dhcp::wire {

constexpr std::size_t operation = 0;
constexpr std::size_t hardware_type = 1;
constexpr std::size_t hardware_size = 2;
constexpr std::size_t transaction = 4;
constexpr std::size_t flags = 10;
constexpr std::size_t client = 12;
constexpr std::size_t yours = 16;
constexpr std::size_t next = 20;
constexpr std::size_t relay = 24;
constexpr std::size_t hardware = 28;
constexpr std::size_t server_name = 44;
constexpr std::size_t server_name_size = 64;
constexpr std::size_t file = 108;
constexpr std::size_t file_size = 128;
constexpr std::size_t cookie = 236;
constexpr std::size_t options = 240;

constexpr std::array<std::uint8_t, 4> magic{99, 130, 83, 99};
constexpr std::uint8_t broadcast_flag = 0x80;  // in the first byte of the flags

// What option 52 says holds options too (RFC 2132 9.3).
constexpr std::uint8_t overloads_file = 1;
constexpr std::uint8_t overloads_server_name = 2;

}  // namespace viaduct::dhcp::wire
