#include "services/guest/dns/answer.h"

#include <ldns/ldns.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <memory>

namespace viaduct::dns {

namespace {

// Names are followed through so many aliases, and so many records are looked at.
constexpr std::size_t most_aliases = 16;
constexpr std::size_t most_records = 1000;
constexpr std::uint32_t largest_ttl = 0x7fff'ffff;  // RFC 2181 8

// Whether somewhere a pointer of compressed names leads to a pointer, that to another and so on,
// farther than any honest message does: ldns would follow them for each name anew. Bytes that are
// no pointers but look like it lead nowhere soon, or in a circle, which ldns gives up.
bool leads_astray(Bytes message) noexcept {
  constexpr std::size_t most_hops = 12;
  constexpr std::uint16_t pointer = 0xc000;
  std::array<std::size_t, most_hops> passed{};
  for (std::size_t begin = 0; begin + 1 < message.size(); ++begin) {
    std::size_t at = begin;
    std::size_t hops = 0;
    while (hops < most_hops && at + 1 < message.size() && read16(&message[at]) >= pointer) {
      passed[hops++] = at;
      at = read16(&message[at]) ^ pointer;
    }
    if (hops < most_hops) continue;
    std::ranges::sort(passed);
    if (std::ranges::adjacent_find(passed) == passed.end()) return true;
  }
  return false;
}

struct FreePacket {
  void operator()(ldns_pkt* packet) const noexcept { ldns_pkt_free(packet); }
};
using Packet = std::unique_ptr<ldns_pkt, FreePacket>;

struct FreeBytes {
  void operator()(void* bytes) const noexcept { std::free(bytes); }  // NOLINT(*-no-malloc)
};
using MallocedBytes = std::unique_ptr<std::uint8_t, FreeBytes>;

std::vector<ldns_rr*> records_of(const ldns_rr_list* list) {
  std::vector<ldns_rr*> records;
  for (std::size_t i = 0; i < ldns_rr_list_rr_count(list); ++i) {
    ldns_rr* const record = ldns_rr_list_rr(list, i);
    if (ldns_rr_get_class(record) == LDNS_RR_CLASS_IN) records.push_back(record);
  }
  return records;
}

bool is_same(const ldns_rdf* a, const ldns_rdf* b) {
  return ldns_dname_compare(a, b) == 0;
}
bool is_within(const ldns_rdf* name, const ldns_rdf* zone) {
  return is_same(name, zone) || ldns_dname_is_subdomain(name, zone);
}
// The one name of a CNAME or DNAME, or the signer of an RRSIG; nullptr if it is not there.
const ldns_rdf* name_in(const ldns_rr* record) {
  constexpr std::size_t signer = 7;
  const bool is_signature = ldns_rr_get_type(record) == LDNS_RR_TYPE_RRSIG;
  const ldns_rdf* const name = ldns_rr_rdf(record, is_signature ? signer : 0);
  const bool is_name = name != nullptr && ldns_rdf_get_type(name) == LDNS_RDF_TYPE_DNAME;
  return is_name ? name : nullptr;
}
bool is_denial(const ldns_rr* record) {
  const ldns_rr_type type = ldns_rr_get_type(record);
  return type == LDNS_RR_TYPE_NSEC || type == LDNS_RR_TYPE_NSEC3;
}

// Takes what is to be believed out of a packet.
class Selection {
 public:
  explicit Selection(const ldns_pkt& packet)
      : answers_(records_of(ldns_pkt_answer(&packet))),
        authorities_(records_of(ldns_pkt_authority(&packet))) {
    const ldns_rr* const question = ldns_rr_list_rr(ldns_pkt_question(&packet), 0);
    type_ = ldns_rr_get_type(question);
    names_.push_back(ldns_rr_owner(question));
    follow_aliases();
    std::erase_if(answers_, [this](const ldns_rr* record) { return !answers(record); });
    choose_zones();
    std::erase_if(authorities_, [this](const ldns_rr* record) { return !is_trusted(record); });
  }

  [[nodiscard]] const std::vector<ldns_rr*>& answers() const { return answers_; }
  [[nodiscard]] const std::vector<ldns_rr*>& authorities() const { return authorities_; }
  // The SOA record that tells that there is no such name or record; nullptr if there is none.
  [[nodiscard]] const ldns_rr* denial() const { return has_record() ? nullptr : soa_; }
  // Whether something of what was asked for is there.
  [[nodiscard]] bool has_record() const {
    return std::ranges::any_of(answers_, [this](const ldns_rr* record) {
      return ldns_rr_get_type(record) == type_ && is_same(ldns_rr_owner(record), names_.back());
    });
  }

