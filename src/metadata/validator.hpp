// Collects what is wrong with metadata. Internal to this room.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "metadata/validate.hpp"

namespace gadgetry::metadata {

class Validator {
 public:
  Validator(const Facts* facts, bool strict) : facts_(facts), strict_(strict) {}

  void error(Position at, std::string message, std::string hint = {});
  void warning(Position at, std::string message, std::string hint = {});
  // Something this program does not know: an error only when strict.
  void unknown(Position at, std::string message, std::string hint = {});
  void add_issue(const Diagnostic& issue);

  // Names that annotations refer to must be among fields; empty fields: not checked.
  void check_field_annotations(const FieldInfo& field, const std::vector<std::string>& fields);
  void check_source_annotations(const SourceInfo& source, const std::vector<std::string>& fields);

  const data::DataSource* find_source(std::string_view name) const;
  std::vector<std::string> source_names() const;
  std::vector<Diagnostic> take() { return std::move(diagnostics_); }

  // "did you mean ...?", or the list of names, or nothing.
  static std::string suggestion(std::string_view word, const std::vector<std::string>& names);

 private:
  void check_value(const Annotation& annotation, const std::string& key, bool is_field,
                   std::string_view owner, const std::vector<std::string>& fields);

  const Facts* facts_;
  bool strict_;
  std::vector<Diagnostic> diagnostics_;
};

// params.ebpf, params.wasm, params.custom (validate_params.cpp).
void check_params(Validator& out, const Metadata& metadata, const Facts* facts);

}  // namespace gadgetry::metadata
