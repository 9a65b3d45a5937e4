#include "services/guest/dhcp/reply.h"

#include <algorithm>
#include <array>
#include <bitset>
#include <string>
#include <utility>
#include <vector>

#include "services/guest/dhcp/message_writer.h"

namespace viaduct::dhcp {
namespace {

const Address everybody = Address::v4(Be32::of(0xffff'ffff));

// What the client wants to know (option 55); without such a list it is told everything, but for
// what only those understand who ask for it.
class Wishes {
 public:
  explicit Wishes(const Message& request) {
    if (request.options.has(Code::parameter_request_list)) {
      for (const std::uint8_t code : request.options.find(Code::parameter_request_list)) {
        codes_.set(code);
      }
      return;
    }
    codes_.set();
    for (const Code code : {Code::microsoft_routes, Code::tftp_server_name, Code::boot_file_name}) {
      codes_.reset(static_cast<std::size_t>(code));
    }
  }
  [[nodiscard]] bool include(Code code) const { return codes_[static_cast<std::size_t>(code)]; }

 private:
  std::bitset<256> codes_;
};

using Tags = std::vector<std::string_view>;

Tags tags_of(const Terms& terms) {
  Tags tags;
  if (terms.reservation != nullptr) {
    tags.assign(terms.reservation->tags.begin(), terms.reservation->tags.end());
  }
  for (const Match& match : terms.subnet.settings().matches) {
    const std::string_view value = text_of(terms.request.options.find(match.code));
    if (value.find(text_of(match.value)) != std::string_view::npos) tags.push_back(match.tag);
  }
  return tags;
}

bool has(const Tags& tags, std::string_view tag) {
  return std::ranges::find(tags, tag) != tags.end();
}

void put_options(MessageWriter& writer, const std::vector<Option>& options, const Wishes& wishes,
                 const auto& applies) {
  for (const Option& option : options) {
    if (!applies(option)) continue;
    if (option.value.empty()) {
      writer.omit(option.code);
    } else if (option.is_forced || wishes.include(option.code)) {
      writer.put(option.code, option.value);
    }
  }
}

bool is_default_interface(const Terms& terms) {
  return terms.reservation == nullptr || terms.reservation->default_interface;
}

// What leads guests out by this interface, or decides where they look names up.
bool is_of_default_interface(Code code) {
  constexpr std::array own{Code::router,          Code::domain_name_servers, Code::domain_name,
                           Code::static_routes,   Code::domain_search,       Code::classless_routes,
                           Code::microsoft_routes};
  return std::ranges::find(own, code) != own.end();
}

// What the operator says by number, the more special first.
void put_configured(MessageWriter& writer, const Terms& terms, const Wishes& wishes,
                    const Tags& tags) {
  const auto is_tagged = [&](const Option& o) { return !o.tag.empty() && has(tags, o.tag); };
  const auto is_general = [](const Option& o) { return o.tag.empty(); };
  if (terms.reservation != nullptr) {
    put_options(writer, terms.reservation->options, wishes, is_tagged);
    put_options(writer, terms.reservation->options, wishes, is_general);
  }
  const auto is_meant = [&](const Option& o) {
    return o.value.empty() || is_default_interface(terms) || !is_of_default_interface(o.code);
  };
  put_options(writer, terms.subnet.settings().options, wishes,
              [&](const Option& o) { return is_tagged(o) && is_meant(o); });
  put_options(writer, terms.subnet.settings().options, wishes,
              [&](const Option& o) { return is_general(o) && is_meant(o); });
}

void put_prepared(MessageWriter& writer, const Terms& terms, const Wishes& wishes) {
  const Audience withheld =
      is_default_interface(terms) ? Audience::other_interfaces : Audience::default_interfaces;
  for (const PreparedOption& option : terms.subnet.options()) {
    if (option.audience != withheld && wishes.include(option.code)) {
      writer.put(option.code, option.value);
    }
  }
}

void put_boot(MessageWriter& writer, const Terms& terms, const Wishes& wishes, const Tags& tags) {
  const Subnet& settings = terms.subnet.settings();
  std::string_view file = settings.boot_file;
  const auto special = std::ranges::find_if(
      settings.tagged_boot_files, [&](const BootFile& one) { return has(tags, one.tag); });
  if (special != settings.tagged_boot_files.end()) file = special->path;
  if (settings.next_server || !file.empty()) {
    writer.next(settings.next_server.value_or(settings.server));
  }
  writer.boot_file(file);
  writer.server_name(settings.boot_server_name);
  if (!file.empty() && wishes.include(Code::boot_file_name)) {
    writer.put(Code::boot_file_name, bytes_of(file));
  }
  if (!settings.boot_server_name.empty() && wishes.include(Code::tftp_server_name)) {
    writer.put(Code::tftp_server_name, bytes_of(settings.boot_server_name));
  }
}

// All but what makes a lease.
void put_parameters(MessageWriter& writer, const Terms& terms) {
  const Wishes wishes{terms.request};
  const Tags tags = tags_of(terms);
  const Subnet& settings = terms.subnet.settings();
  put_boot(writer, terms, wishes, tags);
  put_configured(writer, terms, wishes, tags);
  const unsigned length = settings.subnet.written_length();
  writer.put(Code::subnet_mask, ~std::uint32_t{0} << (32 - length));
  if (terms.reservation != nullptr && !terms.reservation->host_name.empty() &&
      wishes.include(Code::host_name)) {
    writer.put(Code::host_name, bytes_of(terms.reservation->host_name));
  }
  put_prepared(writer, terms, wishes);
}

// Every reply says who the server is, and who the client said it was (RFC 6842).
MessageWriter begin(const Terms& terms, Kind kind) {
  MessageWriter writer{terms.request, kind};
  // RFC 5107: what clients renew is to pass the relay, too.
  writer.put(Code::server_identifier, terms.request.relay_said(RelayCode::server_identifier)
                                          .value_or(terms.subnet.settings().server));
  if (terms.request.options.has(Code::client_identifier)) {
    writer.put(Code::client_identifier, terms.request.options.find(Code::client_identifier));
  }
  return writer;
}

// RFC 2131 4.1: to the relay; to the address that the client has; to where nobody needs one.
Reply address_reply(const Terms& terms, const Address& granted) {
  const Message& request = terms.request;
  Reply reply;
  reply.source = {terms.subnet.settings().server, server_port};
  if (request.relay != no_address) {
    reply.destination = {request.relay, server_port};
  } else if (request.client != no_address && request.client == granted) {
    reply.destination = {request.client, client_port};
  } else if (request.wants_broadcast || granted == no_address) {
    reply.destination = {everybody, client_port};
  } else {
    reply.destination = {granted, client_port};
    reply.station = request.mac();
  }
  return reply;
}

}  // namespace

std::uint32_t lease_time(const Terms& terms) {
  const bool is_own = terms.reservation != nullptr && terms.reservation->lease_time;
  const std::uint32_t configured =
      is_own ? *terms.reservation->lease_time : terms.subnet.settings().lease_time;
  const std::uint32_t longest = configured == 0 ? infinite : configured;
  const auto asked = terms.request.options.number(Code::lease_time);
  return asked ? std::min(longest, std::max(*asked, shortest_lease)) : longest;
}

Reply grant(const Terms& terms, Kind kind, const Address& address) {
  Reply reply = address_reply(terms, address);
  MessageWriter writer = begin(terms, kind);
  if (kind == Kind::ack) writer.client(terms.request.client);
  writer.yours(address);
  const std::uint32_t time = lease_time(terms);
  writer.put(Code::lease_time, time);
  put_parameters(writer, terms);
  if (time != infinite) {
    writer.put(Code::renewal_time, time / 2);
    writer.put(Code::rebinding_time, time - time / 8);
  }
  reply.bytes = writer.finish();
  return reply;
}

Reply inform(const Terms& terms) {
  Reply reply = address_reply(terms, terms.request.client);
  MessageWriter writer = begin(terms, Kind::ack);
  writer.client(terms.request.client);
  put_parameters(writer, terms);
  reply.bytes = writer.finish();
  return reply;
}

Reply refuse(const Terms& terms, std::string_view why) {
  Reply reply = address_reply(terms, no_address);
  MessageWriter writer = begin(terms, Kind::nak);
  // The relay is to broadcast it: the client may not have the address that it believes to have.
  if (terms.request.relay != no_address) writer.wants_broadcast();
  writer.put(Code::message, bytes_of(why));
  reply.bytes = writer.finish();
  return reply;
}

}  // namespace viaduct::dhcp
