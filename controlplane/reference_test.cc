#include "controlplane/reference.h"

#include <gmock/gmock.h>

#include <fstream>
#include <iterator>

namespace viaduct {
namespace {

TEST(Reference, IsWhatIsCheckedIn) {
  std::ifstream file{VIADUCT_SOURCE "/docs/reference.md"};
  const std::string checked_in{std::istreambuf_iterator<char>{file}, {}};

  EXPECT_EQ(checked_in, reference_text()) << "run: viaductd --reference > docs/reference.md";
}

TEST(Reference, TellsWhatAnAttributeMayHold) {
  EXPECT_THAT(
      reference_text(),
      testing::HasSubstr("| `role` | `guest`, `public`, `private`, `transit` | must be given | "));
}

}  // namespace
}  // namespace viaduct
