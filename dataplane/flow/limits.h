#pragma once

#include "dataplane/core/fwd.h"
#include "dataplane/core/opening.h"
#include "dataplane/flow/table.h"

// What one guest, or one public address, may have of what all share.
namespace viaduct::flow {

// Whether the guest of a session that would be opened has as many as it may have, without the one
// of the line `ending`; none ends if that is `none`.
[[nodiscard]] bool has_too_many_sessions(const Opening& opening, Worker& self,
                                         LineId ending) noexcept;

// Ends the oldest session that nobody has answered where the table has hardly room for the burst's
// new ones.
void make_room(Worker& self) noexcept;
// Whether there would be room for one more after that.
[[nodiscard]] bool has_room(Worker& self) noexcept;

// Counts a session that was opened just now. Of its guest's half-open ones, and of its public
// address's, the oldest ends if there are too many. False if its guest has too many sessions: it is
// to be closed.
[[nodiscard]] bool account(const Opening& opening, SessionId session, Worker& self) noexcept;

// Takes a session that ends out of the account.
void discharge(SessionId session, Worker& self) noexcept;

}  // namespace viaduct::flow
