#include "bpf/attach.hpp"

#include <bpf/libbpf.h>

#include <algorithm>
#include <cerrno>

#include "base/log.hpp"
#include "base/strings.hpp"
#include "bpf/attach_families.hpp"
#include "bpf/features.hpp"

namespace gadgetry::bpf {
namespace {

const AttachTarget* find_target(const std::vector<AttachTarget>& targets, std::string_view program) {
  auto found = std::find_if(targets.begin(), targets.end(),
                            [&](const AttachTarget& target) { return target.program == program; });
  return found == targets.end() ? nullptr : &*found;
}

std::string permission_hint(const ProgramFamily& family) {
  bool is_network = family.place == PlaceKind::kNetNamespace || family.place == PlaceKind::kInterface ||
                    family.place == PlaceKind::kCgroup;
  std::string missing =
      missing_capabilities_text(is_network ? missing_capabilities({"CAP_BPF", "CAP_NET_ADMIN"})
                                           : missing_capabilities({"CAP_BPF", "CAP_PERFMON"}));
  if (!missing.empty()) return missing;
  return is_network ? "something else on this machine forbids it: see gadgetctl doctor"
                    : "grant CAP_SYS_ADMIN, or allow it: sysctl kernel.perf_event_paranoid=2; "
                      "tracepoints need read access to tracefs (CAP_DAC_READ_SEARCH)";
}

base::Error describe(base::Error error, const ProgramFamily& family, const std::string& target,
                     const Place& place) {
  std::string what = "cannot attach to " + std::string(family.prefix);
  if (!target.empty()) what += " " + base::printable(target);
  if (place.kind != PlaceKind::kNone && place.key != "host") what += " (" + place.name + ")";
  int code = error.errno_value;
  if (error.kind == base::ErrorKind::kPermission) error.hint = permission_hint(family);
  bool may_lack = code == EINVAL || code == EOPNOTSUPP || code == ENOENT || code == ENODEV;
  if (may_lack && error.hint.empty() && !family.option.empty()) {
    error.hint = "this kernel may lack it: " + std::string(family.option);
  }
  return std::move(error).context(what);
}

}  // namespace

std::string effective_target(const bpf_program* program, const std::vector<AttachTarget>& targets) {
  const AttachTarget* target = find_target(targets, bpf_program__name(program));
  if (target != nullptr && target->disabled) return std::string(kProgramDisabled);
  if (target != nullptr && !target->target.empty()) return target->target;
  return std::string(section_target(bpf_program__section_name(program)));
}

std::vector<std::string> target_alternatives(std::string_view target) {
  std::vector<std::string> out;
  for (std::string_view one : base::split(target, '|')) out.emplace_back(base::trim(one));
  if (out.empty()) out.emplace_back();
  return out;
}

std::string left_out_text(const bpf_program* program, const base::Error& why) {
  std::string text = "program '" + base::printable(bpf_program__name(program)) + "' (" +
                     base::printable(bpf_program__section_name(program)) + ") left out: " + why.message;
  if (!why.hint.empty()) text += "; " + why.hint;
  return text;
}

Attachments& Attachments::operator=(Attachments&& other) noexcept {
  if (this == &other) return *this;
  detach();
  object_ = std::exchange(other.object_, nullptr);
  options_ = std::move(other.options_);
  programs_ = std::exchange(other.programs_, {});
  attached_ = std::exchange(other.attached_, {});
  return *this;
}

base::Result<Attachments> Attachments::open(bpf_object* object, std::vector<AttachTarget> targets,
                                            AttachOptions options) {
  for (const AttachTarget& target : targets) {
    if (bpf_object__find_program_by_name(object, target.program.c_str()) != nullptr) continue;
    return base::Error("there is no program '" + base::printable(target.program) + "' to attach",
                       base::ErrorKind::kNotFound);
  }
  Attachments out;
  out.object_ = object;
  out.options_ = std::move(options);
  GADGETRY_TRY(out.collect(object, targets));
  GADGETRY_TRY(out.attach_all(true));
  GADGETRY_ASSIGN(std::vector<Link> maps, attach_struct_ops(object));
  for (Link& link : maps)
    out.attached_.push_back({.program = SIZE_MAX, .place = "host", .link = std::move(link)});
  return out;
}

base::Status Attachments::collect(bpf_object* object, const std::vector<AttachTarget>& targets) {
  bpf_program* program = nullptr;
  bpf_object__for_each_program(program, object) {
    const ProgramFamily* family = find_family(bpf_program__section_name(program));
    if (family == nullptr || family->function == nullptr || bpf_program__fd(program) < 0) continue;
    std::string text = effective_target(program, targets);
    if (text == kProgramDisabled) {
      base::log_debug(std::string("program ") + bpf_program__name(program) + " is disabled");
      continue;
    }
    const AttachTarget* target = find_target(targets, bpf_program__name(program));
    programs_.push_back({.program = program,
                         .name = bpf_program__name(program),
                         .family = family,
                         .targets = target_alternatives(text),
                         .optional = target != nullptr && target->optional,
                         .perf = target == nullptr ? PerfSettings{} : target->perf,
                         .has_perf = target != nullptr});
  }
  return {};
}

// Tries the alternatives in their order; the next one only when there is no such target.
base::Result<std::vector<Link>> Attachments::attach_in(Program& program, size_t index, const Place& place) {
  auto is_attached = [&](const std::string& key) {
    return std::any_of(attached_.begin(), attached_.end(),
                       [&](const Attached& one) { return one.program == index && one.link.key() == key; });
  };
  base::Error last("nothing to attach to");
  for (const std::string& target : program.targets) {
    AttachRequest request{.object = object_,
                          .program = program.program,
                          .name = program.name,
                          .family = *program.family,
                          .target = target,
                          .perf = program.has_perf ? &program.perf : nullptr,
                          .place = place,
                          .options = options_,
                          .is_attached = is_attached};
    auto made = program.family->function(request);
    if (made.ok()) {
      base::log_debug("program " + program.name + " attached to " + std::string(program.family->prefix) +
                      " " + target + " (" + place.name + ")");
      return made;
    }
    bool is_missing = made.error().kind == base::ErrorKind::kNotFound;
    last = describe(std::move(made).error(), *program.family, target, place);
    if (!is_missing) break;
  }
  return last;
}

base::Status Attachments::attach_program(size_t index, const std::vector<Place>& places, bool at_start) {
  Program& program = programs_[index];
  for (const Place& place : places) {
    if (!program.done.insert(place.key).second) continue;
    auto made = attach_in(program, index, place);
    if (made.ok()) {
      program.has_skipped = program.has_skipped || made->empty();
      for (Link& link : *made)
        attached_.push_back({.program = index, .place = place.key, .link = std::move(link)});
      continue;
    }
    if (program.optional) {
      base::log_warning(left_out_text(program.program, made.error()));
      continue;
    }
    base::Error error = std::move(made).error().context("program '" + base::printable(program.name) + "'");
    if (place.is_found || !at_start) {
      base::log_warning(error.text());
    } else {
      return error;
    }
  }
  return {};
}

void Attachments::detach_gone(PlaceKind kind, const std::vector<Place>& places) {
  auto is_gone = [&](const Attached& one) {
    if (one.program == SIZE_MAX || programs_[one.program].family->place != kind) return false;
    return std::none_of(places.begin(), places.end(),
                        [&](const Place& place) { return place.key == one.place; });
  };
  std::vector<Link> gone;
  for (Attached& one : attached_) {
    if (!is_gone(one)) continue;
    Program& program = programs_[one.program];
    base::log_debug("program " + program.name + " detached: " + one.place + " is gone");
    program.done.erase(one.place);
    // What it shared with other places is attached again for those.
    if (program.has_skipped) program.done.clear();
    gone.push_back(std::move(one.link));
    one.place.clear();
  }
  if (gone.empty()) return;
  std::erase_if(attached_, [](const Attached& one) { return one.place.empty(); });
  detach_all(std::move(gone));
}

base::Status Attachments::attach_all(bool at_start) {
  for (PlaceKind kind : {PlaceKind::kNone, PlaceKind::kFiles, PlaceKind::kNetNamespace, PlaceKind::kInterface,
                         PlaceKind::kCgroup}) {
    auto is_of_kind = [&](const Program& program) { return program.family->place == kind; };
    if (std::none_of(programs_.begin(), programs_.end(), is_of_kind)) continue;
    if (kind == PlaceKind::kNone && !at_start) continue;
    GADGETRY_ASSIGN(std::vector<Place> places, find_places(options_.scope, kind));
    if (!at_start) detach_gone(kind, places);
    for (size_t i = 0; i < programs_.size(); i++) {
      if (is_of_kind(programs_[i])) GADGETRY_TRY(attach_program(i, places, at_start));
    }
  }
  return {};
}

bool Attachments::is_dynamic() const {
  if (!options_.scope.is_dynamic()) return false;
  return std::any_of(programs_.begin(), programs_.end(), [&](const Program& program) {
    PlaceKind kind = program.family->place;
    return kind == PlaceKind::kInterface || (kind != PlaceKind::kNone && options_.scope.containers);
  });
}

base::Status Attachments::refresh() {
  if (!is_dynamic()) return {};
  return attach_all(false);
}

size_t Attachments::size() const {
  return attached_.size();
}

void Attachments::detach() {
  std::vector<Link> links;
  links.reserve(attached_.size());
  for (Attached& one : attached_) links.push_back(std::move(one.link));
  attached_.clear();
  programs_.clear();
  detach_all(std::move(links));
}

}  // namespace gadgetry::bpf
