// Acknowledged means stored.
#include <stdlib.h>
#include <sys/stat.h>

#include <filesystem>
#include <fstream>

#include "base/durable_file.h"
#include "services/guest/dhcp/server_test_support.h"

namespace viaduct::dhcp::test {
namespace {

class Durability : public ServerTest {
 protected:
  Durability() {
    std::string name = "/tmp/viaduct-XXXXXX";
    folder_ = mkdtemp(name.data());
    open();
  }
  ~Durability() override { std::filesystem::remove_all(folder_); }

  [[nodiscard]] std::string path() const { return folder_ + "/leases"; }
  void open() {
    file = std::make_unique<LeaseFile>(path());
    server->restore(file->open().value());
  }
  // Stores what there is to store. Returns whether there was anything.
  bool commit() {
    const auto batch = server->next_batch();
    if (!batch) return false;
    server->stored(file->store(*batch));
    return true;
  }
  // Another process that begins with what is stored.
  void crash() {
    server = std::make_unique<Server>();
    open();
    use();
  }
  // A client gets the address; the commit that its acknowledgement waits for.
  std::uint64_t bind(const Mac& station, const Address& at) {
    const auto ack = send(selecting(station, at));
    return ack && read_message(ack->bytes).value().kind == Kind::ack ? ack->after_commit : 0;
  }
  [[nodiscard]] std::string holder(const Address& at) const {
    const Lease* found = known().leases().find(at);
    return found == nullptr ? "nobody" : to_string(found->client.mac);
  }

  const Address first = address("10.1.1.100");
  const Address second = address("10.1.1.101");
  std::unique_ptr<LeaseFile> file;

