#include "controlplane/http/capture_filter.h"

#include <pcap/pcap.h>

#include <memory>
#include <span>

namespace viaduct::http {

Result<api::Json> compile_filter(const std::string& expression, int snap_length) {
  const std::unique_ptr<pcap_t, decltype(&pcap_close)> dead{pcap_open_dead(DLT_EN10MB, snap_length),
                                                            pcap_close};
  bpf_program program{};
  if (pcap_compile(dead.get(), &program, expression.c_str(), 1, PCAP_NETMASK_UNKNOWN) != 0) {
    return fail(Fault::invalid, "", "filter: " + std::string{pcap_geterr(dead.get())});
  }
  api::Json list = api::Json::array();
  for (const bpf_insn& each : std::span{program.bf_insns, program.bf_len}) {
    list.push_back({each.code, each.jt, each.jf, each.k});
  }
  pcap_freecode(&program);
  return list;
}

}  // namespace viaduct::http
