package dev.warmpath.router.replay.study;

import it.unimi.dsi.fastutil.doubles.DoubleArrayList;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * What is kept of each request of one run, in the order of their arrival: what a {@code
 * requests.jsonl} has of it. Filled by one thread; then any may read.
 */
public final class RequestFigures {
  /** Latencies of a request, by the name that metrics begin with. */
  static final List<String> LATENCIES = List.of("ttft", "tpot", "e2e");

  private static final double SAME = 1e-6;

  private final String policy;
  private final int concurrency;
  private final List<DoubleArrayList> latencies = new ArrayList<>();
  private final DoubleArrayList inputTokens = new DoubleArrayList();
  private final DoubleArrayList blocks = new DoubleArrayList();
  private final DoubleArrayList cachedBlocks = new DoubleArrayList();

  private RequestFigures(String policy, int concurrency) {
    this.policy = policy;
    this.concurrency = concurrency;
    LATENCIES.forEach(_ -> latencies.add(new DoubleArrayList()));
  }

  /**
   * The runs of a file.
   *
   * @param name of the file, for messages
   * @throws IllegalArgumentException naming file and line, if a line is not one of a request
   */
  public static List<RequestFigures> read(String name, Iterator<String> lines) {
    Map<String, RequestFigures> runs = new LinkedHashMap<>();
    int number = 1;
    while (lines.hasNext()) {
      JsonNode request = parse(name, number++, lines.next());
      String policy = request.path("policy").asString("");
      int concurrency = request.path("concurrency").asInt(0);
      runs.computeIfAbsent(policy + " " + concurrency, _ -> new RequestFigures(policy, concurrency))
          .add(request);
    }
    return List.copyOf(runs.values());
  }

  private static JsonNode parse(String name, int line, String text) {
    try {
      JsonNode request = JsonMapper.shared().readTree(text);
      if (request.path("status").isString()) {
        return request;
      }
    } catch (JacksonException e) {
      throw new IllegalArgumentException(
          "%s:%d: not JSON: %s".formatted(name, line, e.getOriginalMessage()), e);
    }
    throw new IllegalArgumentException("%s:%d: is no request of a replay".formatted(name, line));
  }

  private void add(JsonNode request) {
    boolean answered = request.path("status").stringValue().equals("OK");
    for (int i = 0; i < LATENCIES.size(); i++) {
      String name = LATENCIES.get(i);
      boolean has =
          answered && (!name.equals("tpot") || request.path("output_tokens").asInt(0) > 1);
      latencies.get(i).add(has ? request.path(name + "_ms").asDouble(0) : Double.NaN);
    }
    inputTokens.add(request.path("input_tokens").asDouble(0));
    blocks.add(answered ? request.path("blocks").asDouble(0) : 0);
    cachedBlocks.add(answered ? request.path("cached_blocks").asDouble(0) : 0);
  }

  /** Whether these are the requests of a run: of its policy and clients, and with its mean TTFT. */
  public boolean areOf(Figures run) {
    double reported = run.values().getOrDefault("ttft_mean_ms", Double.NaN);
    double mean =
        latencies.getFirst().doubleStream().filter(ms -> !Double.isNaN(ms)).average().orElse(0);
    return policy.equals(run.policy())
        && concurrency == run.concurrency()
        && Math.abs(mean - reported) <= SAME * reported;
  }

  /** How many requests. */
  int size() {
    return inputTokens.size();
  }

  /** A latency of all requests, milliseconds; not a number where a request has none. */
  double[] latency(String name) {
    return latencies.get(LATENCIES.indexOf(name)).toDoubleArray();
  }

  /** Blocks of the prompts of those that were answered. */
  double[] blocks() {
    return blocks.toDoubleArray();
  }

  /** Of these, those that were found in caches. */
  double[] cachedBlocks() {
    return cachedBlocks.toDoubleArray();
  }

  /** Whether both have as many requests, with prompts of the same lengths one by one. */
  boolean matches(RequestFigures other) {
    return inputTokens.equals(other.inputTokens);
  }
}