 private:
  std::string folder_;
};

TEST_F(Durability, AnAcknowledgementWaitsForItsCommit) {
  const std::uint64_t awaited = bind(web, first);
  EXPECT_GT(awaited, server->committed());
  EXPECT_TRUE(commit());
  EXPECT_LE(awaited, server->committed());
  EXPECT_FALSE(commit()) << "nothing has changed since";
}

TEST_F(Durability, AnOfferWaitsForNothing) {
  EXPECT_EQ(send(discover(web))->after_commit, 0U);
  EXPECT_EQ(send(init_reboot(web, address("192.168.7.7")))->after_commit, 0U) << "nor a refusal";
  EXPECT_FALSE(commit());
}

TEST_F(Durability, AllThatCameMeanwhileIsOneCommit) {
  commit();
  const std::uint64_t one = bind(web, first);
  const std::uint64_t other = bind(zoo, second);
  EXPECT_EQ(one, other);
  commit();
  EXPECT_EQ(server->committed(), one);
}

TEST_F(Durability, WhatComesWhileABatchIsOnItsWayIsOfTheNext) {
  const std::uint64_t one = bind(web, first);
  const auto batch = server->next_batch();
  ASSERT_TRUE(batch);
  const std::uint64_t other = bind(zoo, second);
  EXPECT_GT(other, one);
  EXPECT_FALSE(server->next_batch()) << "one at a time";
  server->stored(file->store(*batch));
  EXPECT_EQ(server->committed(), one);
  commit();
  EXPECT_EQ(server->committed(), other);
}

TEST_F(Durability, ARepeatedRequestForEverWaitsForTheFirstOnesCommit) {
  subnet.lease_time = 0;
  use();
  const std::uint64_t awaited = bind(web, first);
  EXPECT_EQ(bind(web, first), awaited);
  commit();
  EXPECT_EQ(bind(web, first), awaited);
  EXPECT_FALSE(commit()) << "it is stored already";
}

TEST_F(Durability, WhatIsStoredSurvivesACrash) {
  bind(web, first);
  commit();
  bind(zoo, second);
  commit();
  crash();
  EXPECT_EQ(holder(first), to_string(web));
  EXPECT_EQ(holder(second), to_string(zoo));
  EXPECT_EQ(outcome(renewing(zoo, first)), "nak");
  EXPECT_EQ(outcome(renewing(web, first)), "ack 10.1.1.100");
}

TEST_F(Durability, WhatIsNotStoredDoesNot) {
  bind(web, first);
  commit();
  bind(zoo, second);
  crash();
  EXPECT_EQ(holder(second), "nobody");
}

TEST_F(Durability, AnOfferIsForgottenByACrash) {
  bind(web, first);
  const auto offer = ask(discover(zoo));
  ASSERT_TRUE(offer);
  commit();
  crash();
  EXPECT_EQ(holder(offer->yours), "nobody");
}

TEST_F(Durability, WhatAClientGaveBackIsNotItsAfterACrash) {
  bind(web, first);
  commit();
  send(releasing(web, first));
  commit();
  crash();
  EXPECT_EQ(known().leases().find(first)->state, State::lapsed);
}

TEST_F(Durability, WhatIsSetAsideIsSoAfterACrash) {
  bind(web, first);
  send(declining(web, first));
  commit();
  crash();
  EXPECT_EQ(outcome(selecting(zoo, first)), "nak");
}

TEST_F(Durability, AClientThatMovedHasOneAddressAfterACrash) {
  bind(web, first);
  commit();
  bind(web, second);
  commit();
  crash();
  EXPECT_EQ(holder(first), "nobody");
  EXPECT_EQ(holder(second), to_string(web));
}

TEST_F(Durability, ALeaseKeepsItsEndAndItsNames) {
  ASSERT_TRUE(send(selecting(web, first)
                       .option(Code::client_identifier, hex("ff0102"))
                       .option(Code::host_name, "web")));
  commit();
  const Lease before = *known().leases().find(first);
  crash();
  const Lease after = *known().leases().find(first);
  EXPECT_EQ(after.client, before.client);
  EXPECT_EQ(after.until, before.until);
  EXPECT_EQ(after.host_name, "web");
}

TEST_F(Durability, ABatchThatWasCutOffIsAsIfItHadNotBeen) {
  bind(web, first);
  commit();
  bind(zoo, second);
  commit();
  const std::string whole = read_whole(path()).value();
  std::ofstream{path(), std::ios::binary | std::ios::trunc} << whole.substr(0, whole.size() - 1);
  crash();
  EXPECT_EQ(holder(first), to_string(web));
  EXPECT_EQ(holder(second), "nobody");
  bind(zoo, second);
  commit();
  crash();
  EXPECT_EQ(holder(second), to_string(zoo)) << "it goes on behind what is whole";
}

TEST_F(Durability, AFileThatCannotBeReadToItsEndIsKeptAside) {
  bind(web, first);
  ASSERT_TRUE(commit());
  bind(zoo, second);
  ASSERT_TRUE(commit());
  std::string damaged = read_whole(path()).value();
  damaged[20] = static_cast<char>(damaged[20] ^ 1);
  std::ofstream{path(), std::ios::binary} << damaged;
  LeaseFile again{path()};
  EXPECT_FALSE(again.open()->is_whole);
  EXPECT_EQ(read_whole(again.kept_path()).value(), damaged);
}

TEST_F(Durability, ALogOfSomethingElseIsKeptAside) {
  ASSERT_TRUE(RecordLog{path()}.begin("no leases"));
  LeaseFile again{path()};
  EXPECT_FALSE(again.open()->is_whole);
  EXPECT_EQ(read_whole(again.kept_path()).value(), read_whole(path()).value());
}

TEST_F(Durability, AfterAFailureEverythingIsStoredAgain) {
  bind(web, first);
  commit();
  std::filesystem::remove(path());
  const std::uint64_t awaited = bind(zoo, second);
  EXPECT_TRUE(commit());
  EXPECT_LT(server->committed(), awaited) << "the file is not there";
  EXPECT_TRUE(commit());
  EXPECT_GE(server->committed(), awaited);
  crash();
  EXPECT_EQ(holder(first), to_string(web));
  EXPECT_EQ(holder(second), to_string(zoo));
}

TEST_F(Durability, AFileThatHasGrownLongBeginsAnew) {
  bind(web, first);
  commit();
  std::uintmax_t largest = 0;
  std::uintmax_t size = std::filesystem::file_size(path());
  const auto grow = [&] {
    for (int i = 0; i < 5000; ++i) {
      now += 1s;
      bind(web, first);
    }
    commit();
    largest = std::max(largest, size);
    size = std::filesystem::file_size(path());
  };
  while (size >= largest) {
    grow();
    ASSERT_LT(size, 4U << 20);
  }
  EXPECT_LT(size, 1000U);
  crash();
  EXPECT_EQ(known().leases().find(first)->until, now + 1h);
}

TEST_F(Durability, LeasesOfSubnetsThatAreGoneCanBeDropped) {
  ASSERT_TRUE(server->set_subnet("blue/guest0", "guest0", subnet));
  ASSERT_TRUE(server->handle("blue/guest0", selecting(web, first).bytes(), now));
  bind(web, first);
  commit();
  crash();
  server->drop_unserved_leases();
  EXPECT_EQ(std::as_const(*server).find("blue/guest0")->leases().find(first), nullptr);
  EXPECT_EQ(holder(first), to_string(web));
}

TEST_F(Durability, LeasesEndWithTheirNetwork) {
  bind(web, first);
  commit();
  server->remove_network(network);
  commit();
  crash();
  EXPECT_EQ(holder(first), "nobody");
}

TEST(LeaseRecord, IsReadBackAsItWasWritten) {
  const Lease lease{.client = {mac("02:00:00:00:00:11"), "id"},
                    .state = State::bound,
                    .until = never,
                    .host_name = "web"};
  std::string record;
  append_change(record, "red/guest0", address("10.1.1.11"), &lease);
  append_change(record, "red/guest0", address("10.1.1.12"), nullptr);
  const std::string whole = record;
  std::string_view left = record;
  const auto first = take_change(left).value();
  EXPECT_EQ(first.network, "red/guest0");
  EXPECT_EQ(first.address, address("10.1.1.11"));
  ASSERT_TRUE(first.lease);
  EXPECT_EQ(first.lease->client, lease.client);
  EXPECT_EQ(first.lease->until, never);
  EXPECT_EQ(first.lease->host_name, "web");
  const std::string_view entry = std::string_view{whole}.substr(0, whole.size() - left.size());
  for (std::size_t size = 0; size < entry.size(); ++size) {
    std::string_view cut = entry.substr(0, size);
    ASSERT_FALSE(take_change(cut)) << size;
  }
  EXPECT_FALSE(take_change(left).value().lease);
  EXPECT_TRUE(left.empty());
}

}  // namespace
}  // namespace viaduct::dhcp::test
