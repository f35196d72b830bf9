// Which request a connection sends, and what came of it, by URL.
#include "load/connection.hpp"

namespace tws::load {

std::vector<UrlTally> url_tallies(const Job& job) {
  std::vector<UrlTally> all;
  if (job.plan.lines.empty() && job.plan.urls.size() == 1) return all;
  for (const auto& line : job.plan.lines) all.push_back({line.method, without_password(line.url)});
  if (all.empty())
    for (const auto& url : job.plan.urls) all.push_back({job.plan.method, without_password(url)});
  return all;
}

// A request that was not sent, or is sent again, stays the same one, unless it goes to another
// target.
void Connection::choose(const Target& target) {
  if (next_hop_) return choose_hop();
  if (ask_ != nullptr && &target == target_) return;
  if (ask_ == nullptr) request_number_ = shared_.turns.begin_request();
  hops_ = 0;
  ask_ = &shared_.turns.next(target);
}

void Connection::start(bool last) {
  const Request* request = last ? &ask_->last : &ask_->kept;
  if (ask_->pattern) {
    if (!filled_) filled_ = std::make_unique<Request>();
    ask_->pattern->fill(last, shared_.turns.values(request_number_), shared_.body_buffer, *filled_);
    request = filled_.get();
  }
  http_.start(transport_, *request, last, ask_->to_head);
}

void Connection::answered(std::chrono::nanoseconds latency) {
  auto& by_url = shared_.books.tally.by_url;
  if (!by_url.empty()) {
    UrlTally& url = by_url[ask_->number];
    ++url.responses;
    url.answering += latency;
    if (shared_.books.ok.test(static_cast<std::size_t>(http_.status()))) {
      ++url.successes;
      if (by_url.size() <= most_urls_with_latency) url.latency.record(latency);
    }
  }
  ask_ = nullptr;
}

void Connection::unanswered() {
  auto& by_url = shared_.books.tally.by_url;
  if (!by_url.empty()) ++by_url[ask_->number].failed;
  ask_ = nullptr;
}

}  // namespace tws::load
