// SPDX-License-Identifier: Apache-2.0
// trace_dns: from the bytes of a message to fields, and from a query to the latency of its response.
#include <gadget/gadget.hpp>

#include "dns_text.hpp"
#include "queries.hpp"

GADGET_MODULE();

namespace {

using gadget::Text;
using gadget::Writable;

// The columns of the batch: what the program sent, what the module makes of it.
using Packets =
    gadget::Batch<gadget::Bytes, uint64_t, uint32_t, gadget::Bytes, uint16_t, gadget::Bytes, uint16_t,
                  Writable<uint64_t>, Writable<uint16_t>, Writable<Text>, Writable<Text>, Writable<uint16_t>,
                  Writable<Text>, Writable<Text>, Writable<uint16_t>, Writable<Text>, Writable<Text>,
                  Writable<Text>, Writable<uint16_t>, Writable<bool>, Writable<bool>, Writable<bool>,
                  Writable<bool>, Writable<Text>>;
enum Column : uint32_t {
  kData,
  kTimestamp,
  kNetns,
  kSource,
  kSourcePort,
  kDestination,
  kDestinationPort,
  kLatency,
  kId,
  kQr,
  kOpcode,
  kQtypeRaw,
  kQtype,
  kName,
  kRcodeRaw,
  kRcode,
  kAddresses,
  kAnswers,
  kNumAnswers,
  kAuthoritative,
  kTruncated,
  kRecursionDesired,
  kRecursionAvailable,
  kMalformed,
};

Packets packets;
gadget::BatchBuffer<64 * 1024> buffer;
dns::Queries queries;

// The texts of one batch: they must last until its callback returns.
char texts[128 * 1024];
uint32_t texts_used;

constexpr uint32_t kAnswersText = 2048;  // of one message

// A text in the making, at the end of `texts`.
class NewText {
 public:
  explicit NewText(uint32_t most)
      : text_(texts + texts_used, most < sizeof(texts) - texts_used ? most : sizeof(texts) - texts_used) {}
  operator dns::Text&() { return text_; }
  dns::Text* operator->() { return &text_; }
  // Keeps what was written.
  Text keep() {
    texts_used += text_.size();
    return Text(text_.data(), text_.size());
  }

