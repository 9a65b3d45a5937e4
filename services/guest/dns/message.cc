#include "services/guest/dns/message.h"

#include <algorithm>
#include <cstring>

namespace viaduct::dns {

namespace {

constexpr unsigned most_additional = 4;  // records of a query: OPT, and what we do not know
constexpr std::uint16_t pointer_mark = 0xc000;
constexpr std::size_t record_head = 10;  // type, class, TTL and length of data
constexpr std::size_t soa_numbers = 20;
constexpr std::string_view hostmaster{"\x0ahostmaster", 11};

// Where the name that begins at `at` ends, which may be in a pointer; 0 if it does not fit.
std::size_t skip_name(Bytes message, std::size_t at) noexcept {
  while (at < message.size()) {
    const std::uint8_t length = message[at];
    if (length == 0) return at + 1;
    if (length >= 0xc0) return at + 2 <= message.size() ? at + 2 : 0;
    if (length > longest_label) return 0;
    at += 1U + length;
  }
  return 0;
}

// The size of the uncompressed name at the beginning of `bytes`; 0 if there is none.
std::size_t size_of_name(Bytes bytes) noexcept {
  const std::size_t most = std::min(bytes.size(), longest_name);
  for (std::size_t at = 0; at < most; at += 1U + bytes[at]) {
    if (bytes[at] == 0) return at + 1;
    if (bytes[at] > longest_label) return 0;
  }
  return 0;
}

// Reads EDNS out of the additional section. False if the section is malformed.
bool read_additional(Bytes message, std::size_t at, unsigned count, Asked& query,
                     std::uint8_t& version) noexcept {
  for (unsigned i = 0; i < count; ++i) {
    RecordPlace place;
    if (!find_record(message, at, place)) return false;
    if (read16(&message[place.type]) == static_cast<std::uint16_t>(Type::opt)) {
      const bool is_of_root = place.type == at + 1 && message[at] == 0;
      if (query.has_edns || !is_of_root) return false;
      query.has_edns = true;
      query.udp_size = std::max<std::uint16_t>(read16(&message[place.type + 2]),
                                               std::uint16_t{largest_plain_datagram});
      const std::uint32_t extended = read32(&message[place.type + 4]);
      version = static_cast<std::uint8_t>(extended >> 16);
      query.wants_dnssec = (extended & dnssec_ok) != 0;
    }
    at = place.end;
  }
  return true;
}

}  // namespace

bool find_record(Bytes message, std::size_t at, RecordPlace& place) noexcept {
  place.type = skip_name(message, at);
  if (place.type == 0 || message.size() - place.type < record_head) return false;
  place.data = place.type + record_head;
  const std::size_t length = read16(&message[place.data - 2]);
  if (message.size() - place.data < length) return false;
  place.end = place.data + length;
  return true;
}

Reading read_query(Bytes message, Query& query) noexcept {
  if (message.size() < header_size) return Reading::not_a_query;
  query.id = read16(&message[0]);
  query.flags = read16(&message[2]);
  query.has_edns = false;
  query.wants_dnssec = false;
  query.udp_size = largest_plain_datagram;
  if (query.has(flag::response)) return Reading::not_a_query;
  if (query.has(flag::opcode)) return Reading::not_implemented;
  const unsigned additional = read16(&message[10]);
  const bool has_one_question = read16(&message[4]) == 1;
  const bool has_answers = read32(&message[6]) != 0;
  if (!has_one_question || has_answers || additional > most_additional) return Reading::malformed;

  const Bytes rest = message.subspan(header_size);
  const std::size_t name_size = size_of_name(rest);
  if (name_size == 0 || rest.size() - name_size < question_tail) return Reading::malformed;
  query.question = rest.first(name_size + question_tail);
  query.name_size = static_cast<std::uint8_t>(name_size);
  std::memcpy(query.lower.data(), rest.data(), name_size + 2);
  make_lower(query.lower.data(), name_size);
  query.type = read16(&rest[name_size]);
  query.klass = read16(&rest[name_size + 2]);
  std::uint8_t version = 0;
  const std::size_t end = header_size + query.question.size();
  if (!read_additional(message, end, additional, query, version)) return Reading::malformed;
  query.lower[name_size + 2] =
      static_cast<char>((query.wants_dnssec ? Query::key_dnssec : 0) |
                        (query.has(flag::checking_disabled) ? Query::key_unchecked : 0));
  return version == 0 ? Reading::good : Reading::bad_version;
}

Reply::Reply(std::span<std::uint8_t> buffer, const Asked& query, std::size_t limit) noexcept
    : query_(query),
      begin_(buffer.data()),
      size_(header_size + query.question.size()),
      room_(limit - (query.has_edns ? opt_size : 0)) {
  std::memcpy(begin_ + header_size, query.question.data(), query.question.size());
}

bool Reply::makes_room(std::size_t size) noexcept {
  is_truncated_ = is_truncated_ || room_ - size_ < size;
  return !is_truncated_;
}

std::uint8_t* Reply::begin_record(Offset owner, Type type, std::uint32_t ttl,
                                  std::size_t size) noexcept {
  if (!makes_room(2 + record_head + size)) return nullptr;
  std::uint8_t* const at = begin_ + size_;
  write16(at, static_cast<std::uint16_t>(pointer_mark | owner));
  write16(at + 2, static_cast<std::uint16_t>(type));
  write16(at + 4, class_in);
  write32(at + 6, ttl);
  write16(at + 10, static_cast<std::uint16_t>(size));
  size_ += 2 + record_head + size;
  return at + 2 + record_head;
}

void Reply::add_address(Offset owner, std::uint32_t ttl, const Address& address) noexcept {
  if (address.is_v4()) {
    std::uint8_t* const data = begin_record(owner, Type::a, ttl, 4);
    if (data == nullptr) return;
    write32(data, address.as_v4().host());
  } else {
    const auto bytes = address.bytes();
    std::uint8_t* const data = begin_record(owner, Type::aaaa, ttl, bytes.size());
    if (data == nullptr) return;
    std::memcpy(data, bytes.data(), bytes.size());
  }
  ++answers_;
}

Reply::Offset Reply::add_name(Offset owner, Type type, std::uint32_t ttl,
                              std::string_view name) noexcept {
  std::uint8_t* const data = begin_record(owner, type, ttl, name.size());
  if (data == nullptr) return owner;
  std::memcpy(data, name.data(), name.size());
  ++answers_;
  return static_cast<Offset>(data - begin_);
}

void Reply::add_soa(Section section, Offset zone, std::uint32_t ttl) noexcept {
  // Others need not ask again for as long as names are kept; nobody transfers this zone.
  constexpr std::uint32_t serial = 1;
  constexpr std::uint32_t refresh = 3600;
  constexpr std::uint32_t retry = 600;
  constexpr std::uint32_t expire = 86'400;
  // Its server is the zone itself, and who is responsible, hostmaster there.
  const std::size_t size = 2 + hostmaster.size() + 2 + soa_numbers;
  std::uint8_t* at = begin_record(zone, Type::soa, ttl, size);
  if (at == nullptr) return;
  write16(at, static_cast<std::uint16_t>(pointer_mark | zone));
  std::memcpy(at + 2, hostmaster.data(), hostmaster.size());
  at += 2 + hostmaster.size();
  write16(at, static_cast<std::uint16_t>(pointer_mark | zone));
  at += 2;
  for (const std::uint32_t number : {serial, refresh, retry, expire, ttl}) {
    write32(at, number);
    at += sizeof number;
  }
  ++(section == Section::answer ? answers_ : authorities_);
}

void Reply::add_refusal_of_any(std::uint32_t ttl) noexcept {
  constexpr std::string_view data{"\x07RFC8482\0", 9};
  std::uint8_t* const at = begin_record(name_asked, Type::hinfo, ttl, data.size());
  if (at == nullptr) return;
  std::memcpy(at, data.data(), data.size());
  ++answers_;
}

std::span<std::uint8_t> Reply::add_records(Bytes records, std::uint16_t answers,
                                           std::uint16_t authorities) noexcept {
  if (!makes_room(records.size())) return {};
  std::uint8_t* const at = begin_ + size_;
  std::ranges::copy(records, at);
  size_ += records.size();
  answers_ = answers;
  authorities_ = authorities;
  return {at, records.size()};
}

Bytes Reply::finish(Rcode rcode, std::uint16_t flags) noexcept {
  if (is_truncated_) {
    size_ = header_size + query_.question.size();
    answers_ = 0;
    authorities_ = 0;
    flags |= flag::truncated;
  }
  constexpr std::uint16_t kept = flag::recursion_desired | flag::checking_disabled;
  const auto code = static_cast<std::uint16_t>(rcode);
  write16(begin_, query_.id);
  write16(begin_ + 2,
          static_cast<std::uint16_t>(flag::response | flag::recursion_available |
                                     (query_.flags & kept) | flags | (code & flag::rcode)));
  write16(begin_ + 4, 1);
  write16(begin_ + 6, answers_);
  write16(begin_ + 8, authorities_);
  write16(begin_ + 10, query_.has_edns ? 1 : 0);
  if (query_.has_edns) {
    std::uint8_t* const opt = begin_ + size_;
    opt[0] = 0;
    write16(opt + 1, static_cast<std::uint16_t>(Type::opt));
    write16(opt + 3, largest_datagram);
    write32(opt + 5,
            static_cast<std::uint32_t>(code >> 4) << 24 | (query_.wants_dnssec ? dnssec_ok : 0));
    write16(opt + 9, 0);
    size_ += opt_size;
  }
  return {begin_, size_};
}

Bytes write_bare_reply(std::span<std::uint8_t> buffer, const Asked& query, Rcode rcode) noexcept {
  constexpr std::uint16_t kept = flag::opcode | flag::recursion_desired;
  std::fill_n(buffer.begin(), header_size, std::uint8_t{0});
  write16(&buffer[0], query.id);
  write16(&buffer[2], static_cast<std::uint16_t>(flag::response | (query.flags & kept) |
                                                 static_cast<std::uint16_t>(rcode)));
  return buffer.first(header_size);
}

}  // namespace viaduct::dns
