// Processes against the real /proc: programs are started here, and looked at.
#include "system/process.hpp"

#include "system/open_files.hpp"

#include <boost/asio/io_context.hpp>
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <sys/socket.h>
#include <sys/wait.h>

#include <chrono>
#include <csignal>
#include <cstdio>
#include <fcntl.h>
#include <sched.h>
#include <spawn.h>
#include <thread>
#include <unistd.h>

namespace tws {
namespace {

namespace asio = boost::asio;
using asio::ip::make_address;
using asio::ip::tcp;
using testing::Contains;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::Key;
using testing::Not;

using ReusePort = asio::detail::socket_option::boolean<SOL_SOCKET, SO_REUSEPORT>;

// Python that listens, says so, and then does something; ended, with all its children, by us.
class Listener {
 public:
  Listener(const std::string& address, std::uint16_t port, const std::string& then) {
    const std::string program = fmt::format(
        "import os, socket, threading, time\n"
        "s = socket.socket(socket.AF_INET6 if ':' in '{0}' else socket.AF_INET)\n"
        "s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)\n"
        "s.bind(('{0}', {1}))\n"
        "s.listen()\n"
        "child = 0\n"
        "def burn():\n"
        "  end = time.time() + 60\n"
        "  while time.time() < end: pass\n"
        "def say(): print(s.getsockname()[1], child, flush=True)\n"
        "{2}\n",
        address, port, then);
    int pipe_ends[2];
    if (pipe(pipe_ends) != 0) throw std::runtime_error("pipe");
    posix_spawn_file_actions_t files;
    posix_spawn_file_actions_init(&files);
    posix_spawn_file_actions_adddup2(&files, pipe_ends[1], STDOUT_FILENO);
    posix_spawn_file_actions_addclose(&files, pipe_ends[0]);
    posix_spawn_file_actions_addclose(&files, pipe_ends[1]);
    posix_spawnattr_t group;  // of its own, with its children
    posix_spawnattr_init(&group);
    posix_spawnattr_setflags(&group, POSIX_SPAWN_SETPGROUP);
    std::string name = "python3", option = "-c", text = program;
    char* arguments[] = {name.data(), option.data(), text.data(), nullptr};
    const int error = posix_spawnp(&pid_, "python3", &files, &group, arguments, environ);
    posix_spawnattr_destroy(&group);
    posix_spawn_file_actions_destroy(&files);
    close(pipe_ends[1]);
    FILE* output = fdopen(pipe_ends[0], "r");
    unsigned said = 0;
    const int fields = error ? 0 : std::fscanf(output, "%u %d", &said, &child_);
    std::fclose(output);
    port_ = static_cast<std::uint16_t>(said);
    if (error) pid_ = 0;
    EXPECT_EQ(fields, 2) << "python3 does not listen";
  }
  Listener(const Listener&) = delete;
  Listener& operator=(const Listener&) = delete;
  ~Listener() {
    if (pid_ <= 0) return;
    kill(-pid_, SIGKILL);
    waitpid(pid_, nullptr, 0);
  }

  int pid() const { return pid_; }
  int child() const { return child_; }
  std::uint16_t port() const { return port_; }
  std::vector<int> found_at(const char* address) const {
    return listening_processes({make_address(address), port_});
  }

