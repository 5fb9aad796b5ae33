// -o pcap-ng: data sources that hold packets, as a capture file.
//
// The data source says which fields are what by its annotations pcap.payload, pcap.timestamp and
// pcap.packet-length, and optionally pcap.packet-type and pcap.vlan-tag; fields say by pcap.interface-key,
// pcap.interface-name, pcap.interface-var and pcap.comment what they stand for. See docs/output.md.
#pragma once

#include <string>
#include <unordered_map>
#include <vector>

#include "output/output_sink.hpp"
#include "output/pcapng.hpp"
#include "output/sink_factory.hpp"

namespace gadgetry::output {

// Whether the data source says that it holds packets.
bool holds_packets(const data::DataSource& source);

class PcapngSink final : public OutputSink {
 public:
  explicit PcapngSink(const SinkOptions& options) : OutputSink(options.writer), pcap_(*options.writer) {}

  std::string_view name() const override { return "pcap-ng"; }
  base::Status plan(data::DataSource& source) override;
  void process(data::Batch& batch) override;
  // The header leaves also when there is no packet yet: readers wait for it, and refuse a file without.
  base::Status flush() override;

 private:
  struct Labelled {
    std::string label;
    const data::Field* field;
  };

  base::Status plan_packet(data::DataSource& source);
  void plan_interface(data::DataSource& source);
  void plan_comment(data::DataSource& source);
  void need_section();
  uint32_t interface_of(const data::Record& record);
  std::string interface_name(const data::Record& record) const;
  void write_packet(const data::Record& record);

  PcapngWriter pcap_;
  bool started_ = false;
  const data::Field* payload_ = nullptr;
  const data::Field* time_ = nullptr;
  const data::Field* length_ = nullptr;
  const data::Field* packet_type_ = nullptr;  // may be absent, as the next
  const data::Field* tag_ = nullptr;
  const data::Field* interface_name_ = nullptr;
  std::vector<const data::Field*> key_;
  std::vector<Labelled> variables_;
  std::vector<Labelled> comment_;
  std::unordered_map<std::string, uint32_t> interfaces_;  // by the values of key_
  std::string text_;
};

}  // namespace gadgetry::output
