package dev.warmpath.jmh.grpc;

import dev.warmpath.jmh.FilledFleet;
import dev.warmpath.jmh.grpc.GrpcCalls.Prompt;
import dev.warmpath.jmh.grpc.Selects.Select;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import tools.jackson.databind.SerializationFeature;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/**
 * {@code make bench-grpc}: {@code Route} over gRPC on loopback beside an empty RPC of the same
 * payload, and a selection beside NVIDIA Dynamo's. Client here, server in another process. Rounds
 * of {@code Route} and of the echo take turns. Run from the root of the checkout; prints tables and
 * writes target/results/bench-grpc.json.
 *
 * <p>Environment: ROUNDS (9) of each, SECONDS (2) that one takes, WARM_UP seconds (10) before, for
 * each kind of call; DYNAMO=no to leave Dynamo out.
 */
final class BenchGrpc {
  private static final int TARGETS = 64;
  private static final int BLOCKS = 256;
  private static final List<Integer> RATES = List.of(1_000, 5_000);
  private static final int WARM_UP_RATE = 2_000;
  private static final List<Integer> SELECT_WORKERS = List.of(3, 64);
  private static final Path RESULTS = Path.of("target", "results", "bench-grpc.json");

  private final int rounds = number("ROUNDS", 9);
  private final Duration length = Duration.ofSeconds(number("SECONDS", 2));
  private final Duration warmUp = Duration.ofSeconds(number("WARM_UP", 10));
  private final ObjectNode json = JsonNodeFactory.instance.objectNode();

  private BenchGrpc() {}

  /** Measures, prints, writes. */
  public static void main(String[] args) throws IOException, InterruptedException {
    new BenchGrpc().run();
  }

  private static int number(String name, int fallback) {
    String text = System.getenv(name);
    int number = text == null ? fallback : text.matches("[0-9]{1,4}") ? Integer.parseInt(text) : 0;
    if (number < 1) {
      throw new IllegalArgumentException(name + " must be a whole number from 1 on: " + text);
    }
    return number;
  }

  private void run() throws IOException, InterruptedException {
    json.put("started", Instant.now().truncatedTo(ChronoUnit.SECONDS).toString());
    json.put("cores", Runtime.getRuntime().availableProcessors());
    json.put("java", Runtime.version().toString());
    json.put("load_before", load());
    json.put("targets", TARGETS).put("prompt_blocks", BLOCKS);
    json.put("prompt_tokens", BLOCKS * FilledFleet.BLOCK_SIZE);
    json.put("rounds", rounds).put("round_seconds", length.toSeconds());
    json.put("warm_up_seconds", warmUp.toSeconds());
    json.put("booking_life_ms", BenchServer.BOOKING_LIFE.toMillis());
    compare();
    select();
    json.put("load_after", load());
    Files.createDirectories(RESULTS.getParent());
    JsonMapper mapper = JsonMapper.builder().enable(SerializationFeature.INDENT_OUTPUT).build();
    Files.writeString(RESULTS, mapper.writeValueAsString(json) + "\n");
    System.out.printf("%nload %.1f; written to %s%n", load(), RESULTS);
  }

  private void compare() throws IOException {
    System.out.printf(
        "%d targets, prompts of %d blocks, %d tokens; %d rounds of %d s of each, load %.1f%n%s%n",
        TARGETS,
        BLOCKS,
        BLOCKS * FilledFleet.BLOCK_SIZE,
        rounds,
        length.toSeconds(),
        load(),
        Comparison.HEAD);
    try (Child server =
            Child.java(BenchServer.class, String.valueOf(TARGETS), String.valueOf(BLOCKS));
        GrpcCalls calls = new GrpcCalls(server.port())) {
      for (Prompt prompt : Prompt.values()) {
        OpenLoop.run(calls.route(prompt, BLOCKS, false), WARM_UP_RATE, warmUp);
        OpenLoop.run(calls.echo(prompt, BLOCKS), WARM_UP_RATE, warmUp);
      }
      for (int perSecond : RATES) {
        for (Prompt prompt : Prompt.values()) {
          Comparison comparison = compare(server, calls, perSecond, prompt);
          System.out.println(comparison.line());
          json.withArray("rows").add(comparison.toJson());
        }
      }
    }
  }

  private Comparison compare(Child server, GrpcCalls calls, int perSecond, Prompt prompt) {
    Calls route = calls.route(prompt, BLOCKS, false);
    Calls echo = calls.echo(prompt, BLOCKS);
    List<Round> routes = new ArrayList<>();
    List<Round> echoes = new ArrayList<>();
    for (int i = 0; i < rounds; i++) {
      boolean routeFirst = i % 2 == 0;
      (routeFirst ? routes : echoes).add(round(server, routeFirst ? route : echo, perSecond));
      (routeFirst ? echoes : routes).add(round(server, routeFirst ? echo : route, perSecond));
    }
    return new Comparison(perSecond, prompt, routes, echoes);
  }

  private Round round(Child server, Calls calls, int perSecond) {
    Duration cpuBefore = server.cpu();
    OpenLoop.Outcome outcome = OpenLoop.run(calls, perSecond, length);
    return Round.of(outcome, server.cpu().minus(cpuBefore));
  }

  private void select() throws IOException, InterruptedException {
    System.out.printf("%nSelecting without booking, 4,096 token ids%n");
    Selects selects = new Selects(warmUp, length.multipliedBy(rounds));
    for (int workers : SELECT_WORKERS) {
      add(selects.inProcess(workers));
      add(selects.overGrpc(workers));
    }
    if ("no".equals(System.getenv("DYNAMO"))) {
      return;
    }
    try {
      DynamoWheel wheel = DynamoWheel.install();
      for (int workers : SELECT_WORKERS) {
        add(selects.dynamoInProcess(wheel, workers));
        add(selects.dynamoOverHttp(wheel, workers));
      }
    } catch (IOException e) {
      System.out.println("Dynamo's selection service is left out: " + e.getMessage());
    }
  }

  private void add(Select select) {
    System.out.printf(
        Locale.ROOT,
        "%-14s %-20s %3d workers  p50 %8.0f us  p99 %8.0f us%n",
        select.system(),
        select.how(),
        select.workers(),
        select.p50Us(),
        select.p99Us());
    json.withArray("selects")
        .addObject()
        .put("system", select.system())
        .put("how", select.how())
        .put("workers", select.workers())
        .put("p50_us", select.p50Us())
        .put("p99_us", select.p99Us());
  }

  private static double load() {
    return ManagementFactory.getOperatingSystemMXBean().getSystemLoadAverage();
  }
}
