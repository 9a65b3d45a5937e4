#include "controlplane/kernel/guard.h"

#include <libnftnl/chain.h>
#include <libnftnl/common.h>
#include <libnftnl/expr.h>
#include <libnftnl/gen.h>
#include <libnftnl/rule.h>
#include <libnftnl/table.h>
#include <linux/netfilter.h>
#include <linux/netfilter/nf_conntrack_common.h>
#include <linux/netfilter/nf_tables.h>
#include <net/if.h>

#include <array>
#include <vector>

#include "controlplane/kernel/descriptor.h"
#include "controlplane/kernel/release.h"

namespace viaduct::kernel {
namespace {

using Table = std::unique_ptr<nftnl_table, Release<nftnl_table_free>>;
using Chain = std::unique_ptr<nftnl_chain, Release<nftnl_chain_free>>;
using Rule = std::unique_ptr<nftnl_rule, Release<nftnl_rule_free>>;
using Generation = std::unique_ptr<nftnl_gen, Release<nftnl_gen_free>>;

constexpr const char* table_name = "viaduct_guard";
constexpr const char* input = "input";

// What a service daemon is reached by on one interface.
struct Opening {
  const std::string* interface;
  punt::ServicePorts ports;
};

// What an earlier question left behind unread.
void forget_answers(mnl_socket* socket) {
  std::array<char, 8192> ignored{};
  while (::recv(mnl_socket_get_fd(socket), ignored.data(), ignored.size(), MSG_DONTWAIT) > 0) {
  }
}

// Every transaction in the namespace counts this up, whoever makes it.
Result<std::uint32_t> ruleset_generation(mnl_socket* socket) {
  forget_answers(socket);
  std::array<char, 8192> buffer{};
  nlmsghdr* question = nftnl_nlmsg_build_hdr(buffer.data(), NFT_MSG_GETGEN, NFPROTO_UNSPEC, 0, 1);
  if (mnl_socket_sendto(socket, question, question->nlmsg_len) < 0) {
    return fail_system("cannot ask nftables for its generation");
  }
  const ssize_t size = mnl_socket_recvfrom(socket, buffer.data(), buffer.size());
  const Generation generation{nftnl_gen_alloc()};
  const auto read = [](const nlmsghdr* answer, void* into) {
    return nftnl_gen_nlmsg_parse(answer, static_cast<nftnl_gen*>(into)) < 0 ? MNL_CB_ERROR
                                                                            : MNL_CB_OK;
  };
  if (size < 0 || mnl_cb_run(buffer.data(), static_cast<std::size_t>(size), 1,
                             mnl_socket_get_portid(socket), read, generation.get()) < 0) {
    return fail_system("nftables does not tell its generation");
  }
  return nftnl_gen_get_u32(generation.get(), NFTNL_GEN_ID);
}

// One nftables transaction in the making: all of it happens, or none.
class Batch {
 public:
  explicit Batch(std::size_t messages) : buffer_(messages * longest_message) {
    batch_.reset(mnl_nlmsg_batch_start(buffer_.data(), buffer_.size()));
    nftnl_batch_begin(position(), 0);
    mnl_nlmsg_batch_next(batch_.get());
  }

  // Adds one message; `build(nlmsghdr*)` writes its payload.
  template <class Build>
  void add(std::uint16_t command, std::uint16_t flags, Build build) {
    last_ = nftnl_nlmsg_build_hdr(position(), command, NFPROTO_INET, flags, ++sequence_);
    build(last_);
    mnl_nlmsg_batch_next(batch_.get());
  }

  Result<void> commit(mnl_socket* socket) {
    // The kernel reports every failure by itself; success it tells only where asked.
    last_->nlmsg_flags |= NLM_F_ACK;
    nftnl_batch_end(position(), ++sequence_);
    mnl_nlmsg_batch_next(batch_.get());
    forget_answers(socket);  // a refused batch leaves more than the one that is read
    std::array<char, 8192> answer{};
    const int file = mnl_socket_get_fd(socket);
    const auto room = static_cast<int>(2 * buffer_.size());
    if (::setsockopt(file, SOL_SOCKET, SO_SNDBUFFORCE, &room, sizeof room) != 0 ||
        mnl_socket_sendto(socket, mnl_nlmsg_batch_head(batch_.get()),
                          mnl_nlmsg_batch_size(batch_.get())) < 0) {
      return fail_system("cannot send the guard to nftables");
    }
    const ssize_t size = mnl_socket_recvfrom(socket, answer.data(), answer.size());
    if (size < 0 || mnl_cb_run(answer.data(), static_cast<std::size_t>(size), 0,
                               mnl_socket_get_portid(socket), nullptr, nullptr) < 0) {
      return fail_system("nftables refuses the guard");
    }
    return {};
  }

