#pragma once

namespace viaduct::kernel {

// The deleter for a C library's object: std::unique_ptr<nl_sock, Release<nl_socket_free>>.
template <auto release>
struct Release {
  void operator()(auto* object) const { release(object); }
};

}  // namespace viaduct::kernel
