#include <cstddef>
#include <cstdint>
#include <string_view>

#include "controlplane/cloudstack/adapter.h"
#include "controlplane/cloudstack/translate.h"
#include "controlplane/document.h"

namespace {

using namespace viaduct;  // NOLINT(google-build-using-namespace)

void insist(bool holds) {
  if (!holds) __builtin_trap();
}

// An isolated network's router that has started.
ApplianceDocument started() {
  constexpr std::string_view request = R"({
    "nics": [{"name":"eth0","mac":"02:00:0a:01:01:01","device":"net_null0"},
             {"name":"eth2","mac":"1e:00:52:00:01:0a","device":"net_null2"},
             {"name":"eth3","mac":"1e:00:52:00:02:0a","device":"net_null3"}],
    "parts": [{"cmdline":"type=router eth0ip=10.1.1.1 eth0mask=255.255.255.0
        eth2ip=203.0.113.10 eth2mask=255.255.255.0 gateway=203.0.113.1 dns1=198.51.100.53"}]})";
  std::string text{request};
  for (char& c : text) c = c == '\n' ? ' ' : c;
  ApplianceDocument document;
  insist(
      cloudstack::apply(*cloudstack::read_request(*api::parse_json(text)), document).has_value());
  return document;
}

Result<cloudstack::Request> read(std::string_view input) {
  if (!input.starts_with('#')) return cloudstack::read_request(TRY(api::parse_json(input)));
  const api::Json part = {{"aggregate", input}};
  return cloudstack::read_request({{"strict", false}, {"parts", {part}}});
}

void insist_on_fit(const ApplianceDocument& document) {
  Directory directory;
  const Documents parts = derive(document);
  insist(compile(parts.packet_path, directory).has_value());
  insist(check(parts.guests).has_value());
}

}  // namespace

// The input: a request, or an aggregate if it begins with '#'. Whatever arrives is refused with a
// reason, or leads to a document that fits together and means the same when it is read again.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {  // NOLINT
  static const ApplianceDocument before = started();
  const auto request = read({reinterpret_cast<const char*>(data), size});
  if (!request) {
    insist(!request.error().why.empty());
    return 0;
  }
  ApplianceDocument document = before;
  const auto outcome = cloudstack::apply(*request, document);
  if (!outcome) {
    insist(!outcome.error().why.empty());
    return 0;
  }
  (void)outcome->to_json().dump(-1, ' ', false, api::Json::error_handler_t::replace);
  insist_on_fit(document);
  const auto again = api::read_document<ApplianceDocument>(write_document(document));
  insist(again.has_value() && again->cloudstack_entries == document.cloudstack_entries);
  return 0;
}
