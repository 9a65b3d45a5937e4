#include <cstddef>
#include <cstdint>
#include <string>

#include "dataplane/helper/sdp.h"
#include "dataplane/helper/sip.h"

namespace {

using namespace viaduct::helper;  // NOLINT(google-build-using-namespace)

void check(bool holds) {
  if (!holds) __builtin_trap();
}

// What stands somewhere, stands in the text.
void check_range(const Range& range, std::size_t size) {
  check(range.begin < range.end && range.end <= size);
}

// Another port, of another length, is read where the one was.
void check_replaced(const std::string& text, const sip::HostPort& host) {
  std::string changed = text;
  changed.replace(host.at.begin, host.at.end - host.at.begin, "203.0.113.2:65535");
  const auto again = sip::read(changed);
  if (!again) return;  // the body's length may say another now
  for (const auto& each : again->contacts.all()) {
    if (each.at.begin == host.at.begin) check(each.endpoint().port == 65535);
  }
}

void check_description(const std::string& text, Range body) {
  const auto description = sdp::read(text, body);
  if (!description) return;
  for (const AddressAt& each : description->addresses.all()) check_range(each.at, text.size());
  for (const sdp::Medium& each : description->media.all()) {
    check_range(each.port.at, text.size());
    if (each.rtcp) check_range(each.rtcp->at, text.size());
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {  // NOLINT
  const std::string text{data, data + size};
  check_description(text, {0, size});
  const auto message = sip::read(text);
  if (!message) return 0;
  check(message->body.begin <= message->body.end && message->body.end <= size);
  if (message->target) check_range(message->target->at, message->body.begin);
  if (message->via) check_range(message->via->at, message->body.begin);
  if (message->received) check_range(message->received->at, message->body.begin);
  if (message->rport) check_range(message->rport->at, message->body.begin);
  if (message->content_length) check_range(message->content_length->at, message->body.begin);
  for (const auto& contact : message->contacts.all()) {
    check_range(contact.at, message->body.begin);
    check_replaced(text, contact);
  }
  check_description(text, message->body);
  return 0;
}