 private:
  void follow_aliases() {
    while (type_ != LDNS_RR_TYPE_CNAME && names_.size() <= most_aliases) {
      const auto is_alias = [this](const ldns_rr* record) {
        return ldns_rr_get_type(record) == LDNS_RR_TYPE_CNAME && name_in(record) != nullptr &&
               is_same(ldns_rr_owner(record), names_.back());
      };
      const auto alias = std::ranges::find_if(answers_, is_alias);
      if (alias == answers_.end()) return;
      names_.push_back(name_in(*alias));
    }
  }

  [[nodiscard]] bool is_followed(const ldns_rdf* name) const {
    return std::ranges::any_of(names_, [&](const ldns_rdf* each) { return is_same(each, name); });
  }
  [[nodiscard]] bool lies_above(const ldns_rdf* zone) const {
    return std::ranges::any_of(names_, [&](const ldns_rdf* each) { return is_within(each, zone); });
  }

  [[nodiscard]] bool answers(const ldns_rr* record) const {
    const ldns_rr_type type = ldns_rr_get_type(record);
    const ldns_rdf* const owner = ldns_rr_owner(record);
    if (type == LDNS_RR_TYPE_DNAME || type == LDNS_RR_TYPE_RRSIG) return lies_above(owner);
    return (type == type_ || type == LDNS_RR_TYPE_CNAME) && is_followed(owner);
  }

  // The zones whose say counts: those that names we followed are in.
  void choose_zones() {
    for (const ldns_rr* record : authorities_) {
      const ldns_rr_type type = ldns_rr_get_type(record);
      if (type == LDNS_RR_TYPE_SOA && soa_ == nullptr && lies_above(ldns_rr_owner(record))) {
        soa_ = record;
        zones_.push_back(ldns_rr_owner(record));
      }
      const ldns_rdf* const signer = type == LDNS_RR_TYPE_RRSIG ? name_in(record) : nullptr;
      const bool is_new = signer != nullptr && zones_.size() < most_aliases && !is_zone(signer);
      if (is_new && lies_above(signer)) zones_.push_back(signer);
    }
  }
  [[nodiscard]] bool is_zone(const ldns_rdf* name) const {
    return std::ranges::any_of(zones_, [&](const ldns_rdf* zone) { return is_same(zone, name); });
  }
  [[nodiscard]] bool is_trusted(const ldns_rr* record) const {
    if (record == soa_) return true;
    const bool is_signature = ldns_rr_get_type(record) == LDNS_RR_TYPE_RRSIG;
    if (!is_signature && !is_denial(record)) return false;
    return std::ranges::any_of(
        zones_, [&](const ldns_rdf* zone) { return is_within(ldns_rr_owner(record), zone); });
  }

