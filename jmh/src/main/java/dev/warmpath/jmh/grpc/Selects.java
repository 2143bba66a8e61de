package dev.warmpath.jmh.grpc;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.warmpath.indexer.block.BlockHasher;
import dev.warmpath.indexer.block.BlockSeed;
import dev.warmpath.indexer.index.Overlaps;
import dev.warmpath.jmh.FilledFleet;
import dev.warmpath.jmh.grpc.GrpcCalls.Prompt;
import dev.warmpath.router.route.RouteResult.Decision;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.HdrHistogram.Histogram;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * Selecting a worker for a prompt of 4,096 token ids without booking, by this router and by NVIDIA
 * Dynamo's selection service: in one process, one after the other, and through the interface of
 * each at a steady rate. In both fleets every worker holds a part of each of 64 prompts.
 */
final class Selects {
  private static final int TOKENS = 4_096;
  private static final int BLOCKS = TOKENS / FilledFleet.BLOCK_SIZE;
  private static final int PER_SECOND = 500;
  private static final int WARM_UP_CALLS = 20_000;
  private static final int CALLS = 10_000;
  private static final int DYNAMO_WARM_UP_CALLS = 500;
  private static final int DYNAMO_CALLS = 5_000;
  private static final Map<String, String> QUIET = Map.of("DYN_LOG", "error");

  private final Duration warmUp;
  private final Duration length;

  /**
   * @param warmUp how long each interface is called before
   * @param length how long it is measured
   */
  Selects(Duration warmUp, Duration length) {
    this.warmUp = warmUp;
    this.length = length;
  }

  /**
   * What one way to select takes.
   *
   * @param system who selects
   * @param how through what
   * @param workers among how many
   * @param p50Us microseconds
   * @param p99Us microseconds
   */
  record Select(String system, String how, int workers, double p50Us, double p99Us) {}

  Select inProcess(int workers) {
    FilledFleet fleet = new FilledFleet(workers, BLOCKS, 0, 10_000, Long.MAX_VALUE / 4);
    byte[][] prompts =
        IntStream.range(0, FilledFleet.PROMPTS)
            .mapToObj(prompt -> FilledFleet.tokens(prompt, TOKENS))
            .toArray(byte[][]::new);
    BlockHasher hasher = new BlockHasher(FilledFleet.BLOCK_SIZE, false);
    Overlaps overlaps = new Overlaps();
    long[] hashes = new long[BLOCKS];
    Histogram nanos = new Histogram(3);
    for (int i = 0; i < WARM_UP_CALLS + CALLS; i++) {
      long start = System.nanoTime();
      hasher.localHashes(prompts[i % prompts.length], BlockSeed.BASE, hashes);
      var result = fleet.router().route(fleet.query(hashes, i, false), overlaps, 1);
      long took = System.nanoTime() - start;
      if (!(result instanceof Decision)) {
        throw new IllegalStateException("no decision: " + result);
      }
      if (i >= WARM_UP_CALLS) {
        nanos.recordValue(took);
      }
    }
    return select("Warmpath", "in-process, Java", workers, nanos);
  }

  Select overGrpc(int workers) throws IOException {
    try (Child server =
            Child.java(BenchServer.class, String.valueOf(workers), String.valueOf(BLOCKS));
        GrpcCalls calls = new GrpcCalls(server.port())) {
      Histogram nanos = steadily(calls.route(Prompt.TOKENS, BLOCKS, true));
      return select("Warmpath", "gRPC", workers, nanos);
    }
  }

  Select dynamoInProcess(DynamoWheel wheel, int workers) throws IOException {
    List<String> command =
        wheel.command(
            "in-process",
            String.valueOf(workers),
            String.valueOf(TOKENS),
            String.valueOf(DYNAMO_WARM_UP_CALLS),
            String.valueOf(DYNAMO_CALLS));
    ProcessBuilder builder =
        new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.INHERIT);
    builder.environment().putAll(QUIET);
    Process process = builder.start();
    String line = new String(process.getInputStream().readAllBytes(), UTF_8);
    if (line.isBlank()) {
      throw new IOException(Path.of(command.getFirst()).getFileName() + " measured nothing");
    }
    JsonNode measured = JsonMapper.shared().readTree(line);
    return new Select(
        DynamoWheel.NAME,
        "in-process, Python",
        workers,
        measured.get("p50_us").asDouble(),
        measured.get("p99_us").asDouble());
  }

  Select dynamoOverHttp(DynamoWheel wheel, int workers) throws IOException {
    List<String> command = wheel.command("serve", String.valueOf(workers), String.valueOf(TOKENS));
    try (Child server = Child.start(command, QUIET);
        HttpClient client = HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build()) {
      URI select = URI.create("http://127.0.0.1:%d/select".formatted(server.port()));
      List<HttpRequest> requests =
          IntStream.range(0, FilledFleet.PROMPTS)
              .mapToObj(prompt ->
                  HttpRequest.newBuilder(select)
                      .header("Content-Type", "application/json")
                      .POST(BodyPublishers.ofByteArray(json(prompt)))
                      .build())
              .toList();
      Histogram nanos =
          steadily((number, ended) -> {
            HttpRequest request = requests.get((int) (number % requests.size()));
            var _ =
                client
                    .sendAsync(request, BodyHandlers.ofByteArray())
                    .whenComplete((answer, error) ->
                        ended.ended(error == null && answer.statusCode() == 200));
          });
      return select(DynamoWheel.NAME, "HTTP, JSON", workers, nanos);
    }
  }

  private static byte[] json(int prompt) {
    ByteBuffer tokens =
        ByteBuffer.wrap(FilledFleet.tokens(prompt, TOKENS)).order(ByteOrder.LITTLE_ENDIAN);
    String ids =
        IntStream.range(0, TOKENS)
            .mapToObj(i -> String.valueOf(tokens.getInt(i * Integer.BYTES)))
            .collect(Collectors.joining(","));
    return "{\"model_name\":\"%s\",\"token_ids\":[%s]}"
        .formatted(FilledFleet.MODEL, ids)
        .getBytes(UTF_8);
  }

  private Histogram steadily(Calls calls) {
    OpenLoop.run(calls, PER_SECOND, warmUp);
    OpenLoop.Outcome outcome = OpenLoop.run(calls, PER_SECOND, length);
    if (outcome.failed() + outcome.leftOut() > 0) {
      throw new IllegalStateException(
          "%d calls failed, %d were left out".formatted(outcome.failed(), outcome.leftOut()));
    }
    return outcome.nanos();
  }

  private static Select select(String system, String how, int workers, Histogram nanos) {
    return new Select(
        system,
        how,
        workers,
        nanos.getValueAtPercentile(50) / 1e3,
        nanos.getValueAtPercentile(99) / 1e3);
  }
}
