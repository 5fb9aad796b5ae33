// gadgetctl: parses the command line, runs the chosen subcommand, turns errors into messages and exit
// statuses.
#include <fcntl.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <cerrno>
#include <csignal>
#include <cstdio>
#include <exception>
#include <memory>
#include <string>
#include <vector>

#include "base/log.hpp"
#include "base/strings.hpp"
#include "cli/cli.hpp"

namespace gadgetry::cli {
namespace {

constexpr const char* kFooter =
    "Exit status: 0 fine, 1 failure, 2 wrong usage.\n"
    "Environment: GADGETRY_STORE (image store), GADGETRY_DATA_DIR (shipped gadgets and SDK), NO_COLOR.\n";

// The style of docker and kubectl: "--pid uint32   Show only ... (default 0)".
class HelpFormatter : public CLI::Formatter {
 public:
  std::string make_option_name(const CLI::Option* option, bool is_positional) const override {
    std::string name = CLI::Formatter::make_option_name(option, is_positional);
    // The library shows the value that a flag without one stands for: "--failed{true}".
    for (size_t at = 0; (at = name.find('{')) != std::string::npos;) name.erase(at, name.find('}') - at + 1);
    return name;
  }
  std::string make_option_opts(const CLI::Option* option) const override {
    std::string out;
    if (option->get_type_size() != 0 && !option->get_type_name().empty()) out = " " + option->get_type_name();
    if (option->get_expected_max() == CLI::detail::expected_max_vector_size) out += " ...";
    return out;
  }
  std::string make_option_desc(const CLI::Option* option) const override {
    std::string out = option->get_description();
    const std::string value = option->get_default_str();
    if (value.empty() || value == "false" || out.find("(default") != std::string::npos) return out;
    return out + (out.empty() ? "" : " ") + "(default " + value + ")";
  }
};

void register_version(CLI::App& app, Cli& cli) {
  app.add_subcommand("version", "Show the version")->callback([&cli] {
    cli.action = []() -> base::Result<int> {
      std::puts("gadgetctl " GADGETRY_VERSION);
      return kExitOk;
    };
  });
}

// A descriptor that is closed at the start would be given to the first file we open, which would then get our
// output. /dev/null for reading keeps the number, and what is written to it fails as it would have.
void reserve_standard_streams() {
  for (int fd : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO}) {
    if (::fcntl(fd, F_GETFD) >= 0 || errno != EBADF) continue;
    if (::open("/dev/null", O_RDONLY) != fd) return;
  }
}

// The person's first word is a subcommand, or there is none.
base::Status check_command(const CLI::App& app, const std::vector<std::string>& args) {
  for (size_t i = 0; i < args.size(); i++) {
    const CLI::Option* option = args[i].starts_with('-') ? app.get_option_no_throw(args[i]) : nullptr;
    if (option != nullptr && option->get_expected_min() > 0) i++;
    if (args[i].starts_with('-') || option != nullptr) continue;
    bool known = !app.get_subcommands([&](const CLI::App* sub) { return sub->check_name(args[i]); }).empty();
    if (known) return {};
    return base::Error::usage("unknown command \"" + base::printable(args[i]) + "\"")
        .with_hint("gadgetctl --help lists the commands");
  }
  return {};
}

int report(const base::Error& error) {
  // A reader that went away (gadgetctl run ... | head) is no reason to complain.
  if (error.errno_value == EPIPE) return kExitOk;
  base::log_error(error.text());
  return error.kind == base::ErrorKind::kUsage ? kExitUsage : kExitFailure;
}

int parse_and_run(int argc, char** argv) {
  Cli cli;
  CLI::App app("Runs eBPF gadgets: builds, keeps and inspects their images, and shows their events.",
               "gadgetctl");
  app.formatter(std::make_shared<HelpFormatter>());
  app.footer(kFooter);
  app.set_version_flag("--version", "gadgetctl " GADGETRY_VERSION);
  app.add_flag("-v,--verbose", cli.verbose, "Show debug messages and full verifier logs");
  app.add_option("--store", cli.store_path, "Folder of the local image store")->type_name("DIR");
  app.require_subcommand(1);
  app.fallthrough();

  register_run(app, cli);
  register_build(app, cli);
  register_init(app, cli);
  register_test(app, cli);
  register_image(app, cli);
  register_doctor(app, cli);
  register_probe(app, cli);
  register_completion(app, cli);
  register_version(app, cli);

  std::vector<std::string> args(argv + 1, argv + argc);
  if (auto prepared = prepare_run(app, cli, args); !prepared.ok()) return report(prepared.error());
  if (auto known = check_command(app, args); !known.ok()) return report(known.error());
  try {
    app.parse(argc, argv);
  } catch (const CLI::Success& help) {
    return app.exit(help);
  } catch (const CLI::ExtrasError& error) {
    bool run = app.got_subcommand("run");
    base::log_error(
        std::string(error.what()) +
        (run ? "; gadgetctl run SOURCE --help lists the flags; SOURCE comes before those of the gadget"
             : "; see gadgetctl --help, or --help behind the subcommand"));
    return kExitUsage;
  } catch (const CLI::ParseError& error) {
    base::log_error(std::string(error.what()) + "; see gadgetctl --help, or --help behind the subcommand");
    return kExitUsage;
  }
  if (cli.verbose) base::set_log_level(base::LogLevel::kDebug);
  auto status = cli.action();
  return status.ok() ? *status : report(status.error());
}

}  // namespace
}  // namespace gadgetry::cli

int main(int argc, char** argv) {
  (void)std::signal(SIGPIPE, SIG_IGN);
  gadgetry::cli::reserve_standard_streams();
  try {
    return gadgetry::cli::parse_and_run(argc, argv);
  } catch (const std::exception& error) {  // out of memory, or a defect
    (void)std::fprintf(stderr, "gadgetctl: error: %s\n", error.what());
    return gadgetry::cli::kExitFailure;
  }
}
