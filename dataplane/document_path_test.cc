#include "api/document_path.h"

#include <gtest/gtest.h>

#include "tests/model.h"

namespace viaduct::test {
namespace {

class Editing : public testing::Test {
 protected:
  // The document after a merge patch, made the quick way; which is the way of RFC 7396 too.
  api::Json merged(std::string_view text) {
    const api::Json patch = json(text);
    Document document = paper_.document();
    EXPECT_TRUE(api::merge(document, patch)) << text;
    api::Json expected = write_document(paper_.document());
    expected.merge_patch(patch);
    EXPECT_EQ(document, sure(read_document(expected))) << text;
    return write_document(document);
  }
  [[nodiscard]] std::string refusal(std::string_view patch) const {
    Document document = paper_.document();
    const auto done = api::merge(document, json(patch));
    return done ? "none" : done.error().where;
  }
  [[nodiscard]] std::string refusal_of_changes(std::string_view changes) const {
    Document document = paper_.document();
    const auto done = api::make_changes(document, json(changes));
    return done ? "none" : done.error().where;
  }

  Paper paper_;
};

TEST_F(Editing, MergesAsRfc7396Says) {
  EXPECT_EQ(merged("{}"), write_document(paper_.document()));
  EXPECT_EQ(
      merged(R"({"routers":{"red":{"interfaces":{"guest0":{"mtu":1400}}}}})")["routers"]["red"]
                                                                             ["interfaces"]
                                                                             ["guest0"]["mtu"],
      1400);
  merged(R"({"routers":{"red":{"interfaces":{"guest1":{"egress":null},"guest0":null}}}})");
  merged(R"({"routers":{"red":null}, "ports":null, "nothing":null})");
  merged(R"({"routers":{"red":{"interfaces":null,"nothing":null}}})");
  merged(R"({"routers":null})");
  merged(
      R"({"routers":{"blue":{"routes":{"a":{"prefix":"0.0.0.0/0","via":"10.1.1.2","x":null}}}}})");
  merged(R"({"ports":{"BAD ID":null,"third":{"device":"net_null0"}}})");
}

TEST_F(Editing, PointsAtWhatAMergeCannotMake) {
  EXPECT_EQ(refusal("5"), "");
  EXPECT_EQ(refusal(R"({"nothing":1})"), "/nothing");
  EXPECT_EQ(refusal(R"({"routers":5})"), "/routers");
  EXPECT_EQ(refusal(R"({"routers":{"red":5}})"), "/routers/red");
  EXPECT_EQ(refusal(R"({"routers":{"RED":{}}})"), "/routers/RED");
  EXPECT_EQ(refusal(R"({"routers":{"red":{"nothing":{}}}})"), "/routers/red/nothing");
  EXPECT_EQ(refusal(R"({"routers":{"red":{"routes":5}}})"), "/routers/red/routes");
  EXPECT_EQ(refusal(R"({"routers":{"red":{"routes":{"BAD":{}}}}})"), "/routers/red/routes/BAD");
  EXPECT_EQ(refusal(R"({"routers":{"red":{"interfaces":{"guest0":{"mtu":1}}}}})"),
            "/routers/red/interfaces/guest0/mtu");
}

TEST_F(Editing, MakesTheChangesOfAPlan) {
  Document document = paper_.document();
  EXPECT_TRUE(api::make_changes(document, json(R"([
    {"op":"add","path":"/routers/blue","after":{}},
    {"op":"add","path":"/routers/blue/routes/a","after":{"prefix":"0.0.0.0/0","via":"10.1.1.2"}},
    {"op":"remove","path":"/routers/red/interfaces/guest0","before":{}},
    {"op":"change","path":"/ports/wan","after":{"device":"net_null7"}}])")));
  paper_.at("/routers/blue/routes/a", R"({"prefix":"0.0.0.0/0","via":"10.1.1.2"})")
      .at("/ports/wan", R"({"device":"net_null7"})")
      .remove("/routers/red/interfaces/guest0");
  EXPECT_EQ(document, paper_.document());
}

TEST_F(Editing, RefusesWhatIsNoChange) {
  EXPECT_EQ(refusal_of_changes("{}"), "/changes/0");
  EXPECT_EQ(refusal_of_changes("[5]"), "/changes/0");
  EXPECT_EQ(refusal_of_changes(R"([{"after":{}}])"), "/changes/0");
  EXPECT_EQ(refusal_of_changes(R"([{"path":5,"after":{}}])"), "/changes/0");
  EXPECT_EQ(refusal_of_changes(R"([{"path":"/routers","after":{}}])"), "/changes/0");
  EXPECT_EQ(refusal_of_changes(R"([{"path":"/ports/none"}])"), "/ports/none");
  EXPECT_EQ(refusal_of_changes(R"([{"path":"/routers/red/routes/a","after":{"prefix":5}}])"),
            "/routers/red/routes/a/prefix");
}

}  // namespace
}  // namespace viaduct::test
