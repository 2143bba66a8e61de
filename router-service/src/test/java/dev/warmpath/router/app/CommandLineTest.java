package dev.warmpath.router.app;

import static java.util.Objects.requireNonNull;
import static java.util.function.Predicate.not;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.params.provider.Arguments.arguments;

import dev.warmpath.router.testing.EtcdServerProcess;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import picocli.CommandLine;
import picocli.CommandLine.Model.OptionSpec;

/** What a person at the shell gets to see: exit codes and sentences. */
class CommandLineTest {
  private static final String SIMULATION =
      "worker-sim --nats nats://127.0.0.1:1 --etcd http://127.0.0.1:1 ";

  @TempDir Path folder = Path.of("");

  private final StringWriter out = new StringWriter();
  private final StringWriter err = new StringWriter();
  private String fleet = "";

  @BeforeEach
  void writeFleet() throws IOException {
    fleet =
        Files.writeString(
                folder.resolve("fleet.yaml"),
                """
                workers:
                  - {worker_id: w0, address: "127.0.0.1:1", model: m, block_size: 16, ranks: 1}
                """)
            .toString();
  }

  static List<Arguments> wrongUsage() {
    return List.of(
        arguments("", "no command given"),
        arguments("frob", "'frob' is no command: choose from demo, serve, worker-sim, replay"),
        arguments("--frob", "Unknown option: '--frob'"),
        arguments("serve --frob", "Unknown option: '--frob'"),
        arguments("serve extra", "Unmatched argument at index 1: 'extra'"),
        arguments("serve", "--etcd URL or from --fleet FILE: give one of the two"),
        arguments("serve --etcd http://h:1 --fleet f", "--etcd URL or from --fleet FILE"),
        arguments("serve --fleet=", "--fleet must name a file, was ''"),
        arguments("serve --etcd h:1", "--etcd must be http://host:port: 'h:1'"),
        arguments("serve --fleet f --nats http://h:1", "--nats must be nats://host:port: 'http"),
        arguments("serve --fleet f --listen 9001", "'--listen': '9001' is not host:port"),
        arguments(
            "serve --fleet f --admin h:65536", "'--admin': 'h:65536' has port 65536, must be 0"),
        arguments("serve --fleet f --policy best", "--policy 'best' is unknown: choose from kv,"),
        arguments("serve --fleet f --max-targets few", "'--max-targets': 'few' is not an int"),
        arguments("serve --fleet f --max-targets 0", "--max-targets must be at least 1, was 0"),
        arguments(
            "serve --fleet f --max-targets 2000000000",
            "--max-targets must be at most 1000000, was 2000000000"),
        arguments(
            "serve --fleet f --max-index-bytes 1000",
            "--max-index-bytes must be at least 1048576, was 1000"),
        arguments(
            "serve --fleet f --max-blocks-per-target 0",
            "--max-blocks-per-target must be at least 1, was 0"),
        arguments(
            "serve --fleet f --max-blocks-per-target 999999999",
            "--max-blocks-per-target must be at most 268435456, was 999999999"),
        arguments("serve --fleet f --index-threads 0", "--index-threads must be at least 1, was 0"),
        arguments(
            "serve --fleet f --index-threads 65", "--index-threads must be at most 64, was 65"),
        arguments("serve --fleet f --max-bookings -1", "--max-bookings must be at least 1, was -1"),
        arguments(
            "serve --fleet f --booking-expiry-seconds 0",
            "--booking-expiry-seconds must be at least 1, was 0"),
        arguments(
            "serve --etcd http://h:1 --cluster a.b",
            "--cluster must be 1 to 64 of A-Z a-z 0-9 - _: 'a.b'"),
        arguments("worker-sim", "--nats and --etcd are needed"),
        arguments("worker-sim --nats nats://h:1", "--nats and --etcd are needed"),
        arguments(SIMULATION + "--workers 0", "--workers must be at least 1, was 0"),
        arguments(SIMULATION + "--workers 1001", "--workers must be at most 1000, was 1001"),
        arguments(SIMULATION + "--ranks 1025", "--ranks must be at most 1024, was 1025"),
        arguments(SIMULATION + "--block-size 0", "--block-size must be at least 1, was 0"),
        arguments(SIMULATION + "--blocks 0", "--blocks must be at least 1, was 0"),
        arguments(SIMULATION + "--prefill-rate NaN", "--prefill-rate must be above 0.0, was NaN"),
        arguments(SIMULATION + "--decode-ms -1", "--decode-ms must be at least 0.0, was -1.0"),
        arguments(SIMULATION + "--lose-events 2", "--lose-events must be 0 to 1, was 2.0"),
        arguments(SIMULATION + "--speedup 0", "--speedup must be above 0.0, was 0.0"),
        arguments(SIMULATION + "--lease-seconds 0", "--lease-seconds must be at least 1, was 0"),
        arguments(SIMULATION + "--name a/b", "--name must be 1 to 200 of A-Z a-z 0-9 - _, was 'a"),
        arguments(SIMULATION + "--model=", "--model must have 1 to 256 characters, has 0"),
        arguments(SIMULATION + "--host no.such.invalid", "--host 'no.such.invalid' is unknown"),
        arguments(SIMULATION + "--router h:1", "--router and --trace go together"),
        arguments(
            SIMULATION + "--router h:1 --trace nowhere.jsonl",
            "--trace nowhere.jsonl is not a file that can be read"),
        arguments("demo --nats nats://h:1", "--nats and --etcd go together"),
        arguments("replay", "TRACE is missing"),
        arguments("replay nowhere.jsonl", "TRACE nowhere.jsonl is not a file that can be read"),
        arguments("route", "Missing required option: '--tokens=IDS'"),
        arguments("route --tokens 1,x", "--tokens: 'x' is not a token id or a range"),
        arguments("route --tokens 1 --router h", "'--router': 'h' is not host:port"),
        arguments("route --tokens 1 --pin w1/x", "'--pin': 'w1/x' is not worker/rank"),
        arguments("serve --fleet f --routing=", "--routing must name a file, was ''"),
        arguments("route --tokens 1 --format xml", "'--format': 'xml' is not table or json"),
        arguments("version now", "Unmatched argument at index 1: 'now'"));
  }