 private:
  dns::Text text_;
};

Text named(const char* name, const char* prefix, uint32_t number) {
  if (name != nullptr) return Text(name);
  NewText text(16);
  dns::add_named(text, nullptr, prefix, number);
  return text.keep();
}

void show_header(const Packets::Row& row, const dns::Header& header) {
  row.set<kId>(header.id);
  row.set<kQr>(header.is_response() ? Text("R", 1) : Text("Q", 1));
  row.set<kOpcode>(named(dns::opcode_name(header.opcode()), "OPCODE", header.opcode()));
  row.set<kNumAnswers>(header.answers);
  row.set<kAuthoritative>(header.is_authoritative());
  row.set<kTruncated>(header.is_truncated());
  row.set<kRecursionDesired>(header.recursion_desired());
  row.set<kRecursionAvailable>(header.recursion_available());
}

void show_question(const Packets::Row& row, dns::Reader& reader, uint32_t at, uint16_t type) {
  NewText name(dns::kNameText);
  (void)reader.name_text(at, name);
  row.set<kName>(name.keep());
  row.set<kQtypeRaw>(type);
  row.set<kQtype>(named(dns::type_name(type), "TYPE", type));
}

// Adds the address of a record to both lists.
bool add_address(dns::Text& list, dns::Text& answers, dns::Reader& reader, const dns::Record& record) {
  const uint32_t before = list.size();
  if (before != 0) list.add(',');
  const uint32_t begin = list.size();
  if (!dns::add_data(list, reader, record)) {
    list.shrink(before);
    return false;
  }
  answers.add(list.data() + begin, list.size() - begin);
  return true;
}

// Reads all records. Without a question the first answer stands for it, as in mDNS.
void show_records(const Packets::Row& row, dns::Reader& reader, bool has_question) {
  char all[kAnswersText];
  dns::Text answers(all);
  NewText addresses(kAnswersText);
  uint16_t rcode = reader.header().rcode();
  uint32_t first_name = 0;
  uint16_t first_type = 0;
  bool is_bad = false;
  dns::Record record;
  while (reader.next(record)) {
    if (record.type == 41) rcode = static_cast<uint16_t>(rcode | record.extended_rcode() << 4);
    if (record.section != dns::Section::kAnswer) continue;
    if (first_name == 0) {
      first_name = record.name;
      first_type = record.type;
    }
    if (!answers.empty()) answers.add("; ");
    dns::add_type(answers, record.type);
    answers.add(' ');
    const bool is_address = record.type == 1 || record.type == 28;
    if (is_address ? add_address(addresses, answers, reader, record) : dns::add_data(answers, reader, record))
      continue;
    answers.add("(bad)");
    is_bad = true;
  }
  if (is_bad) row.set<kMalformed>(Text(dns::text_of(dns::Error::kRecord)));
  row.set<kAddresses>(addresses.keep());
  NewText kept(answers.size());
  kept->add(answers.data(), answers.size());
  row.set<kAnswers>(kept.keep());
  if (!has_question && first_name != 0) show_question(row, reader, first_name, first_type);
  if (!reader.header().is_response()) return;
  row.set<kRcodeRaw>(rcode);
  row.set<kRcode>(named(dns::rcode_name(rcode), "RCODE", rcode));
}

// The same number for a query and its response.
uint64_t conversation(const Packets::Row& row, const dns::Reader& reader, uint32_t question_end) {
  const bool is_response = reader.header().is_response();
  const gadget::Bytes client = is_response ? row.get<kDestination>() : row.get<kSource>();
  const gadget::Bytes server = is_response ? row.get<kSource>() : row.get<kDestination>();
  const uint32_t client_port = is_response ? row.get<kDestinationPort>() : row.get<kSourcePort>();
  const uint32_t server_port = is_response ? row.get<kSourcePort>() : row.get<kDestinationPort>();
  dns::Hash hash;
  hash.add(client.data(), client.size());
  hash.add(server.data(), server.size());
  hash.add(static_cast<uint64_t>(client_port) << 48 | static_cast<uint64_t>(server_port) << 32 |
           row.get<kNetns>());
  hash.add(reader.header().id);
  hash.add(reader.bytes() + 12, question_end - 12);
  return hash.value();
}

void show(const Packets::Row& row) {
  const gadget::Bytes data = row.get<kData>();
  dns::Reader reader(data.data(), data.size());
  if (reader.error() != dns::Error::kNoHeader) {
    show_header(row, reader.header());
    dns::Question question;
    const bool has_question = reader.next(question);
    if (has_question) {
      const uint64_t key = conversation(row, reader, reader.position());
      const uint64_t now = row.get<kTimestamp>();
      if (reader.header().is_response()) {
        row.set<kLatency>(queries.answered(key, now));
      } else {
        queries.asked(key, now);
      }
      show_question(row, reader, question.name, question.type);
    }
    show_records(row, reader, has_question);
  }
  if (reader.error() != dns::Error::kNone) row.set<kMalformed>(Text(dns::text_of(reader.error())));
}

template <class T>
bool add(gadget::Source source, Text name) {
  return static_cast<bool>(source.add_field<T>(name));
}

}  // namespace

GADGET_INIT {
  gadget::Source source = gadget::get_source("dns");
  const bool added = add<uint16_t>(source, "id") && add<Text>(source, "qr") && add<Text>(source, "opcode") &&
                     add<uint16_t>(source, "qtype_raw") && add<Text>(source, "qtype") &&
                     add<Text>(source, "name") && add<uint16_t>(source, "rcode_raw") &&
                     add<Text>(source, "rcode") && add<Text>(source, "addresses") &&
                     add<Text>(source, "answers") && add<uint16_t>(source, "num_answers") &&
                     add<bool>(source, "aa") && add<bool>(source, "tc") && add<bool>(source, "rd") &&
                     add<bool>(source, "ra") && add<Text>(source, "malformed");
  if (!added) return gadget::fail("dns: a field cannot be added");
  gadget::Status status = packets.subscribe(source, {"data",        "timestamp_raw",
                                                     "netns_id",    "src.addr_raw",
                                                     "src.port",    "dst.addr_raw",
                                                     "dst.port",    "latency_ns_raw",
                                                     "id",          "qr",
                                                     "opcode",      "qtype_raw",
                                                     "qtype",       "name",
                                                     "rcode_raw",   "rcode",
                                                     "addresses",   "answers",
                                                     "num_answers", "aa",
                                                     "tc",          "rd",
                                                     "ra",          "malformed"},
                                            buffer, [](Packets::Rows rows) {
                                              texts_used = 0;
                                              for (Packets::Row row : rows) show(row);
                                            });
  return status ? 0 : gadget::fail("dns: ", gadget::Status::message());
}
