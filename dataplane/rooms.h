#pragma once

#include "dataplane/egress/egress.h"
#include "dataplane/firewall/firewall.h"
#include "dataplane/port_forward/port_forward.h"
#include "dataplane/source_nat/mappings.h"
#include "dataplane/source_nat/source_nat.h"
#include "dataplane/static_nat/static_nat.h"

namespace viaduct {

// The features of a router, each with the resource it is configured by and the table it compiles.
// A feature has one line here and its stages in dataplane/forwarding.h; nothing else names it.
template <template <class...> class List>
using Rooms = List<static_nat::Table,    //
                   port_forward::Table,  //
                   source_nat::Table,    //
                   firewall::Table,      //
                   egress::Table>;

}  // namespace viaduct
