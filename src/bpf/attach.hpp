// Attaching the programs of a loaded object: the table of families.hpp says how, place.hpp where, one file
// for each family does it.
#pragma once

#include <functional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "bpf/attach_target.hpp"
#include "bpf/families.hpp"
#include "bpf/link.hpp"
#include "bpf/place.hpp"

struct bpf_object;
struct bpf_program;

namespace gadgetry::bpf {

struct AttachOptions {
  std::string root = {};  // folder in which uprobe targets are looked up on this host ("": its own files)
  Scope scope = {};       // interfaces, namespaces, cgroups, containers
};

// What a family's function is told. It attaches one program in one place, and returns at least one link, or
// none when is_attached() says that all there is to attach to is attached already.
struct AttachRequest {
  bpf_object* object;
  bpf_program* program;
  std::string name;  // of the program
  const ProgramFamily& family;
  std::string target;        // override or what the section says; one, no alternatives
  const PerfSettings* perf;  // null when there are none
  const Place& place;
  const AttachOptions& options;
  // Has this program a link with this Link::key() (a file that several containers share)?
  std::function<bool(const std::string& key)> is_attached = [](const std::string&) { return false; };
};

// Everything that is attached for one object. Detaches when it goes.
class Attachments {
 public:
  Attachments() = default;
  Attachments(Attachments&&) = default;
  Attachments& operator=(Attachments&& other) noexcept;
  ~Attachments() { detach(); }

  // Attaches all loaded programs in the order of their declaration, except iterators (see IterReader) and
  // disabled ones. All or nothing: the error names the program and its target. What fails in a place that was
  // only found (a container, an interface that fits a pattern), and an optional program, is told and left
  // out. The object must outlive this.
  static base::Result<Attachments> open(bpf_object* object, std::vector<AttachTarget> targets,
                                        AttachOptions options = {});

  // Attaches in places that came since, detaches in those that went. Failures there are told once. Cheap when
  // is_dynamic() is false: does nothing.
  base::Status refresh();
  // Is there a program whose places may come and go?
  bool is_dynamic() const;

  // Detaches everything; see detach_all().
  void detach();

  size_t size() const;
  const Link& operator[](size_t index) const { return attached_[index].link; }

 private:
  struct Program {
    bpf_program* program;
    std::string name;
    const ProgramFamily* family;
    std::vector<std::string> targets;  // alternatives
    bool optional = false;
    PerfSettings perf = {};
    bool has_perf = false;
    std::set<std::string> done = {};  // keys of places that were tried
    bool has_skipped = false;         // some place had nothing that was not attached already
  };
  struct Attached {
    size_t program;
    std::string place;  // its key
    Link link;
  };

  base::Status collect(bpf_object* object, const std::vector<AttachTarget>& targets);
  base::Status attach_all(bool at_start);
  base::Status attach_program(size_t index, const std::vector<Place>& places, bool at_start);
  base::Result<std::vector<Link>> attach_in(Program& program, size_t index, const Place& place);
  void detach_gone(PlaceKind kind, const std::vector<Place>& places);

  bpf_object* object_ = nullptr;
  AttachOptions options_;
  std::vector<Program> programs_;
  std::vector<Attached> attached_;
};

// The target in force: the override for the program, or what its section says. kProgramDisabled when
// disabled. May hold alternatives: "a|b".
std::string effective_target(const bpf_program* program, const std::vector<AttachTarget>& targets);
// "a|b" -> a, b. One empty text when there is none.
std::vector<std::string> target_alternatives(std::string_view target);

// "program 'NAME' (SECTION) left out: WHY; HINT": said of programs that the kernel does not offer.
std::string left_out_text(const bpf_program* program, const base::Error& why);

}  // namespace gadgetry::bpf
