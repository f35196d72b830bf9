// The layout of --help: names on the left, descriptions on the right.
#pragma once

#include <CLI/CLI.hpp>

#include <string>
#include <string_view>

namespace tws {

// Breaks lines of more than `width` columns between words. A line that follows a break begins with
// `indent` spaces, and so does a line that follows a line feed of the text.
std::string wrapped(std::string_view text, std::size_t indent, std::size_t width);

class HelpFormat : public CLI::Formatter {
 public:
  // `width`: columns of the terminal.
  explicit HelpFormat(int width);

  // "-c,--connections N" on the left, or "--wait-drain[=TIME]" if the option's text is "[=TIME]".
  // The description also names the options that this one excludes.
  std::string make_option(const CLI::Option* option, bool is_positional) const override;
  std::string make_option_usage(const CLI::Option* option) const override;
  std::string make_subcommand(const CLI::App* app) const override;
  std::string make_description(const CLI::App* app) const override;
  std::string make_footer(const CLI::App* app) const override;

 private:
  std::string entry(const std::string& left, const std::string& right) const;

  std::size_t width_;
};

}  // namespace tws
