#pragma once

#include "base/result.h"

namespace viaduct {

// From now on Ctrl-C and the like do not end the program: what takes long asks interrupted() and
// gives up, so that everything which was set up is taken down again.
void watch_interrupts();
[[nodiscard]] bool interrupted() noexcept;

// An error if there was an interrupt.
Result<void> check_interrupts();

}  // namespace viaduct
