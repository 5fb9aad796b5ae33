#include "wasm/stage.hpp"

#include <algorithm>

#include "data/access.hpp"

namespace gadgetry::wasm {
namespace {

constexpr int32_t kFormatterPriority = 0;
constexpr int32_t kFilterPriority = 9000;

// What the formatters rewrite in place.
bool is_rewritten(const data::Field& field) {
  return field.has_tag("type:gadget_timestamp") && data::kind_size(field.kind) == 8 && field.bit_size == 0 &&
         !field.is_array;
}

}  // namespace

StagePlace place_of(int32_t priority) {
  if (priority <= kFormatterPriority) return StagePlace::kBeforeFormatters;
  return priority <= kFilterPriority ? StagePlace::kBeforeFilter : StagePlace::kLast;
}

WasmStage::WasmStage(Host& host, StagePlace place) : host_(host), place_(place) {
  packet_.is_live = true;
}

bool WasmStage::is_needed(const Host& host, const data::DataSource& source, StagePlace place) {
  if (host.may_subscribe_later()) return true;  // and then it is too late for a stage
  const auto& all = host.subscriptions();
  return std::any_of(all.begin(), all.end(), [&](const Subscription& subscription) {
    return subscription.source == &source && place_of(subscription.priority) == place;
  });
}

base::Status WasmStage::add_fields(data::DataSource& source) {
  if (place_ != StagePlace::kBeforeFormatters) return {};
  for (data::Field& field : source.fields()) {
    bool in_array = false;
    for (int32_t at = field.parent; at >= 0; at = source.fields()[static_cast<size_t>(at)].parent) {
      in_array = in_array || source.fields()[static_cast<size_t>(at)].is_array;
    }
    if (field.slot != data::Slot::kSample || !is_rewritten(field) || in_array) continue;
    data::Field before = field;
    source.move_to_added(field);
    moved_.push_back({std::move(before), field.offset});
  }
  return {};
}

base::Status WasmStage::plan(data::DataSource& source) {
  subscriptions_.clear();
  for (const Subscription& subscription : host_.subscriptions()) {
    if (subscription.source == &source && place_of(subscription.priority) == place_) {
      subscriptions_.push_back(&subscription);
    }
  }
  packet_.source = &source;
  return {};
}

bool WasmStage::call_event(const Subscription& subscription, uint32_t index, uint32_t& handle) {
  // One handle serves the events of a batch, one after the other. The module may have released it.
  Object* object = host_.handles().find(handle, ObjectType::kRow);
  if (object == nullptr || object->packet != &packet_) {
    handle = host_.handles().add({.type = ObjectType::kRow, .source = packet_.source, .packet = &packet_});
    object = host_.handles().find(handle);
    if (object == nullptr) {
      (void)host_.fail_v1(0, "dataSourceCallback", "too many open handles: the module does not see the event");
      return true;
    }
  }
  object->index = index;
  return host_.call_data(subscription, source_, handle);
}

// `count` subscriptions from `first` on take events one by one, in the order of the events.
bool WasmStage::run_events(const Subscription& first, size_t count, size_t& done) {
  auto begin = std::find(subscriptions_.begin(), subscriptions_.end(), &first);
  uint32_t handle = 0;
  bool ok = true;
  // Rows that a callback appends are not called back for.
  size_t records = packet_.batch->records.size();
  for (size_t at = 0; at < records && ok; at++) {
    done = at;
    for (size_t i = 0; i < count && ok; i++) {
      if ((packet_.batch->records[at].flags & data::kRecordDropped) != 0) break;
      ok = call_event(**(begin + static_cast<ptrdiff_t>(i)), static_cast<uint32_t>(at), handle);
    }
  }
  if (ok) done = records;
  host_.handles().remove(handle);
  return ok;
}

void WasmStage::process(data::Batch& batch) {
  for (const Moved& moved : moved_) {
    for (data::Record& record : batch.records) {
      if ((record.flags & data::kRecordOwnSample) != 0 && record.added_size != 0) continue;  // made by a module
      auto value = data::load<uint64_t>(record, moved.sample_field.slot, moved.sample_field.offset);
      std::memcpy(record.added + moved.offset, &value, sizeof(value));
    }
  }
  if (subscriptions_.empty()) return;
  if (!host_.active()) {
    account_trap(batch, 0);
    return;
  }
  // Array data sources have callbacks for empty arrays, too; there is no empty batch of events.
  if (batch.records.empty() && batch.source->type() == data::SourceType::kSingle) return;

  packet_.batch = &batch;
  size_t given = batch.records.size();
  host_.begin_batch(packet_);
  source_ = host_.source_handle(*batch.source);
  size_t done = 0;
  bool ok = true;
  bool is_array = batch.source->type() == data::SourceType::kArray;
  for (size_t i = 0; i < subscriptions_.size() && ok;) {
    const Subscription& subscription = *subscriptions_[i];
    bool whole = subscription.type == Subscription::Type::kArray ||
                 (is_array && subscription.type == Subscription::Type::kPacket);
    if (subscription.type == Subscription::Type::kBatch) {
      ok = run_batch(host_, subscription, packet_, source_, done);
      i++;
    } else if (whole) {
      packet_.array_handle =
          host_.handles().add({.type = ObjectType::kPacket, .source = batch.source, .packet = &packet_});
      ok = host_.call_data(subscription, source_, packet_.array_handle);
      done = ok ? batch.records.size() : 0;
      host_.handles().remove(packet_.array_handle);
      packet_.array_handle = 0;
      i++;
    } else {
      size_t count = 1;
      while (i + count < subscriptions_.size()) {
        auto type = subscriptions_[i + count]->type;
        bool single = type == Subscription::Type::kData || (type == Subscription::Type::kPacket && !is_array);
        if (!single) break;
        count++;
      }
      ok = run_events(subscription, count, done);
      i += count;
    }
  }
  host_.end_batch(packet_);
  if (!packet_.loose.empty()) {
    host_.handles().remove_of_packet(&packet_);
    packet_.loose.clear();
  }
  batch.source->counters().received += batch.records.size() - given;  // rows that the module made
  if (!ok) account_trap(batch, done);
  auto kept = std::remove_if(batch.records.begin(), batch.records.end(), [](const data::Record& record) {
    return (record.flags & data::kRecordDropped) != 0;
  });
  batch.source->counters().filtered += static_cast<uint64_t>(batch.records.end() - kept);
  batch.records.erase(kept, batch.records.end());
}

// The module trapped at record `done`. With the policy fail the run ends: what it had not looked at is lost.
void WasmStage::account_trap(data::Batch& batch, size_t done) {
  size_t rest = batch.records.size() - std::min(done, batch.records.size());
  if (host_.failure().ok()) {
    host_.count_skipped(rest);
    return;
  }
  auto is_lost = [](const data::Record& record) { return (record.flags & data::kRecordDropped) == 0; };
  auto from = batch.records.end() - static_cast<ptrdiff_t>(rest);
  auto kept = std::remove_if(from, batch.records.end(), is_lost);
  batch.source->counters().lost_module += static_cast<uint64_t>(batch.records.end() - kept);
  batch.records.erase(kept, batch.records.end());
}

}  // namespace gadgetry::wasm