 private:
  static constexpr std::size_t longest_message = 1024;
  char* position() { return static_cast<char*>(mnl_nlmsg_batch_current(batch_.get())); }

  std::vector<char> buffer_;
  std::unique_ptr<mnl_nlmsg_batch, Release<mnl_nlmsg_batch_stop>> batch_;
  nlmsghdr* last_ = nullptr;
  std::uint32_t sequence_ = 0;
};

void load_meta(nftnl_rule* rule, std::uint32_t key) {
  nftnl_expr* expression = nftnl_expr_alloc("meta");
  nftnl_expr_set_u32(expression, NFTNL_EXPR_META_KEY, key);
  nftnl_expr_set_u32(expression, NFTNL_EXPR_META_DREG, NFT_REG_1);
  nftnl_rule_add_expr(rule, expression);
}

void compare(nftnl_rule* rule, std::uint32_t operation, const void* value, std::uint32_t size) {
  nftnl_expr* expression = nftnl_expr_alloc("cmp");
  nftnl_expr_set_u32(expression, NFTNL_EXPR_CMP_SREG, NFT_REG_1);
  nftnl_expr_set_u32(expression, NFTNL_EXPR_CMP_OP, operation);
  nftnl_expr_set(expression, NFTNL_EXPR_CMP_DATA, value, size);
  nftnl_rule_add_expr(rule, expression);
}

void match_interface(nftnl_rule* rule, const std::string& interface) {
  std::array<char, IFNAMSIZ> name{};
  interface.copy(name.data(), name.size() - 1);
  load_meta(rule, NFT_META_IIFNAME);
  compare(rule, NFT_CMP_EQ, name.data(), name.size());
}

void match_known_connection(nftnl_rule* rule) {
  constexpr std::uint32_t known =
      NF_CT_STATE_BIT(IP_CT_ESTABLISHED) | NF_CT_STATE_BIT(IP_CT_RELATED);
  constexpr std::uint32_t none = 0;
  nftnl_expr* state = nftnl_expr_alloc("ct");
  nftnl_expr_set_u32(state, NFTNL_EXPR_CT_KEY, NFT_CT_STATE);
  nftnl_expr_set_u32(state, NFTNL_EXPR_CT_DREG, NFT_REG_1);
  nftnl_rule_add_expr(rule, state);
  nftnl_expr* mask = nftnl_expr_alloc("bitwise");
  nftnl_expr_set_u32(mask, NFTNL_EXPR_BITWISE_SREG, NFT_REG_1);
  nftnl_expr_set_u32(mask, NFTNL_EXPR_BITWISE_DREG, NFT_REG_1);
  nftnl_expr_set_u32(mask, NFTNL_EXPR_BITWISE_LEN, sizeof known);
  nftnl_expr_set(mask, NFTNL_EXPR_BITWISE_MASK, &known, sizeof known);
  nftnl_expr_set(mask, NFTNL_EXPR_BITWISE_XOR, &none, sizeof none);
  nftnl_rule_add_expr(rule, mask);
  compare(rule, NFT_CMP_NEQ, &none, sizeof none);
}

void match_ports(nftnl_rule* rule, const punt::ServicePorts& wanted) {
  const auto protocol = static_cast<std::uint8_t>(wanted.protocol);
  load_meta(rule, NFT_META_L4PROTO);
  compare(rule, NFT_CMP_EQ, &protocol, sizeof protocol);
  if (wanted.protocol != Protocol::tcp && wanted.protocol != Protocol::udp) return;

  nftnl_expr* port = nftnl_expr_alloc("payload");
  nftnl_expr_set_u32(port, NFTNL_EXPR_PAYLOAD_DREG, NFT_REG_1);
  nftnl_expr_set_u32(port, NFTNL_EXPR_PAYLOAD_BASE, NFT_PAYLOAD_TRANSPORT_HEADER);
  nftnl_expr_set_u32(port, NFTNL_EXPR_PAYLOAD_OFFSET, 2);  // of the destination port
  nftnl_expr_set_u32(port, NFTNL_EXPR_PAYLOAD_LEN, sizeof(Be16));
  nftnl_rule_add_expr(rule, port);
  const auto first = Be16::of(wanted.ports.first);
  const auto last = Be16::of(wanted.ports.last);
  compare(rule, first == last ? NFT_CMP_EQ : NFT_CMP_GTE, &first, sizeof first);
  if (first != last) compare(rule, NFT_CMP_LTE, &last, sizeof last);
}

void add_table(Batch& batch) {
  const Table table{nftnl_table_alloc()};
  nftnl_table_set_str(table.get(), NFTNL_TABLE_NAME, table_name);
  const auto build = [&](nlmsghdr* to) { nftnl_table_nlmsg_build_payload(to, table.get()); };
  // Only what is there can be removed, so it is added first.
  batch.add(NFT_MSG_NEWTABLE, NLM_F_CREATE, build);
  batch.add(NFT_MSG_DELTABLE, 0, build);
  batch.add(NFT_MSG_NEWTABLE, NLM_F_CREATE, build);
}

void add_chain(Batch& batch, const char* name, std::uint32_t hook, std::uint32_t policy) {
  const Chain chain{nftnl_chain_alloc()};
  nftnl_chain_set_str(chain.get(), NFTNL_CHAIN_TABLE, table_name);
  nftnl_chain_set_str(chain.get(), NFTNL_CHAIN_NAME, name);
  nftnl_chain_set_str(chain.get(), NFTNL_CHAIN_TYPE, "filter");
  nftnl_chain_set_u32(chain.get(), NFTNL_CHAIN_HOOKNUM, hook);
  nftnl_chain_set_s32(chain.get(), NFTNL_CHAIN_PRIO, 0);
  nftnl_chain_set_u32(chain.get(), NFTNL_CHAIN_POLICY, policy);
  batch.add(NFT_MSG_NEWCHAIN, NLM_F_CREATE,
            [&](nlmsghdr* to) { nftnl_chain_nlmsg_build_payload(to, chain.get()); });
}

// A rule that lets in what `match(nftnl_rule*)` selects.
template <class Match>
void accept(Batch& batch, Match match) {
  const Rule rule{nftnl_rule_alloc()};
  nftnl_rule_set_str(rule.get(), NFTNL_RULE_TABLE, table_name);
  nftnl_rule_set_str(rule.get(), NFTNL_RULE_CHAIN, input);
  match(rule.get());
  nftnl_expr* verdict = nftnl_expr_alloc("immediate");
  nftnl_expr_set_u32(verdict, NFTNL_EXPR_IMM_DREG, NFT_REG_VERDICT);
  nftnl_expr_set_u32(verdict, NFTNL_EXPR_IMM_VERDICT, NF_ACCEPT);
  nftnl_rule_add_expr(rule.get(), verdict);
  batch.add(NFT_MSG_NEWRULE, NLM_F_CREATE | NLM_F_APPEND,
            [&](nlmsghdr* to) { nftnl_rule_nlmsg_build_payload(to, rule.get()); });
}

void add_openings(const interface::Compiled& interface, std::vector<Opening>& openings) {
  for (const punt::Service service : interface.services) {
    for (const auto& ports : punt::facts(service).ports()) {
      openings.push_back({&interface.id, ports});
    }
  }
}

}  // namespace

Result<Guard> Guard::open() {
  Socket socket{mnl_socket_open2(NETLINK_NETFILTER, SOCK_CLOEXEC)};
  if (!socket || mnl_socket_bind(socket.get(), 0, MNL_SOCKET_AUTOPID) < 0) {
    return fail_system("cannot open a netfilter socket");
  }
  return Guard{std::move(socket)};
}

Result<bool> Guard::is_untouched() const {
  return TRY(ruleset_generation(socket_.get())) == installed_as_;
}

Result<void> Guard::install(std::span<const interface::Compiled> interfaces) {
  std::vector<Opening> openings;
  for (const auto& interface : interfaces) add_openings(interface, openings);
  constexpr std::size_t others = 16;  // begin, end, table, chains, the rules for all interfaces
  Batch batch{openings.size() + others};
  add_table(batch);
  add_chain(batch, input, NF_INET_LOCAL_IN, NF_DROP);
  add_chain(batch, "forward", NF_INET_FORWARD, NF_DROP);
  add_chain(batch, "output", NF_INET_LOCAL_OUT, NF_ACCEPT);
  accept(batch, [](nftnl_rule* rule) { match_interface(rule, "lo"); });
  accept(batch, match_known_connection);
  for (const Opening& opening : openings) {
    accept(batch, [&](nftnl_rule* rule) {
      match_interface(rule, *opening.interface);
      match_ports(rule, opening.ports);
    });
  }
  TRY(batch.commit(socket_.get()));
  installed_as_ = TRY(ruleset_generation(socket_.get()));
  return {};
}

}  // namespace viaduct::kernel
