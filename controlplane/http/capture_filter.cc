#include "controlplane/http/capture_filter.h"

#include <pcap/pcap.h>

#include <memory>
#include <span>

namespace viaduct::http {

namespace {

using Handle = std::unique_ptr<pcap_t, decltype(&pcap_close)>;

Result<void> compile(pcap_t* handle, const std::string& expression, bpf_program& program) {
  if (pcap_compile(handle, &program, expression.c_str(), 1, PCAP_NETMASK_UNKNOWN) != 0) {
    return fail(Fault::invalid, "", "filter: " + std::string{pcap_geterr(handle)});
  }
  return {};
}

// To libpcap, "tcp" means TCP without a tag. Networks share ports by 802.1Q, so whoever does not
// ask about tags means both. In libpcap's language `vlan` moves all that follows it behind the tag.
std::string with_and_without_tag(const std::string& expression) {
  if (expression.empty() || expression.find("vlan") != std::string::npos) return expression;
  return "((" + expression + ") and not ether proto 0x8100) or (vlan and (" + expression + "))";
}

}  // namespace

Result<api::Json> compile_filter(const std::string& expression, int snap_length) {
  const Handle dead{pcap_open_dead(DLT_EN10MB, snap_length), pcap_close};
  bpf_program program{};
  TRY(compile(dead.get(), expression, program));  // alone, so that its errors are about it
  pcap_freecode(&program);
  TRY(compile(dead.get(), with_and_without_tag(expression), program));
  api::Json list = api::Json::array();
  for (const bpf_insn& each : std::span{program.bf_insns, program.bf_len}) {
    list.push_back({each.code, each.jt, each.jf, each.k});
  }
  pcap_freecode(&program);
  return list;
}

}  // namespace viaduct::http
