#include "dataplane/runtime/capture_stream.h"

#include <pcap/bpf.h>

#include <array>
#include <cstring>

namespace viaduct::runtime {
namespace {

using api::Json;

// The pcap file format with nanoseconds (draft-ietf-opsawg-pcap).
struct FileHeader {
  std::uint32_t magic = 0xa1b23c4d;
  std::uint16_t major = 2;
  std::uint16_t minor = 4;
  std::uint32_t zone = 0;
  std::uint32_t accuracy = 0;
  std::uint32_t snap_length = 0;
  std::uint32_t link_type = 1;  // Ethernet
};
struct PacketHeader {
  std::uint32_t seconds;
  std::uint32_t nanoseconds;
  std::uint32_t captured;
  std::uint32_t length;
};

template <class T>
void append(std::string& bytes, const T& value) {
  const auto* raw = static_cast<const char*>(static_cast<const void*>(&value));
  bytes.append(raw, sizeof value);
}

struct Limits {
  api::Ranged<std::uint32_t, 14, 9600> snap_length = 256;
  api::Ranged<std::uint32_t, 1, 10'000'000> packets = 1000;
  api::Ranged<std::uint32_t, 1, 3600> seconds = 10;
  static constexpr std::tuple fields{
      api::Field{"snap_length", &Limits::snap_length, "", api::Presence::optional},
      api::Field{"packets", &Limits::packets, "", api::Presence::optional},
      api::Field{"seconds", &Limits::seconds, "", api::Presence::optional},
  };
};

Result<std::vector<bpf_insn>> read_program(const Json& rows) {
  std::vector<bpf_insn> program;
  if (!rows.is_array()) return fail(Fault::invalid, "/program", "expected a list");
  for (const Json& row : rows) {
    bool fits = row.is_array() && row.size() == 4;
    constexpr std::array<std::uint64_t, 4> most{0xffff, 0xff, 0xff, 0xffffffff};
    for (std::size_t i = 0; fits && i < 4; ++i) {
      fits = row[i].is_number_unsigned() && row[i].get<std::uint64_t>() <= most[i];
    }
    if (!fits) return fail(Fault::invalid, "/program", "expected rows of four numbers");
    program.push_back({row[0].get<std::uint16_t>(), row[1].get<std::uint8_t>(),
                       row[2].get<std::uint8_t>(), row[3].get<std::uint32_t>()});
  }
  return program;
}

// Moves the named attributes of `from` into an object of their own.
Json take(Json& from, std::initializer_list<const char*> names) {
  Json taken = Json::object();
  for (const char* name : names) {
    if (from.contains(name)) taken[name] = from[name];
    from.erase(name);
  }
  return taken;
}

}  // namespace

Result<std::unique_ptr<CaptureStream>> CaptureStream::begin(Engine& engine, const Json& request) {
  Json rest = request;
  rest.erase("op");
  const Json where = take(rest, {"router", "interface"});
  const Json program = take(rest, {"program"});
  const auto limits = TRY(api::read<Limits>(rest));
  Capture::Options options;
  options.interfaces = TRY(engine.slots_of(where));
  options.snap_length = limits.snap_length;
  if (program.contains("program")) options.program = TRY(read_program(program["program"]));
  auto capture = TRY(Capture::make(std::move(options)));
  TRY(engine.begin_capture(*capture));
  return std::unique_ptr<CaptureStream>{new CaptureStream{
      engine, std::move(capture), limits.packets, std::chrono::seconds{limits.seconds.value}}};
}

CaptureStream::CaptureStream(Engine& engine, std::unique_ptr<Capture> capture,
                             std::uint64_t packets, std::chrono::seconds duration)
    : engine_(engine),
      capture_(std::move(capture)),
      left_(packets),
      end_(std::chrono::steady_clock::now() + duration) {}

CaptureStream::~CaptureStream() {
  engine_.end_capture();
}

std::string CaptureStream::header() const {
  std::string bytes;
  append(bytes, FileHeader{.snap_length = capture_->snap_length()});
  return bytes;
}

std::string CaptureStream::next() {
  constexpr std::size_t enough = std::size_t{256} * 1024;
  std::string bytes;
  while (left_ > 0 && bytes.size() < enough) {
    const Capture::Record* record = capture_->front();
    if (record == nullptr) break;
    constexpr std::uint64_t second = 1'000'000'000;
    append(bytes, PacketHeader{static_cast<std::uint32_t>(record->time_ns / second),
                               static_cast<std::uint32_t>(record->time_ns % second),
                               record->captured, record->length});
    const auto data = capture_->front_bytes();
    bytes.append(data.begin(), data.end());
    capture_->pop();
    --left_;
  }
  return bytes;
}

bool CaptureStream::is_over() const {
  return left_ == 0 || std::chrono::steady_clock::now() >= end_;
}

}  // namespace viaduct::runtime
