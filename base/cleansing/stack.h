#pragma once

namespace viaduct {

// Overwrites what calls that have returned left on this thread's stack, as deep as any goes that
// handles a secret.
void wipe_stack() noexcept;

}  // namespace viaduct
