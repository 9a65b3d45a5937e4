#include "services/guest/dhcp/lease_record.h"

#include <algorithm>

#include "services/guest/dhcp/bytes.h"

namespace viaduct::dhcp {
namespace {

// An entry: what it is, the network's name, the address; of a lease also when it ends, the client,
// and the host name. Texts are preceded by their length, numbers are in network byte order.
enum class Entry : std::uint8_t { removed = 0, bound = 1, lapsed = 2, declined = 3 };

Entry entry_of(const Lease* lease) {
  if (lease == nullptr) return Entry::removed;
  return lease->state == State::declined ? Entry::declined
         : lease->state == State::lapsed ? Entry::lapsed
                                         : Entry::bound;
}

State state_of(Entry entry) {
  return entry == Entry::declined ? State::declined
         : entry == Entry::lapsed ? State::lapsed
                                  : State::bound;
}

void append_text(std::string& record, std::string_view text) {
  const std::string_view fits = text.substr(0, 255);
  record += static_cast<char>(fits.size());
  record += fits;
}

void append_number(std::string& record, std::uint64_t number, unsigned size) {
  for (unsigned i = size; i-- > 0;) record += static_cast<char>(number >> (8 * i));
}

// Takes an entry apart; what is not there is empty, and `is_whole` tells.
struct Reader {
  std::string_view left;
  bool is_whole = true;

  std::string_view take(std::size_t size) {
    is_whole &= size <= left.size();
    const std::string_view taken = left.substr(0, size);
    left.remove_prefix(taken.size());
    return taken;
  }
  std::uint64_t number(unsigned size) {
    std::uint64_t value = 0;
    for (const std::uint8_t byte : bytes_of(take(size))) value = value << 8 | byte;
    return value;
  }
  std::string text() { return std::string{take(static_cast<std::size_t>(number(1)))}; }
};

}  // namespace

void append_change(std::string& record, std::string_view network, const Address& address,
                   const Lease* lease) {
  record += static_cast<char>(entry_of(lease));
  append_text(record, network);
  append_number(record, address.as_v4().host(), 4);
  if (lease == nullptr) return;
  append_number(record, static_cast<std::uint64_t>(lease->until.time_since_epoch().count()), 8);
  record += text_of(lease->client.mac.bytes);
  append_text(record, lease->client.id);
  append_text(record, lease->host_name);
}

Result<LeaseChange> take_change(std::string_view& record) {
  Reader reader{record};
  LeaseChange change;
  const std::uint64_t kind = reader.number(1);
  change.network = reader.text();
  change.address = Address::v4(Be32::of(static_cast<std::uint32_t>(reader.number(4))));
  if (kind != static_cast<std::uint64_t>(Entry::removed)) {
    Lease& lease = change.lease.emplace();
    lease.state = state_of(Entry{static_cast<std::uint8_t>(kind)});
    lease.until = Time{std::chrono::seconds{static_cast<std::int64_t>(reader.number(8))}};
    std::ranges::copy(bytes_of(reader.take(6)), lease.client.mac.bytes.begin());
    lease.client.id = reader.text();
    lease.host_name = reader.text();
  }
  if (!reader.is_whole || kind > static_cast<std::uint64_t>(Entry::declined)) {
    return fail(Fault::malformed, "", "not the entry of a lease");
  }
  record = reader.left;
  return change;
}

}  // namespace viaduct::dhcp