  @ParameterizedTest
  @MethodSource("wrongUsage")
  void wrongUsageIsOneSentenceThatNamesFlagAndValueAndWhereToLook(String line, String complaint) {
    assertThat(run(line)).isEqualTo(CommandLine.ExitCode.USAGE);

    String command = commands().filter(line::startsWith).findFirst().orElse("");
    assertThat(err().lines())
        .satisfiesExactly(
            sentence -> assertThat(sentence).startsWith("warmpath: ").contains(complaint),
            hint -> assertThat(hint).matches("Try 'warmpath " + command + " ?--help'\\."));
    assertThat(out()).isEmpty();
  }

  @Test
  void aRouterThatIsNotThereIsNamed() throws IOException {
    String address = "127.0.0.1:" + EtcdServerProcess.freePort();

    assertThat(run("route --tokens 1..64 --router " + address)).isEqualTo(Main.FAILED);
    assertFailed("router at " + address + ": UNAVAILABLE: Connection refused: /" + address);
  }

  @Test
  void aHostThatDoesNotExistIsNamed() {
    assertThat(run("route --tokens 1 --router no.such.host.invalid:9")).isEqualTo(Main.FAILED);
    assertFailed("router at no.such.host.invalid:9: UNAVAILABLE: unknown host");
  }

  @ParameterizedTest
  @CsvSource({
    "--listen,--admin,--listen: cannot listen on",
    "--admin,--listen,--admin: admin address"
  })
  void anAddressInUseIsNamed(String taken, String other, String sentence) throws IOException {
    try (ServerSocket server = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      String address = "127.0.0.1:" + server.getLocalPort();

      assertThat(
              run("serve --fleet %s %s %s %s 127.0.0.1:0".formatted(fleet, taken, address, other)))
          .isEqualTo(Main.FAILED);
      assertFailed(sentence + " " + address);
      assertThat(err()).contains(": Address already in use").doesNotContain("Exception");
    }
  }

  @Test
  void aFleetFileThatIsNotThereIsNamed() {
    assertThat(run("serve --fleet missing.yaml")).isEqualTo(CommandLine.ExitCode.USAGE);
    assertWrong("--fleet missing.yaml: no such file");
  }

  @Test
  void aRoutingFileThatIsNotThereIsNamed() {
    assertThat(run("serve --listen 127.0.0.1:0 --routing missing.yaml --fleet " + fleet))
        .isEqualTo(CommandLine.ExitCode.USAGE);
    assertWrong("--routing missing.yaml: no such file");
  }

