#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include "api/field.h"

// What a daemon must know before it has a configuration: paths, cores and sizes, in one INI file.
// Features are never here: they are resources of the document. A key is declared once, below; the
// reader, its refusals and `viaductd --settings-help` follow from the declaration.
namespace viaduct {

enum class Hugepages : std::uint8_t { automatic, yes, no };

template <>
struct api::Names<Hugepages> {
  static constexpr std::array table{std::pair{Hugepages::automatic, std::string_view{"auto"}},
                                    std::pair{Hugepages::yes, std::string_view{"yes"}},
                                    std::pair{Hugepages::no, std::string_view{"no"}}};
};

// What becomes of a configuration aggregate of which a part is refused.
enum class AggregateFailure : std::uint8_t { reported, fatal };

template <>
struct api::Names<AggregateFailure> {
  static constexpr std::array table{
      std::pair{AggregateFailure::reported, std::string_view{"reported"}},
      std::pair{AggregateFailure::fatal, std::string_view{"fatal"}}};
};

struct Settings {
  using Core = api::Ranged<std::uint16_t, 0, 1023>;
  struct Dataplane {
    std::string control_socket = "/run/viaduct/dataplane.sock";
    std::string state_directory = "/var/lib/viaduct/dataplane";
    Core main_core = 0;
    std::vector<Core> worker_cores{1};
    Hugepages hugepages = Hugepages::automatic;
    api::Ranged<std::uint32_t, 64, 1048576> memory_mb = 512;
    std::vector<std::string> devices;
    api::Ranged<std::uint32_t, 1024, 100000000> sessions = 1000000;
    api::Ranged<std::uint32_t, 1024, 16777216> packet_buffers = 16384;
    api::Ranged<std::uint16_t, 576, 9000> largest_mtu = 1900;

    static constexpr std::string_view section = "dataplane";
    static constexpr std::string_view summary = "The packet path: viaduct-dataplane.";
    static constexpr std::tuple fields{
        api::Field{"control_socket", &Dataplane::control_socket,
                   "UNIX socket on which viaductd speaks to it"},
        api::Field{"state_directory", &Dataplane::state_directory,
                   "where it keeps the applied configuration and the usage counters"},
        api::Field{"main_core", &Dataplane::main_core, "core of its control thread"},
        api::Field{"worker_cores", &Dataplane::worker_cores,
                   "cores that forward packets, one worker each, separated by blanks; at most 16"},
        api::Field{"hugepages", &Dataplane::hugepages, "auto: use them where there are any"},
        api::Field{"memory_mb", &Dataplane::memory_mb, "memory for packets and tables, in MiB"},
        api::Field{"devices", &Dataplane::devices,
                   "PCI addresses to probe at start, separated by blanks"},
        api::Field{"sessions", &Dataplane::sessions, "most live sessions"},
        api::Field{"packet_buffers", &Dataplane::packet_buffers, "number of packet buffers"},
        api::Field{"largest_mtu", &Dataplane::largest_mtu,
                   "largest MTU an interface may have, in bytes; packet buffers are sized by it"},
    };
  } dataplane;

  struct Control {
    std::string socket = "/run/viaduct/viaductd.sock";
    std::string journal = "/var/lib/viaduct/journal.sqlite";

    static constexpr std::string_view section = "control";
    static constexpr std::string_view summary = "The control plane: viaductd.";
    static constexpr std::tuple fields{
        api::Field{"socket", &Control::socket, "UNIX socket of the HTTP config API"},
        api::Field{"journal", &Control::journal, "SQLite file that holds every revision"},
    };
  } control;

  struct Guest {
    std::string control_socket = "/run/viaduct/guestd.sock";
    std::string state_directory = "/var/lib/viaduct/guestd";
    std::string user = "nobody";
    std::string metadata_certificate;
    std::string metadata_key;

    static constexpr std::string_view section = "guest";
    static constexpr std::string_view summary = "The guests' services: viaduct-guestd.";
    static constexpr std::tuple fields{
        api::Field{"control_socket", &Guest::control_socket,
                   "UNIX socket on which viaductd speaks to it"},
        api::Field{"state_directory", &Guest::state_directory,
                   "where it keeps leases and, sealed, passwords"},
        api::Field{"user", &Guest::user, "whom it becomes once it has started"},
        api::Field{"metadata_certificate", &Guest::metadata_certificate,
                   "PEM file of the certificates that metadata are served with at port 443, the "
                   "server's own first; without one there is no TLS"},
        api::Field{"metadata_key", &Guest::metadata_key,
                   "PEM file of its private key, which root alone need be able to read"},
    };
  } guest;

  struct Routers {
    std::string namespace_prefix = "viaduct-";

    static constexpr std::string_view section = "routers";
    static constexpr std::string_view summary = "The routers' network namespaces.";
    static constexpr std::tuple fields{
        api::Field{"namespace_prefix", &Routers::namespace_prefix,
                   "router red lives in the network namespace PREFIXred"},
    };
  } routers;

  struct CloudStack {
    AggregateFailure aggregate_failure = AggregateFailure::reported;

    static constexpr std::string_view section = "cloudstack";
    static constexpr std::string_view summary = "The entry points of CloudStack's core.";
    static constexpr std::tuple fields{
        api::Field{
            "aggregate_failure", &CloudStack::aggregate_failure,
            "reported: what is refused of an aggregate is told, and the rest applies; fatal: "
            "nothing applies, and the core stops the router"},
    };
  } cloudstack;
};

// Reads the file at `path`; keys that it leaves out keep their defaults. An unreadable file, an
// unknown section or key, a key given twice and a bad value are refused; the error's `where` is
// FILE:LINE.
Result<Settings> read_settings(const std::string& path);

// A complete example file: every key with its meaning and default, commented.
std::string settings_help();

}  // namespace viaduct
