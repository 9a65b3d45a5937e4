#pragma once

#include <sys/capability.h>
#include <sys/types.h>

#include <initializer_list>
#include <string>

#include "base/result.h"

// How the processes of guestd give away what they may do. There is no way back from any of it.
namespace viaduct::guestd {

struct User {
  uid_t id = 0;
  gid_t group = 0;
};
// By name, of the system's user database. Fault::not_found if there is none.
Result<User> find_user(const std::string& name);

// Becomes that user, of its group alone, with these capabilities and no others (capabilities(7)).
// Nothing that is executed gets any more (no_new_privs), and nobody of that user sees our memory.
// REQUIRES: there is one thread.
Result<void> become(const User& user, std::initializer_list<cap_value_t> capabilities);

// From now on the kernel refuses, with EPERM, all system calls but those that the process needs
// (seccomp(2)). They are inherited by threads. Neither lets anything be executed, nor memory be
// made executable.
Result<void> confine_server();  // opens no sockets, but files
Result<void> confine_broker();  // opens sockets, and enters network namespaces
Result<void> confine_alone();   // opens both, where there is no broker

}  // namespace viaduct::guestd
