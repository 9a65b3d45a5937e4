#include "dataplane/helper/tftp.h"

#include <gtest/gtest.h>

namespace viaduct::helper::tftp {
namespace {

using std::string_view_literals::operator""sv;

TEST(Tftp, KnowsWhoAsksForATransfer) {
  EXPECT_TRUE(asks_for_transfer("\0\1boot.img\0octet\0"sv));
  EXPECT_TRUE(asks_for_transfer("\0\2log\0NetASCII\0blksize\0001400\0"sv));
}

TEST(Tftp, KnowsWhoDoesNot) {
  for (const auto datagram :
       {""sv, "\0"sv, "\0\1"sv, "\0\1boot.img\0"sv, "\0\1boot.img\0octet"sv, "\0\1\0octet\0"sv,
        "\0\1boot.img\0fast\0"sv, "\0\3\0\1data\0octet\0"sv, "\1\1boot.img\0octet\0"sv}) {
    EXPECT_FALSE(asks_for_transfer(datagram));
  }
}

}  // namespace
}  // namespace viaduct::helper::tftp