 private:
  pid_t pid_ = 0;
  int child_ = 0;
  std::uint16_t port_ = 0;
};

const std::string idle = "say(); time.sleep(600)";

TEST(ListeningProcesses, OnTheTargetsAddress) {
  const Listener server("127.0.0.1", 0, idle);
  EXPECT_THAT(server.found_at("127.0.0.1"), ElementsAre(server.pid()));
  EXPECT_THAT(server.found_at("0.0.0.0"), ElementsAre(server.pid()));
  EXPECT_THAT(server.found_at("::ffff:127.0.0.1"), ElementsAre(server.pid()));
  EXPECT_THAT(server.found_at("127.0.0.2"), IsEmpty());
  EXPECT_THAT(server.found_at("::1"), IsEmpty());
}

TEST(ListeningProcesses, OnTheWildcardAddress) {
  const Listener server("0.0.0.0", 0, idle);
  EXPECT_THAT(server.found_at("127.0.0.1"), ElementsAre(server.pid()));
  EXPECT_THAT(server.found_at("127.0.0.2"), ElementsAre(server.pid()));
  EXPECT_THAT(server.found_at("::1"), IsEmpty());
  EXPECT_THAT(server.found_at("192.0.2.1"), IsEmpty());  // RFC 5737: nobody's, so not ours
}

TEST(ListeningProcesses, OnBothFamilies) {
  asio::io_context context;
  boost::system::error_code ec;
  tcp::acceptor probe(context);
  probe.open(tcp::v6(), ec);
  if (!ec) probe.bind({asio::ip::address_v6::loopback(), 0}, ec);
  if (ec) GTEST_SKIP() << "no IPv6: " << ec.message();
  const Listener server("::", 0, idle);
  EXPECT_THAT(server.found_at("127.0.0.1"), ElementsAre(server.pid()));
  EXPECT_THAT(server.found_at("::1"), ElementsAre(server.pid()));
}

TEST(ListeningProcesses, AnExactAddressComesFirst) {
  const Listener wildcard("0.0.0.0", 0, idle);
  const Listener exact("127.0.0.1", wildcard.port(), idle);
  EXPECT_THAT(exact.found_at("127.0.0.1"), ElementsAre(exact.pid()));
  EXPECT_THAT(exact.found_at("127.0.0.2"), ElementsAre(wildcard.pid()));
}

TEST(ListeningProcesses, AMasterAndItsWorker) {
  const Listener server("127.0.0.1", 0,
                        "child = os.fork()\n"
                        "if child: say()\n"
                        "time.sleep(600)");
  EXPECT_THAT(server.found_at("127.0.0.1"),
              testing::UnorderedElementsAre(server.pid(), server.child()));
}

TEST(ListeningProcesses, AClientIsNone) {
  asio::io_context context;
  tcp::socket client(context);
  std::uint16_t port;
  {
    const Listener server("127.0.0.1", 0, idle);
    port = server.port();
    client.connect({make_address("127.0.0.1"), port});
    EXPECT_THAT(server.found_at("127.0.0.1"), ElementsAre(server.pid()));
    EXPECT_THAT(listening_processes(client.local_endpoint()), IsEmpty());
  }
  EXPECT_THAT(listening_processes({make_address("127.0.0.1"), port}), IsEmpty());
}

TEST(ReadProcess, ThisOne) {
  const auto before = read_process(getpid());
  ASSERT_TRUE(before && before->open_files);
  EXPECT_EQ(before->name, "system_tests");
  EXPECT_EQ(before->open_file_limit, open_file_limit());
  EXPECT_THAT(before->thread_seconds, Contains(Key(getpid())));
  int pipe_ends[2];
  ASSERT_EQ(pipe(pipe_ends), 0);
  EXPECT_EQ(read_process(getpid())->open_files, *before->open_files + 2);
  close(pipe_ends[0]);
  close(pipe_ends[1]);
  EXPECT_EQ(read_process(getpid())->open_files, before->open_files);
}

TEST(ReadProcess, OneThatIsGone) {
  std::string name = "true";
  char* arguments[] = {name.data(), nullptr};
  pid_t pid = 0;
  ASSERT_EQ(posix_spawnp(&pid, "true", nullptr, nullptr, arguments, environ), 0);
  waitpid(pid, nullptr, 0);
  EXPECT_EQ(read_process(pid), std::nullopt);
  EXPECT_EQ(read_process(-1), std::nullopt);
}

TEST(ReadProcess, ABusyOneIsBusierThanAnIdleOne) {
  const Listener busy("127.0.0.1", 0, "say(); threading.Thread(target=burn).start()");
  const Listener sleeping("127.0.0.1", 0, idle);
  const auto busy_before = read_process(busy.pid());
  const auto idle_before = read_process(sleeping.pid());
  ASSERT_TRUE(busy_before && idle_before);
  auto busy_after = busy_before;
  const auto patience = std::chrono::steady_clock::now() + std::chrono::seconds(60);
  while (busy_after->cpu_seconds < busy_before->cpu_seconds + 0.2 &&
         std::chrono::steady_clock::now() < patience) {
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
    busy_after = read_process(busy.pid());
    ASSERT_TRUE(busy_after);
  }
  const auto busy_load = process_load(*busy_before, *busy_after, 1);
  const auto idle_load = process_load(*idle_before, read_process(sleeping.pid()).value(), 1);
  ASSERT_TRUE(busy_load && idle_load);
  EXPECT_GT(busy_load->cores, idle_load->cores);
  EXPECT_GT(busy_load->busiest_thread, idle_load->busiest_thread);
  EXPECT_EQ(busy_after->thread_seconds.size(), 2u);
  // It is the second thread that burns.
  EXPECT_LT(busy_after->thread_seconds.at(busy.pid()), busy_after->cpu_seconds);
  EXPECT_EQ(process_load(*busy_before, *idle_before, 1), std::nullopt);
}

TEST(OwnDescriptors, AreNotSeenByOtherThreads) {
#ifdef TWS_THREAD_SANITIZER
  GTEST_SKIP() << "not with the thread sanitizer: see use_own_descriptors()";
#endif
  const auto is_open = [](int descriptor) { return ::fcntl(descriptor, F_GETFD) != -1; };
  int before = -1, after = -1;
  std::thread([&] {
    before = ::dup(STDERR_FILENO);
    use_own_descriptors();
    after = ::dup(STDERR_FILENO);
    EXPECT_TRUE(is_open(before));
    EXPECT_TRUE(is_open(after));
  }).join();
  EXPECT_TRUE(is_open(before));
  ::close(before);
  if (::unshare(CLONE_FILES) != 0) GTEST_SKIP() << "unshare() is forbidden here";
  EXPECT_FALSE(is_open(after));
}

TEST(OnlyDescriptors, AreThoseThatAreWanted) {
  const auto is_open = [](int descriptor) { return ::fcntl(descriptor, F_GETFD) != -1; };
  const int wanted = ::dup(STDERR_FILENO), other = ::dup(STDERR_FILENO);
  std::thread([&] {
    if (!use_only_descriptors({wanted})) return;  // forbidden, or the thread sanitizer
    EXPECT_TRUE(is_open(STDERR_FILENO));
    EXPECT_TRUE(is_open(wanted));
    EXPECT_FALSE(is_open(other));
  }).join();
  EXPECT_TRUE(is_open(other));
  ::close(wanted);
  ::close(other);
}

}  // namespace
}  // namespace tws