  @Test
  void aRoutingFileThatIsWrongIsNamed() throws IOException {
    Path wrong = Files.writeString(folder.resolve("routing.yaml"), "defaults: {policy: best}\n");

    assertThat(run("serve --listen 127.0.0.1:0 --fleet %s --routing %s".formatted(fleet, wrong)))
        .isEqualTo(CommandLine.ExitCode.USAGE);
    assertWrong("--routing " + wrong);
  }

  @Test
  void aBadTraceOfSimulatedWorkersIsNamedBeforeTheyStart() throws IOException {
    Path trace = Files.writeString(folder.resolve("bad.jsonl"), "{oops\n");

    assertThat(run(SIMULATION + "--router 127.0.0.1:1 --trace " + trace))
        .isEqualTo(CommandLine.ExitCode.USAGE);
    assertWrong("--trace " + trace + ":1: not JSON");
  }

  @Test
  void aFleetFileThatIsWrongIsNamedWithLineAndValue() throws IOException {
    Path wrong = Files.writeString(folder.resolve("wrong.yaml"), "workers:\n  - ranks: many\n");

    assertThat(run("serve --listen 127.0.0.1:0 --admin 127.0.0.1:0 --fleet " + wrong))
        .isEqualTo(CommandLine.ExitCode.USAGE);
    assertWrong("--fleet " + wrong + " line 2: ranks must be a whole number: \"many\"");
  }

  @Test
  void aNatsThatIsNotThereIsNamed() throws IOException {
    String url = "nats://127.0.0.1:" + EtcdServerProcess.freePort();

    assertThat(run("serve --fleet %s --nats %s".formatted(fleet, url))).isEqualTo(Main.FAILED);
    assertFailed("cannot reach NATS at " + url + ": ");
  }

  @Test
  void aNatsThatTheSimulatedWorkersNeedIsNamed() throws IOException {
    String url = "nats://127.0.0.1:" + EtcdServerProcess.freePort();

    assertThat(run("worker-sim --nats %s --etcd http://127.0.0.1:1".formatted(url)))
        .isEqualTo(Main.FAILED);
    assertFailed("cannot reach NATS at " + url + ": ");
  }

  @Test
  void aBadLineOfATraceIsNamed() throws IOException {
    Path trace = Files.writeString(folder.resolve("bad.jsonl"), "{\"timestamp\": -1}\n");

    assertThat(run("replay " + trace)).isEqualTo(CommandLine.ExitCode.USAGE);
    assertThat(err()).startsWith("warmpath: " + trace + ":1: timestamp must be from 0");
  }

  static Stream<String> commands() {
    return Main.commandLine().getSubcommands().keySet().stream();
  }

  @ParameterizedTest
  @MethodSource("commands")
  void helpNamesEveryFlagOfACommand(String command) {
    assertThat(run(command + " --help")).isZero();

    List<OptionSpec> options =
        requireNonNull(Main.commandLine().getSubcommands().get(command)).getCommandSpec().options();
    assertThat(options).isNotEmpty();
    assertThat(out()).contains(options.stream().map(OptionSpec::longestName).toList());
    assertThat(out()).doesNotContainPattern("(?m)Default: *$").doesNotContain("<");
    assertThat(err()).isEmpty();
  }

  @Test
  void helpNamesEveryCommand() {
    assertThat(run("--help")).isZero();

    assertThat(out()).contains(commands().toList());
  }

  @ParameterizedTest
  @CsvSource({"version", "--version", "serve --version", "replay --version"})
  void theVersionIsTold(String line) {
    assertThat(run(line)).isZero();

    assertThat(out()).startsWith("warmpath ").contains("Java " + Runtime.version());
  }

  private void assertWrong(String beginning) {
    assertThat(err().lines())
        .satisfiesExactly(
            sentence -> assertThat(sentence).startsWith("warmpath: " + beginning),
            hint -> assertThat(hint).endsWith(" --help'."));
    assertThat(out()).isEmpty();
  }

  private void assertFailed(String beginning) {
    assertThat(err().lines()).singleElement().asString().startsWith("warmpath: " + beginning);
    assertThat(out()).isEmpty();
  }

  private int run(String line) {
    String[] arguments =
        Stream.of(line.split(" ", -1)).filter(not(String::isEmpty)).toArray(String[]::new);
    return Main.commandLine()
        .setOut(new PrintWriter(out))
        .setErr(new PrintWriter(err, true))
        .execute(arguments);
  }

  private String out() {
    return out.toString();
  }

  private String err() {
    return err.toString();
  }
}
