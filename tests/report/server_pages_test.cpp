#include "report/server_pages.hpp"

#include "report/server_view_example.hpp"

#include <boost/json/parse.hpp>
#include <gmock/gmock.h>

namespace tws {
namespace {

using testing::EndsWith;
using testing::HasSubstr;
using testing::Not;

const std::vector<tcp::endpoint> listening{{asio::ip::make_address("127.0.0.1"), 3779},
                                           {asio::ip::make_address("::1"), 3780}};

ServerTotals totals() {
  ServerTotals totals;
  totals.connections = 10;
  totals.closed_by_server = 1;
  totals.closed_by_client = 2;
  totals.closed_by_reset = 3;
  totals.by_status[200] = 20;
  totals.by_status[404] = 1;
  totals.bytes_in = 1000;
  totals.bytes_out = 2000;
  totals.accept_errors = 5;
  totals.uncaught = 6;
  totals.handshakes = 9;
  totals.resumed = 8;
  totals.failed_handshakes = 7;
  return totals;
}

TEST(MetricsPage, HasEachTotalAsACounter) {
  const Page page = metrics_page(totals(), examples::server_view());
  EXPECT_EQ(page.content_type, "application/openmetrics-text; version=1.0.0; charset=utf-8");
  for (const auto* line : {"tws_connections_accepted_total 10",
                           "tws_connections_open 4",
                           "tws_connections_closed_total{by=\"server\"} 1",
                           "tws_connections_closed_total{by=\"client\"} 2",
                           "tws_connections_closed_total{by=\"reset\"} 3",
                           "tws_requests_total{status=\"200\"} 20",
                           "tws_requests_total{status=\"404\"} 1",
                           "tws_received_bytes_total 1000",
                           "tws_sent_bytes_total 2000",
                           "tws_accept_errors_total 5",
                           "tws_uncaught_exceptions_total 6",
                           "tws_tls_handshakes_total 9",
                           "tws_tls_resumed_total 8",
                           "tws_tls_failed_handshakes_total 7",
                           "tws_uptime_seconds 12.5",
                           "tws_cpu_seconds_total 3.25",
                           "tws_open_files 59",
                           "tws_open_files_limit 1024",
                           "tws_sockets{side=\"server\",state=\"TIME_WAIT\"} 16384",
                           "tws_sockets{side=\"client\",state=\"ESTABLISHED\"} 1",
                           "tws_listen_overflows_total 7",
                           "tws_listen_drops_total 8",
                           "tws_server_info{version=\"0.1.0\"} 1"})
    EXPECT_THAT(page.body, HasSubstr("\n" + std::string(line) + "\n"));
  EXPECT_THAT(page.body, EndsWith("\n# EOF\n"));
}

TEST(MetricsPage, LeavesOutWhatIsNotKnown) {
  ServerView view;
  const Page page = metrics_page({}, view);
  for (const auto* family : {"tws_cpu", "tws_open_files", "tws_sockets", "tws_listen"})
    EXPECT_THAT(page.body, Not(HasSubstr(family)));
  EXPECT_THAT(page.body, HasSubstr("tws_connections_open 0\n"));
  EXPECT_THAT(page.body, Not(HasSubstr("status=")));
  EXPECT_THAT(page.body, EndsWith("\n# EOF\n"));
}

// What hammer reads of it is tried in tests/load/server_admin_test.cpp.
TEST(CensusPage, IsJson) {
  const Page page = census_page(totals(), examples::server_view(), listening);
  EXPECT_EQ(page.content_type, "application/json");
  const auto json = boost::json::parse(page.body);
  EXPECT_EQ(json.at("schema"), "tws-server/1");
  EXPECT_EQ(json.at("listen"), boost::json::value({"127.0.0.1:3779", "[::1]:3780"}));
  const auto& counted = json.at("totals");
  EXPECT_EQ(counted.at("connections").to_number<int>(), 10);
  EXPECT_EQ(counted.at("open").to_number<int>(), 4);
  EXPECT_EQ(counted.at("requests").to_number<int>(), 21);
  EXPECT_EQ(counted.at("byStatus").at("404").to_number<int>(), 1);
  EXPECT_EQ(counted.at("closedBy").at("reset").to_number<int>(), 3);
  EXPECT_EQ(counted.at("acceptErrors").to_number<int>(), 5);
  EXPECT_EQ(json.at("sockets").at("server").as_object().size(), tcp_states.size());
}

TEST(CensusPage, HasNullForWhatIsNotKnown) {
  const auto json = boost::json::parse(census_page({}, {}, listening).body);
  for (const auto* key : {"sockets", "process", "boot", "network"})
    EXPECT_TRUE(json.at(key).is_null()) << key;
  EXPECT_TRUE(json.at("machine").at("cpuSeconds").is_null());
  EXPECT_TRUE(json.at("limits").at("somaxconn").is_null());
}

TEST(Totals, AreNeverFewerThanNoneOpen) {
  ServerTotals totals;
  totals.closed_by_client = 1;
  EXPECT_EQ(totals.open_connections(), 0U);
}

}  // namespace
}  // namespace tws
