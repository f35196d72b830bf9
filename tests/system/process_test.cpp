// What processes use, against the real /proc: programs are started here, and looked at.
#include "system/process.hpp"

#include "system/listener.hpp"
#include "system/open_files.hpp"

#include <gmock/gmock.h>
#include <sys/wait.h>

#include <chrono>
#include <fcntl.h>
#include <sched.h>
#include <spawn.h>
#include <thread>
#include <unistd.h>

namespace tws {
namespace {

using testing::Contains;
using testing::Key;

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

// Two threads for one CPU: one of them waits while the other runs.
TEST(ReadProcess, WhoIsReadyAndHasNoCpuWaits) {
  const Listener server("127.0.0.1", 0,
                        "os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})\n"
                        "if os.fork() == 0: burn()\n"
                        "child = os.fork()\n"
                        "if child == 0: burn()\n"
                        "say(); time.sleep(600)");
  const auto before = read_process(server.child());
  ASSERT_TRUE(before);
  EXPECT_EQ(before->parent, server.pid());
  if (!before->waited_seconds) GTEST_SKIP() << "this kernel does not count it";
  auto after = before;
  const auto patience = std::chrono::steady_clock::now() + std::chrono::seconds(60);
  while (*after->waited_seconds < *before->waited_seconds + 0.1 &&
         std::chrono::steady_clock::now() < patience) {
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
    after = read_process(server.child());
    ASSERT_TRUE(after && after->waited_seconds);
  }
  EXPECT_GT(process_load(*before, *after, 1)->waiting, 0.0);
  EXPECT_EQ(usable_cpus({server.pid(), server.child()}), 1u);
}

TEST(ReadProcess, KnowsWhatItsEndedChildrenUsed) {
  const Listener server("127.0.0.1", 0,
                        "if os.fork() == 0:\n"
                        "  while time.process_time() < 0.05: pass\n"
                        "  os._exit(0)\n"
                        "os.wait(); say(); time.sleep(600)");
  const auto use = read_process(server.pid());
  ASSERT_TRUE(use);
  EXPECT_GT(use->ended_children_seconds, 0);
  EXPECT_GT(use->started, 0u);
  EXPECT_LE(use->started, ticks_since_boot());
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