  ldns_rr_type type_ = LDNS_RR_TYPE_A;
  std::vector<const ldns_rdf*> names_;  // what was asked for, and what that is an alias of
  std::vector<const ldns_rdf*> zones_;
  const ldns_rr* soa_ = nullptr;
  std::vector<ldns_rr*> answers_;
  std::vector<ldns_rr*> authorities_;
};

std::uint32_t bounded(std::uint32_t ttl, std::uint32_t least, std::uint32_t most) {
  if (ttl > largest_ttl) ttl = 0;
  return std::clamp(ttl, std::min(least, most), most);
}

// Gives the records their bounded TTLs; tells the least.
std::uint32_t bound_ttls(const Selection& selection, TtlBounds bounds) {
  constexpr std::size_t soa_minimum = 6;
  std::uint32_t least = bounds.most;
  const ldns_rr* const denial = selection.denial();
  if (denial != nullptr) {
    const ldns_rdf* const minimum = ldns_rr_rdf(denial, soa_minimum);
    if (minimum != nullptr) least = std::min(least, ldns_rdf2native_int32(minimum));
    least = std::min(least, bounds.most_negative);
  }
  for (const auto* section : {&selection.answers(), &selection.authorities()}) {
    for (ldns_rr* record : *section) {
      const std::uint32_t ttl = bounded(ldns_rr_ttl(record), bounds.least, bounds.most);
      ldns_rr_set_ttl(record, ttl);
      least = std::min(least, ttl);
    }
  }
  if (denial == nullptr) return least;
  // RFC 2308 5: a denial goes with its SOA record, for as long.
  for (ldns_rr* record : selection.authorities()) ldns_rr_set_ttl(record, least);
  return least;
}

// The message as bytes again, with what was selected alone. Empty if that does not work out.
std::vector<std::uint8_t> write(const ldns_pkt& packet, const Selection& selection) {
  const Packet out{ldns_pkt_new()};
  ldns_rr* const question = ldns_rr_clone(ldns_rr_list_rr(ldns_pkt_question(&packet), 0));
  ldns_dname2canonical(ldns_rr_owner(question));
  ldns_pkt_push_rr(out.get(), LDNS_SECTION_QUESTION, question);
  for (const ldns_rr* record : selection.answers()) {
    ldns_pkt_push_rr(out.get(), LDNS_SECTION_ANSWER, ldns_rr_clone(record));
  }
  for (const ldns_rr* record : selection.authorities()) {
    ldns_pkt_push_rr(out.get(), LDNS_SECTION_AUTHORITY, ldns_rr_clone(record));
  }
  std::uint8_t* bytes = nullptr;
  std::size_t size = 0;
  if (ldns_pkt2wire(&bytes, out.get(), &size) != LDNS_STATUS_OK) return {};
  const MallocedBytes owner{bytes};
  if (size > largest_message) return {};
  return {bytes, bytes + size};
}

// Fills in the records and the places of their TTLs. False if they do not fit together.
bool take_records(Bytes message, std::size_t question_size, Answer& answer) {
  const std::size_t begin = header_size + question_size;
  std::size_t at = begin;
  for (std::size_t i = 0; i < std::size_t{answer.answers} + answer.authorities; ++i) {
    RecordPlace place;
    if (!find_record(message, at, place)) return false;
    answer.ttls.push_back(static_cast<std::uint16_t>(place.type + 4 - begin));
    at = place.end;
  }
  const Bytes records = message.subspan(begin);
  answer.records.assign(records.begin(), records.end());
  return at == message.size();
}

}  // namespace

Match match(Bytes message, const Question& question) noexcept {
  const std::size_t size = question.as_asked.size();
  if (message.size() < header_size + size) return Match::none;
  const std::uint16_t flags = flags_of(message);
  const bool is_answer = (flags & flag::response) != 0 && (flags & flag::opcode) == 0 &&
                         read16(&message[0]) == question.id && read16(&message[4]) == 1;
  if (!is_answer) return Match::none;
  const Bytes got = message.subspan(header_size, size);
  if (std::ranges::equal(got, question.as_asked)) return Match::good;
  std::vector<std::uint8_t> folded{got.begin(), got.end()};
  std::vector<std::uint8_t> wanted = question.as_asked;
  for (auto* bytes : {&folded, &wanted}) {
    make_lower(reinterpret_cast<char*>(bytes->data()), size - question_tail);
  }
  return folded == wanted ? Match::case_differs : Match::none;
}

std::optional<Answer> read_answer(Bytes message, TtlBounds bounds) {
  const std::size_t records =
      std::size_t{read16(&message[6])} + read16(&message[8]) + read16(&message[10]);
  if (records > most_records || leads_astray(message)) return std::nullopt;
  ldns_pkt* parsed = nullptr;
  if (ldns_wire2pkt(&parsed, message.data(), message.size()) != LDNS_STATUS_OK) {
    return std::nullopt;
  }
  const Packet packet{parsed};
  const Selection selection{*packet};
  const std::uint32_t least = bound_ttls(selection, bounds);

  Answer answer;
  answer.rcode =
      static_cast<Rcode>(ldns_pkt_edns_extended_rcode(parsed) << 4 | ldns_pkt_get_rcode(parsed));
  answer.is_authentic = ldns_pkt_ad(parsed);
  answer.answers = static_cast<std::uint16_t>(selection.answers().size());
  answer.authorities = static_cast<std::uint16_t>(selection.authorities().size());
  const std::vector<std::uint8_t> written = write(*packet, selection);
  const ldns_rr* const question = ldns_rr_list_rr(ldns_pkt_question(parsed), 0);
  const std::size_t question_size = ldns_rdf_size(ldns_rr_owner(question)) + question_tail;
  if (written.size() < header_size + question_size) return std::nullopt;
  if (!take_records(written, question_size, answer)) return std::nullopt;

  const bool is_negative = answer.rcode == Rcode::name_error || !selection.has_record();
  const bool may_stay = answer.rcode == Rcode::no_error || answer.rcode == Rcode::name_error;
  answer.lifetime = may_stay && (!is_negative || selection.denial() != nullptr) ? least : 0;
  return answer;
}

}  // namespace viaduct::dns
