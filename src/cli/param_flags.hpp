// The parameters of a gadget as flags.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "pipeline/gadget.hpp"

namespace CLI {
class App;
}

namespace gadgetry::cli {

class ParamFlags {
 public:
  // After the flags that every gadget has: a parameter of the same name gets a prefix (--param.NAME). This
  // object must outlive the parsing.
  void add(CLI::App& sub, const pipeline::Gadget& gadget);
  // Those that were given, by key.
  std::map<std::string, std::string> values() const;

 private:
  std::vector<std::pair<std::string, std::unique_ptr<std::string>>> flags_;
};

}  // namespace gadgetry::cli
